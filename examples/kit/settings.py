"""What the operator of any of our sample apps may set, checked before anything opens."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit


class SettingsProblemError(ValueError):
    """A setting is missing, weak or contradictory; the message says which and what to give."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """issuer: Accord's, without a trailing slash. url: our own origin, as browsers reach us."""

    issuer: str = "http://127.0.0.1:8000"
    client_id: str
    client_secret: str = field(repr=False)
    host: str = "127.0.0.1"
    port: int
    url: str

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over TLS: decides the cookie's name and HSTS."""
        return self.url.startswith("https://")


SettingsT = TypeVar("SettingsT", bound=Settings)


def read(environ: Mapping[str, str], prefix: str, default: SettingsT, port: str = "") -> SettingsT:
    """`default` with what PREFIX_ISSUER, _CLIENT_ID, _CLIENT_SECRET, _HOST, _PORT and _URL say.

    port: what holds where PREFIX_PORT is not set. Raises SettingsProblemError.
    """

    def said(name: str, otherwise: str) -> str:
        return environ.get(f"{prefix}_{name}") or otherwise

    number = _port(f"{prefix}_PORT", said("PORT", port or str(default.port)))
    return replace(
        default,
        issuer=_web_url(f"{prefix}_ISSUER", said("ISSUER", default.issuer)),
        client_id=said("CLIENT_ID", default.client_id),
        client_secret=said("CLIENT_SECRET", default.client_secret),
        host=said("HOST", default.host),
        port=number,
        url=_web_url(f"{prefix}_URL", said("URL", f"http://127.0.0.1:{number}")),
    )


def origin_of(url: str) -> str:
    """Scheme, host and port of an absolute URL, default ports left out."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


def _port(name: str, text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise SettingsProblemError(f"{name} is a port number, 1 to 65535")
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
