"""E-mail addresses: from hostile text to the three forms that are needed.

Two spellings lead to one account when they reach one mailbox: the domain by IDNA (UTS 46), the local part
by ASCII case alone. Folding more (Unicode case, look-alikes) would let `mıke@` open the account of `mike@`;
a mail goes to the address the account holds, never to the one just typed, for the same reason.
"""

import re
import unicodedata
from dataclasses import dataclass, field

import idna

from keys.seal import keyed_hash

MAX_CHARACTERS = 254  # RFC 5321 section 4.5.3.1.3, less the angle brackets
_MAX_LOCAL_OCTETS = 64  # RFC 5321 section 4.5.3.1.1

# Dot-atoms, without what only quoting would allow: no mailbox that people use needs it.
_LOCAL = re.compile(r"[^\s@\"(),:;<>\[\]\\.]+(\.[^\s@\"(),:;<>\[\]\\.]+)*")
_DOMAIN = re.compile(r"([a-z0-9-]{1,63}\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]", re.ASCII)
_ASCII_LOWER = {upper: upper + 32 for upper in range(ord("A"), ord("Z") + 1)}


@dataclass(frozen=True, slots=True)
class Address:
    """An address that a mail could reach. Kept out of reprs: it is personal."""

    text: str = field(repr=False)  # as typed, trimmed: what she is shown
    delivery: str = field(repr=False)  # domain in A-labels: what a mail server is given
    key: str = field(repr=False)  # one spelling a mailbox: what the digest covers

    @property
    def local(self) -> str:
        return self.delivery.rpartition("@")[0]


def parse_address(text: str) -> Address | None:
    """The address in hostile text, or None when no mail could reach it."""
    trimmed = unicodedata.normalize("NFC", text[: 4 * MAX_CHARACTERS]).strip()
    if len(trimmed) > MAX_CHARACTERS or any(unicodedata.category(c)[0] == "C" for c in trimmed):
        return None
    local, _, domain = trimmed.rpartition("@")
    if not _LOCAL.fullmatch(local) or len(local.encode()) > _MAX_LOCAL_OCTETS:
        return None
    try:
        ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode("ascii").lower()
    except UnicodeError:  # idna's own errors are of this family
        return None
    delivery = f"{local}@{ascii_domain}"
    if not _DOMAIN.fullmatch(ascii_domain) or len(delivery) > MAX_CHARACTERS:
        return None
    return Address(trimmed, delivery, delivery.translate(_ASCII_LOWER))


def digest_of(key: bytes, address: Address) -> bytes:
    """The keyed hash by which an account is found. key: `ServerSecrets.lookup`."""
    return keyed_hash(key, address.key.encode())


def digest_of_text(key: bytes, text: str) -> bytes:
    """The same for whatever was typed: what is no address gets a digest that no account has."""
    address = parse_address(text)
    if address is not None:
        return digest_of(key, address)
    return keyed_hash(key, b"\x00" + text[:MAX_CHARACTERS].encode(errors="replace"))
