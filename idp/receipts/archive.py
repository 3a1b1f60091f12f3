"""Receipt keys in the ledger: whoever holds a receipt of long ago can show whose key signed it.

The event carries the public key itself. Once it has its place in the tree, no key can be slipped in for a
time before, and none can be made to disappear.
"""

from collections.abc import Mapping

import orjson

from consent.ledger.append import Ledger
from consent.ledger.events import Event, event
from consent.ledger.leaf import parse_leaf
from consent.ledger.searching.find import find
from consent.ledger.shelves import Window
from foundation.database import Transaction
from keys.ring import ALL_KEYS, KeyRow

_EVERYTHING = Window.of(None, None)
_MOST = 10_000  # keys ever made: a rotation a day for 27 years
_MEMBERS = ("crv", "kty", "x", "y")  # what makes the key (RFC 7638 section 3.2)


@event("key.archived", log="consent")
class KeyArchived(Event):
    """The public half of a key that signs receipts, kept as long as what it proves."""

    kid: str
    purpose: str
    alg: str
    jwk: str  # canonical JSON of the members that make the key (RFC 7638)


async def archived_keys(tx: Transaction) -> Mapping[str, str]:
    """Event id of each archived key, by kid; the first where two nodes archived one at once."""
    found = await find(tx, {"event": KeyArchived.SPEC.name}, _EVERYTHING, _MOST, ascending=True)
    archived: dict[str, str] = {}
    for row in found:
        archived.setdefault(str(parse_leaf(row.leaf).facts["kid"]), row.event_id)
    return archived


async def archive_keys(tx: Transaction, ledger: Ledger, now: int) -> None:
    """Put each receipt key that is not there yet into the ledger: from the moment it is published ahead."""
    keys = [row for row in await tx.all(ALL_KEYS) if row.purpose == "receipt"]
    archived = await archived_keys(tx) if keys else {}
    for row in keys:
        if row.kid not in archived:
            made = KeyArchived(kid=row.kid, purpose=row.purpose, alg=row.alg, jwk=_public(row))
            await ledger.append(tx, made, person=None, now=now, request_id=None)


def _public(row: KeyRow) -> str:
    jwk = orjson.loads(row.public_jwk)
    return orjson.dumps({name: jwk[name] for name in _MEMBERS if name in jwk}).decode()
