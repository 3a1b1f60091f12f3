"""The text that an app polls with: `<prefix><row>.<secret>`, the prefix by kind."""

import re
import secrets
from typing import NamedTuple

from idp.polling.kinds import Kind

_SHAPE = re.compile(r"([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)


class PolledText(NamedTuple):
    """One that has the shape; nothing is proved yet."""

    id: str
    secret: str


def new_text(kind: Kind, polled_id: str) -> tuple[str, str]:
    """A fresh one for a row, and its secret part (256 bits)."""
    secret = secrets.token_urlsafe(32)
    return f"{kind.prefix}{polled_id}.{secret}", secret


def parse_text(kind: Kind, unverified: str) -> PolledText | None:
    """Its parts, or None when it cannot be one of ours of that kind."""
    if not unverified.startswith(kind.prefix):
        return None
    match = _SHAPE.fullmatch(unverified, len(kind.prefix))
    return PolledText(match[1], match[2]) if match else None
