"""The statements of requests to unmask. Each names the state that it moves a row out of."""

from typing import NamedTuple

import orjson
from sqlalchemy import BigInteger, Integer, bindparam, case, func, insert, null, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.purging import Purge
from foundation.statements import Statement, Write
from idp.unmasking.life import NOBODY, Unmask, Verdict
from idp.unmasking.tables import UnmaskRequest
from keys.seal import seal, unseal

PAGE = 30


class _Count(NamedTuple):
    requests: int


_row = UnmaskRequest
_COLUMNS = tuple(col(getattr(_row, name)) for name in Unmask._fields)
_ONE = col(_row.id) == bindparam("unmask_id")
_MOST = bindparam("most", type_=Integer)
_UNDECIDED = (col(_row.decision).is_(None), col(_row.ended_at).is_(None))
_LIVING = (
    col(_row.decision) == "approved",
    col(_row.ended_at).is_(None),
    col(_row.expires_at) > bindparam("now"),
)
_INSERT = Write(insert(_row))
_FIND = Statement(select(*_COLUMNS).where(_ONE), Unmask)
_PAGE = Statement(
    select(*_COLUMNS).where(col(_row.id) < bindparam("before")).order_by(col(_row.id).desc()).limit(_MOST),
    Unmask,
)
_UNANSWERED = Statement(
    select(func.count()).where(
        col(_row.asker_id) == bindparam("account_id"), *_UNDECIDED, col(_row.expires_at) > bindparam("now")
    ),
    _Count,
)
_DECIDE = Write(
    update(_row)
    .where(
        _ONE,
        *_UNDECIDED,
        col(_row.expires_at) > bindparam("now"),
        col(_row.asker_id) != bindparam("account_id"),
    )
    .values(
        decision=bindparam("said"),
        decider_id=bindparam("account_id"),
        decided_at=bindparam("now"),
        expires_at=bindparam("until"),
        ended_at=bindparam("ended"),
    )
)
_FOUND = Write(
    update(_row)
    .where(_ONE, *_LIVING, col(_row.person_id).is_(None), col(_row.walked_to) != NOBODY)
    .values(person_id=bindparam("found_id"))
)
_WALK = Write(
    update(_row)
    .where(_ONE, col(_row.person_id).is_(None), col(_row.walked_to) == bindparam("from_id"))
    .values(walked_to=bindparam("to_id"))
)
_LOOK = Write(
    update(_row)
    .where(_ONE, *_LIVING, col(_row.asker_id) == bindparam("account_id"), col(_row.person_id).is_not(None))
    .values(looks=col(_row.looks) + 1, looked_at=bindparam("now"))
)
_SEARCHED = Statement(
    select(*_COLUMNS)
    .where(*_LIVING, col(_row.person_id).is_(None), col(_row.walked_to) != NOBODY)
    .limit(_MOST),
    Unmask,
)
_OVERDUE = Statement(
    select(*_COLUMNS)
    .where(col(_row.ended_at).is_(None), col(_row.expires_at) <= bindparam("now"))
    .limit(_MOST),
    Unmask,
)
_LATER = bindparam("later", type_=BigInteger)
_END = Write(
    update(_row)
    .where(_ONE, col(_row.ended_at).is_(None), col(_row.expires_at) <= bindparam("now"))
    .values(
        ended_at=bindparam("now"),
        tell_at=_LATER,
        # As it stands now: who was erased since the row was read is not written back.
        person_id=case((_LATER.is_(None), None), else_=col(_row.person_id)),
    )
)
_UNTOLD = Statement(select(*_COLUMNS).where(col(_row.tell_at) <= bindparam("now")).limit(_MOST), Unmask)
_TELL = Write(update(_row).where(_ONE, col(_row.tell_at).is_not(None)).values(tell_at=None, person_id=None))
# Of an erasure: nothing leads from a request to her any more.
FORGET = Write(
    update(_row).where(col(_row.person_id) == bindparam("person_id")).values(person_id=null(), tell_at=None)
)
PURGE = Purge(_row)


async def add(tx: Transaction, made: Unmask) -> None:
    """Keep a fresh request."""
    await tx.run(_INSERT, **made._asdict())


async def find(tx: Transaction, unmask_id: str) -> Unmask | None:
    """One request, or None."""
    return await tx.first(_FIND, unmask_id=unmask_id)


async def page(tx: Transaction, before: str) -> list[Unmask]:
    """The newest before an id, one more than a page has."""
    return await tx.all(_PAGE, before=before, most=PAGE + 1)


async def unanswered(tx: Transaction, asker_id: str, now: int) -> int:
    """How many of an auditor's requests wait for an answer."""
    return (await tx.one(_UNANSWERED, account_id=asker_id, now=now)).requests


async def decide(tx: Transaction, unmask_id: str, verdict: Verdict) -> bool:
    """Yes or no, once, by somebody else; False when it is too late, was decided, or is her own."""
    ended = verdict.now if verdict.said == "refused" else None
    return await tx.run(_DECIDE, unmask_id=unmask_id, ended=ended, **verdict._asdict()) > 0


async def found(tx: Transaction, unmask_id: str, person_id: str, now: int) -> bool:
    """It is she. The caller holds her keys; False when the request is over."""
    return await tx.run(_FOUND, unmask_id=unmask_id, found_id=person_id, now=now) > 0


async def walk(tx: Transaction, row: Unmask, to_id: str) -> bool:
    """Candidates up to `to_id` are none of them; False when another node said so first."""
    return await tx.run(_WALK, unmask_id=row.id, from_id=row.walked_to, to_id=to_id) > 0


async def look(tx: Transaction, unmask_id: str, account_id: str, now: int) -> bool:
    """Whoever asked looks once more; False when nothing is open to her."""
    return await tx.run(_LOOK, unmask_id=unmask_id, account_id=account_id, now=now) > 0


async def searched(tx: Transaction, now: int, most: int) -> list[Unmask]:
    """Approved requests whose person is not found yet."""
    return await tx.all(_SEARCHED, now=now, most=most)


async def overdue(tx: Transaction, now: int, most: int) -> list[Unmask]:
    """Requests whose time is over, without that being recorded."""
    return await tx.all(_OVERDUE, now=now, most=most)


async def end(tx: Transaction, unmask_id: str, tell_at: int | None, now: int) -> bool:
    """Its end is recorded; who it is stays only where she is to be told later. False: it was already."""
    return await tx.run(_END, unmask_id=unmask_id, later=tell_at, now=now) > 0


async def untold(tx: Transaction, now: int, most: int) -> list[Unmask]:
    """Requests whose person is to be told now."""
    return await tx.all(_UNTOLD, now=now, most=most)


async def tell(tx: Transaction, unmask_id: str) -> bool:
    """She is being told, and forgotten here; False: she was already."""
    return await tx.run(_TELL, unmask_id=unmask_id) > 0


class Words(NamedTuple):
    """Why, in an auditor's words."""

    reason: str
    case: str


def seal_words(key: bytes, unmask_id: str, words: Words) -> bytes:
    """The words as a row keeps them."""
    return seal(key, orjson.dumps([*words]), _place(unmask_id))


def open_words(key: bytes, row: Unmask) -> Words:
    """The words of a row. Raises SealError."""
    return Words(*orjson.loads(unseal(key, row.sealed, _place(row.id))))


def _place(unmask_id: str) -> bytes:
    return b"unmask_request:" + unmask_id.encode()
