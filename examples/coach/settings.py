"""What the operator of Cap Coaching may set, checked before anything opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

SCOPES = ("openid", "profile", "email", "skills", "experiences", "trainings", "offline_access")
"""All we ever ask. `openid profile` is what we need; the person chooses the rest."""

OPTIONAL_SCOPES = ("email", "skills", "experiences", "trainings")
"""What the person may leave out, in the order in which pages name it."""


class SettingsProblemError(ValueError):
    """A setting is missing, weak or contradictory; the message says which and what to give."""


@dataclass(frozen=True, slots=True)
class Settings:
    """issuer: Accord's, without a trailing slash. url: our own origin, as browsers reach us.

    push_secret: what Accord's Authorization header says when it pushes an event to us, after `Bearer`.
    """

    issuer: str = "http://127.0.0.1:8000"
    client_id: str = "coach-demo"
    client_secret: str = field(default="coach-demo-secret", repr=False)
    push_secret: str = field(default="coach-demo-push", repr=False)
    host: str = "127.0.0.1"
    port: int = 8001
    url: str = "http://127.0.0.1:8001"

    @property
    def redirect_uri(self) -> str:
        return f"{self.url}/callback"

    @property
    def consents_url(self) -> str:
        """Where the person sees and withdraws what she shares, at Accord."""
        return f"{self.issuer}/account/apps"

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS: decides the cookie's name and HSTS."""
        return self.url.startswith("https://")


def from_env(environ: Mapping[str, str]) -> Settings:
    """Settings from COACH_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _PUSH_SECRET, _HOST, _URL, _PORT.

    The port is else that of ACCORD_APP_PORT.

    Raises SettingsProblemError with a sentence for the operator.
    """
    port = _port(environ.get("COACH_PORT") or environ.get("ACCORD_APP_PORT") or "8001")
    default = Settings()
    return Settings(
        issuer=_web_url("COACH_ISSUER", environ.get("COACH_ISSUER") or default.issuer),
        client_id=environ.get("COACH_CLIENT_ID") or default.client_id,
        client_secret=environ.get("COACH_CLIENT_SECRET") or default.client_secret,
        push_secret=environ.get("COACH_PUSH_SECRET") or default.push_secret,
        host=environ.get("COACH_HOST") or default.host,
        port=port,
        url=_web_url("COACH_URL", environ.get("COACH_URL") or f"http://127.0.0.1:{port}"),
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute URL, default ports left out."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsProblemError("COACH_PORT (or ACCORD_APP_PORT) is a port number, 1 to 65535")
    return int(text)


def _web_url(name: str, text: str) -> str:
    url = text.rstrip("/")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port  # reading the port checks it
    except ValueError:
        raise SettingsProblemError(f"{name} is not a URL") from None
    if parts.scheme not in {"http", "https"} or not host or parts.query or parts.fragment or parts.username:
        raise SettingsProblemError(f"{name} is an https:// URL without user, query or fragment")
    if parts.scheme == "http" and not _loopback(host):
        raise SettingsProblemError(
            f"{name} must be https:// outside the loopback: tokens would travel in clear"
        )
    return url


def _loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
