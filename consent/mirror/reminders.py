"""Whether a person wants to be reminded. What tells of a change, or of something amiss, is always written."""

from sqlalchemy import Executable, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.mirror.caretaker import PERSON
from consent.mirror.tables import PersonCare
from foundation.database import Transaction
from foundation.statements import Write


def _mute(dialect: str) -> Executable:
    asked = (sqlite.insert(PersonCare) if dialect == "sqlite" else postgresql.insert(PersonCare)).values(
        person_id=bindparam("person_id"), reminded_at=None, muted_at=bindparam("now")
    )
    return asked.on_conflict_do_update(
        index_elements=["person_id"],
        set_={"muted_at": asked.excluded.muted_at},
        where=col(PersonCare.muted_at).is_(None),
    )


_MUTE = Write(_mute)
_UNMUTE = Write(
    update(PersonCare)
    .where(col(PersonCare.person_id) == bindparam("of"), col(PersonCare.muted_at).is_not(None))
    .values(muted_at=None)
)


async def wants_reminders(tx: Transaction, person_id: str) -> bool:
    """Whether she is reminded: everybody is who did not say otherwise."""
    row = await tx.first(PERSON, person_id=person_id)
    return row is None or row.muted_at is None


async def mute(tx: Transaction, person_id: str, now: int) -> bool:
    """No reminders from now on; False when that was so already."""
    return await tx.run(_MUTE, person_id=person_id, now=now) > 0


async def unmute(tx: Transaction, person_id: str) -> bool:
    """Reminders again; False when that was so already."""
    return await tx.run(_UNMUTE, of=person_id) > 0
