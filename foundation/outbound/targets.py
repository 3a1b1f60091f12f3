"""The address of a fetch, parsed once, and the hosts that an operator exempts from the guard.

Parsed here and nowhere after: the parts that were checked are the parts that are used.
"""

import re
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

MAX_LENGTH = 2000
_NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]|[\\#]").search
_NAME = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_NETLOC = re.compile(rf"(?:{_NAME}|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?", re.ASCII).fullmatch
# 127.1, 0x7f000001 and 2130706433 are no names: resolvers take them for addresses (WHATWG URL 3.5).
_ENDS_IN_A_NUMBER = re.compile(r"(?:.*\.)?(?:[0-9]+|0[xX][0-9A-Fa-f]*)", re.ASCII).fullmatch
_PORTS = {"https": 443, "http": 80}


class Place(NamedTuple):
    """A host (a lower-case name, or an address as `ip_address` writes it) and a port, None for any."""

    host: str
    port: int | None


class Target(NamedTuple):
    """What to fetch. path: with its query. netloc: as the Host header has it."""

    scheme: str
    host: str
    port: int
    path: str
    netloc: str


def read_target(url: str) -> Target:
    """The parts of an absolute http or https URL without user information or fragment.

    Raises ValueError with a sentence that repeats nothing of the URL.
    """
    if len(url) > MAX_LENGTH or _NOT_PRINTABLE(url):
        raise ValueError(
            f"an address is at most {MAX_LENGTH} printable ASCII characters, without space, backslash or #"
        )
    parts = urlsplit(url)
    if parts.scheme not in _PORTS:
        raise ValueError("an address to fetch begins with https://")
    if not _NETLOC(parts.netloc):
        raise ValueError("an address to fetch names one host, and a port if any")
    place = _place(parts.netloc)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, place.host, place.port or _PORTS[parts.scheme], path, parts.netloc.lower())


def read_exempt(text: str) -> frozenset[Place]:
    """The places in a comma-separated list of `host` and `host:port`; an IPv6 address has brackets.

    Raises ValueError for an entry that is neither.
    """
    entries = [entry.strip() for entry in text.split(",")]
    wrong = [entry for entry in entries if entry and not _NETLOC(entry)]
    if wrong:
        raise ValueError("a comma-separated list of host or host:port, for example localhost:9000,[::1]:9000")
    return frozenset(_place(entry) for entry in entries if entry)


def is_exempt(target: Target, exempt: frozenset[Place]) -> bool:
    """Whether the operator lets this host, at this port, past the guard."""
    return Place(target.host, target.port) in exempt or Place(target.host, None) in exempt


def _place(netloc: str) -> Place:
    parts = urlsplit(f"//{netloc}")
    host = parts.hostname or ""
    if parts.port == 0:  # one beyond 65535 raises by itself
        raise ValueError("0 is no port")
    if ":" not in host and not _ENDS_IN_A_NUMBER(host):
        return Place(host, parts.port)
    try:
        return Place(ip_address(host).compressed, parts.port)
    except ValueError:
        raise ValueError("the host is neither a name nor an IP address") from None
