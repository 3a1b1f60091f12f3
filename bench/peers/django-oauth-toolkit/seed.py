"""Fill the database: `seed.py clients` once, then `seed.py codes COUNT FILE` for codes, one a line.

Environment: that of bench_settings, and BENCH_CLIENT_ID, BENCH_CLIENT_SECRET, BENCH_REDIRECT_URI,
BENCH_CHALLENGE.
"""

import os
import secrets
import sys
from datetime import timedelta
from pathlib import Path

import django

django.setup()

from django.contrib.auth.models import User  # noqa: E402  # models exist only after setup()
from django.utils import timezone  # noqa: E402  # the same
from oauth2_provider.models import Application, Grant  # noqa: E402  # the same

PEOPLE = 1000
CLIENT_ID = os.environ["BENCH_CLIENT_ID"]


def clients() -> None:
    """A thousand people, and two applications: one has a single grant type."""
    User.objects.bulk_create([User(username=f"person-{n}", password="!") for n in range(PEOPLE)])
    for suffix, grant_type in (
        ("", Application.GRANT_AUTHORIZATION_CODE),
        ("-machine", Application.GRANT_CLIENT_CREDENTIALS),
    ):
        Application.objects.create(
            name=f"bench{suffix}",
            client_id=CLIENT_ID + suffix,
            client_secret=os.environ["BENCH_CLIENT_SECRET"],
            hash_client_secret=False,  # its default, PBKDF2, costs 200 ms a call: 5 answers a second
            client_type=Application.CLIENT_CONFIDENTIAL,
            authorization_grant_type=grant_type,
            redirect_uris=os.environ["BENCH_REDIRECT_URI"],
            algorithm=Application.RS256_ALGORITHM,  # it has no ES256
        )


def codes(count: int, destination: str) -> None:
    """Codes as if `count` people had just agreed."""
    application = Application.objects.get(client_id=CLIENT_ID)
    people = list(User.objects.values_list("id", flat=True))
    values = [secrets.token_urlsafe(24) for _ in range(count)]
    grants = (
        Grant(
            application=application,
            claims="",
            code=value,
            code_challenge=os.environ["BENCH_CHALLENGE"],
            code_challenge_method="S256",
            expires=timezone.now() + timedelta(hours=1),
            redirect_uri=os.environ["BENCH_REDIRECT_URI"],
            scope="openid profile",
            user_id=people[n % len(people)],
        )
        for n, value in enumerate(values)
    )
    Grant.objects.bulk_create(grants, batch_size=500)
    Path(destination).write_text("\n".join(values), "ascii")


if __name__ == "__main__":
    if sys.argv[1] == "clients":
        clients()
    else:
        codes(int(sys.argv[2]), sys.argv[3])
