"""Writing what follows from events, in the unit of the projection: letters queued, grants to look after."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete
from sqlmodel import col

from consent.mirror.aftermath import Aftermath
from consent.mirror.entries import Entry
from consent.mirror.tables import ConsentLetter, GrantCare
from foundation.clock import DAY
from foundation.database import Transaction
from foundation.statements import Write, upsert

FRESH = 2 * DAY  # older news is no news: a ledger that is folded for the first time writes to nobody

_LETTER = Write(upsert(ConsentLetter, ["event_id"], []))
_BEGIN = Write(upsert(GrantCare, ["grant_id"], ["since", "due_at"]))
_LOOK = Write(upsert(GrantCare, ["grant_id"], ["due_at"]))
_END = Write(delete(GrantCare).where(col(GrantCare.grant_id) == bindparam("grant_id")))


class Outcome(NamedTuple):
    """An entry of a person's, and what follows from it."""

    person_id: str
    entry: Entry
    after: Aftermath


async def write_outcomes(tx: Transaction, outcomes: Iterable[Outcome], now: int) -> None:
    """In the order in which they happened."""
    for person_id, entry, after in outcomes:
        if after.template and now - entry.time <= FRESH:
            letter = ConsentLetter(
                event_id=entry.event_id,
                person_id=person_id,
                grant_id=entry.grant_id,
                revision=after.revision,
                template=after.template,
            )
            await tx.run(_LETTER, **letter.model_dump())
        if after.care == "end":
            await tx.run(_END, grant_id=entry.grant_id)
        elif after.care:
            statement = _BEGIN if after.care == "begin" else _LOOK
            await tx.run(statement, **_care(person_id, entry))


def _care(person_id: str, entry: Entry) -> dict[str, Any]:
    return {
        "grant_id": entry.grant_id,
        "person_id": person_id,
        "since": entry.time,
        "due_at": entry.time,
        "suggested": "",
        "term_told": None,
    }
