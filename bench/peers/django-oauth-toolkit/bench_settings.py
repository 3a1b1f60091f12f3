"""Django's settings for django-oauth-toolkit under load: durable, OpenID Connect on, nothing superfluous.

Environment: BENCH_DATABASE_URL (`sqlite:///absolute` or `postgresql://…`), BENCH_RSA_KEY (a PEM file).
"""

import os
import secrets
from pathlib import Path
from urllib.parse import urlsplit

_url = urlsplit(os.environ["BENCH_DATABASE_URL"])

if _url.scheme == "sqlite":
    # The settings that let several processes write without "database is locked".
    _database: dict[str, object] = {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": _url.path,
        "OPTIONS": {
            "timeout": 30,
            "transaction_mode": "IMMEDIATE",
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }
else:
    _database = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _url.path.lstrip("/"),
        "USER": _url.username,
        "HOST": _url.hostname,
        "PORT": _url.port,
        "CONN_MAX_AGE": None,  # connections are kept: the faster way
    }

DATABASES = {"default": _database}
SECRET_KEY = secrets.token_hex(32)
ALLOWED_HOSTS = ["127.0.0.1"]
DEBUG = False
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ROOT_URLCONF = "bench_site"
INSTALLED_APPS = ["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"]
MIDDLEWARE: list[str] = []  # the token endpoints need none
LOGGING_CONFIG = None

OAUTH2_PROVIDER = {
    "OIDC_ENABLED": True,
    "OIDC_RSA_PRIVATE_KEY": Path(os.environ["BENCH_RSA_KEY"]).read_text("ascii"),
    "SCOPES": {name: name for name in ("openid", "profile", "read")},
}
