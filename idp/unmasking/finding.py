"""Whose pseudonym it is, without any table that says so.

A pseudonym is made from a person's secret, an app and a year; any event in which it stands says which. So it
is made again for each candidate: first for whoever gave the grants that stand beside it, which is nearly
always enough; then, in the background and piece by piece, for everybody who was there when the event was
recorded. Once its events went with their months, nothing says which app and year: nobody is found.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Integer, bindparam, select
from sqlmodel import col

from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from consent.ledger.persons import pseudonym
from consent.ledger.searching.find import find
from consent.ledger.shelves import Window
from consent.tables import Grant
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement
from idp.context import Server
from idp.unmasking import rows
from idp.unmasking.life import NOBODY, Unmask
from keys.holding import is_held
from keys.people import PeopleKeys
from keys.tables import PersonKey

_BESIDE = 50  # events of a pseudonym whose grants are tried
_PIECE = 500  # candidates a unit: some milliseconds
_PIECES = 100  # of one round of the background job


class Sign(NamedTuple):
    """A pseudonym, and what it was made for: an app ("" for none), at a moment (microseconds)."""

    pseudonym: str
    client: str | None
    time: int


class _Holder(NamedTuple):
    person_id: str | None


class _Key(NamedTuple):
    person_id: str
    wrapped: bytes


_HOLDER = Statement(select(col(Grant.person_id)).where(col(Grant.id) == bindparam("grant_id")), _Holder)
_KEYS = Statement(
    select(col(PersonKey.person_id), col(PersonKey.wrapped))
    .where(col(PersonKey.person_id) > bindparam("after"), col(PersonKey.person_id) < bindparam("before"))
    .order_by(col(PersonKey.person_id))
    .limit(bindparam("most", type_=Integer)),
    _Key,
)


async def event_of(tx: Transaction, name: str) -> str | None:
    """The newest event in which a pseudonym stands, or None."""
    found = await _beside(tx, name, 1)
    return found[0].id if found else None


async def holder_of(tx: Transaction, keys: PeopleKeys, row: Unmask) -> str | None:
    """Who it is among the holders of the grants beside it; None where they are not, or it is nobody's."""
    beside = await _beside(tx, row.pseudonym, _BESIDE)
    sign = _sign_of(row, beside)
    for grant_id in sorted({leaf.grant for leaf in beside if leaf.grant}):
        holder = await tx.first(_HOLDER, grant_id=grant_id)
        person_id = None if holder is None else holder.person_id
        secrets = None if person_id is None else await keys.find(tx, person_id)
        if sign and secrets and pseudonym(secrets, sign.client, sign.time) == sign.pseudonym:
            return person_id
    return None


async def walk_on(server: Server, row: Unmask) -> bool:
    """Try the next candidates of a request; whether any are left. Of two nodes, one's round counts."""
    async with server.db.reading() as tx:
        sign = _sign_of(row, await _beside(tx, row.pseudonym, _BESIDE))
    if sign is None:
        async with server.db.transaction() as tx:
            await rows.walk(tx, row, NOBODY)
        return False
    last = row.walked_to
    for _ in range(_PIECES):
        async with server.db.reading() as tx:
            # Whoever came after the event is not in it; ids go with time.
            before = oldest_id_at(sign.time + SECOND)
            some = await tx.all(_KEYS, after=last, before=before, most=_PIECE)
        person_id = _whose(server.people, sign, some)
        if person_id is not None:
            async with server.db.transaction() as tx:
                # Held: an erasure either waits, and then forgets this too, or was first.
                if await is_held(tx, person_id):
                    await rows.found(tx, row.id, person_id, server.clock.now())
            return False
        last = some[-1].person_id if len(some) == _PIECE else NOBODY
        if last == NOBODY:
            break
    async with server.db.transaction() as tx:
        await rows.walk(tx, row, last)
    return last != NOBODY


def _whose(keys: PeopleKeys, sign: Sign, some: Iterable[_Key]) -> str | None:
    for one in some:
        if pseudonym(keys.open(one.person_id, one.wrapped), sign.client, sign.time) == sign.pseudonym:
            return one.person_id
    return None


def _sign_of(row: Unmask, beside: Sequence[Leaf]) -> Sign | None:
    """What the newest event of a pseudonym says of it; None when none is left."""
    return Sign(row.pseudonym, beside[0].client, beside[0].time) if beside else None


async def _beside(tx: Transaction, name: str, most: int) -> list[Leaf]:
    """The newest readable events of a pseudonym."""
    leaves = []
    for one in await find(tx, {"person": name}, Window.of(None, None), most):
        try:
            leaves.append(parse_leaf(one.leaf))
        except LeafError:
            continue  # damaged: left to the verifier
    return leaves
