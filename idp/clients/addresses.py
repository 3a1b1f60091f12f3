"""Addresses that an app may register: what could never be safe is refused."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit

from foundation.outbound.targets import read_target
from foundation.settings import is_loopback

# What a netloc may hold, and so what may stand in our pages' form-action.
_HOST = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?", re.ASCII)
_FORBIDDEN_SCHEMES = {"javascript", "data", "vbscript", "file", "blob", "about", "ws", "wss", "ftp"}


def check_redirect_uri(uri: str) -> None:
    """Refuse what could never be a safe redirect (RFC 9700 section 4.1, RFC 8252). Raises ValueError."""
    parts = _split(uri)
    if not parts.scheme or parts.scheme in _FORBIDDEN_SCHEMES:
        raise ValueError(f"a redirect URI cannot use the scheme {parts.scheme!r}")
    if "#" in uri:
        raise ValueError("a redirect URI has no fragment (RFC 6749 section 3.1.2)")
    if parts.scheme in {"http", "https"}:
        _check_host(parts)
    elif "." not in parts.scheme:
        raise ValueError("a custom scheme is a reversed domain name (RFC 8252 section 7.1)")


def check_web_address(uri: str) -> None:
    """Refuse what could not be a link to a page of the web. Raises ValueError."""
    parts = _split(uri)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("an address of a page begins with https://")
    _check_host(parts)


def _split(uri: str) -> SplitResult:
    if any(ord(character) <= 0x20 or ord(character) >= 0x7F for character in uri) or "\\" in uri:
        raise ValueError("an address is printable ASCII without spaces or backslashes")
    parts = urlsplit(uri)
    if parts.username is not None or parts.password is not None:
        raise ValueError("an address carries no user information")
    return parts


def _check_host(parts: SplitResult) -> None:
    host = parts.hostname
    if not host or not _HOST.fullmatch(parts.netloc):
        raise ValueError("an address names one host, and a port if any")
    if ":" in host:
        ip_address(host)  # raises for what is not one
    if parts.port == 0:  # one beyond 65535 raises by itself
        raise ValueError("0 is no port")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("http is for the loopback only; use https")


def is_web(uri: str) -> bool:
    """Whether an address is of the web, over https: only its owner can receive what goes there."""
    return urlsplit(uri).scheme == "https"


def check_each_redirect_uri(uris: tuple[str, ...]) -> tuple[str, ...]:
    """A validator of a list of them."""
    for uri in uris:
        check_redirect_uri(uri)
    return uris


def check_fetchable(uri: str | None) -> str | None:
    """A validator of an address that we fetch; who may be reached there is the way out's to say."""
    if uri is not None:
        read_target(uri)
    return uri
