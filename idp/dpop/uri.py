"""Whether `htu` is the address that was called (RFC 9449 section 4.3, point 9; RFC 3986 section 6.2)."""

import re
from string import ascii_letters, digits
from urllib.parse import urlsplit

_UNRESERVED = frozenset(f"{ascii_letters}{digits}-._~")
_ESCAPE = re.compile("%([0-9A-Fa-f]{2})", re.ASCII)
_PORTS = {"http": 80, "https": 443}
_NOT_IN_A_URL = re.compile(r"[^\x21-\x7e]|[\\<>\"{}|^`]")


def same_place(htu: str, url: str) -> bool:
    """Whether both name one place, query and fragment aside. url: our own, never a header's."""
    try:
        return _normal(htu) == _normal(url)
    except ValueError:
        return False


def _normal(address: str) -> tuple[str, str, int | None, str]:
    if _NOT_IN_A_URL.search(address):
        raise ValueError("not an address")
    parts = urlsplit(address)
    if "@" in parts.netloc:
        raise ValueError("an address with a user in it")
    port = _PORTS.get(parts.scheme) if parts.port is None else parts.port
    return parts.scheme, parts.hostname or "", port, _ESCAPE.sub(_unescaped, parts.path) or "/"


def _unescaped(match: re.Match[str]) -> str:
    """What need not be escaped is not, the rest is in capitals: `%2F` stays apart from a slash."""
    character = chr(int(match[1], 16))
    return character if character in _UNRESERVED else match[0].upper()
