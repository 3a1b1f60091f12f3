"""Records in the database: written once, read by their holder and by auditors, deleted when she is erased."""

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select
from sqlmodel import col

from consent.records.packing import unpack
from consent.records.tables import ConsentRecord
from foundation.database import Transaction
from foundation.statements import Statement, Write


class RecordRow(NamedTuple):
    """A row of `consent_record`; see its class. `receipt` is the compact JWS."""

    event_id: str
    client_id: str
    grant_id: str | None
    revision: int | None
    state: str
    notice_version: str | None
    notice_sha256: str | None
    packed: bytes

    @property
    def receipt(self) -> str:
        return unpack(self.packed)


_COLUMNS = tuple(col(getattr(ConsentRecord, name)) for name in RecordRow._fields)
_AFTER_EVERY_ID = "g"  # ids are hexadecimal
PAGE = 50

ADD_RECORD = Write(insert(ConsentRecord))
_LAST_OF_GRANT = Statement(
    select(*_COLUMNS)
    .where(col(ConsentRecord.grant_id) == bindparam("grant_id"))
    .order_by(col(ConsentRecord.event_id).desc())
    .limit(1),
    RecordRow,
)
_OF_GRANT = Statement(
    select(*_COLUMNS)
    .where(
        col(ConsentRecord.grant_id) == bindparam("grant_id"), col(ConsentRecord.event_id) > bindparam("after")
    )
    .order_by(col(ConsentRecord.event_id))
    .limit(bindparam("most")),
    RecordRow,
)
_OF_PERSON = Statement(
    select(*_COLUMNS)
    .where(
        col(ConsentRecord.person_id) == bindparam("person_id"),
        col(ConsentRecord.event_id) < bindparam("before"),
    )
    .order_by(col(ConsentRecord.event_id).desc())
    .limit(bindparam("most")),
    RecordRow,
)
_ONE = Statement(
    select(*_COLUMNS).where(
        col(ConsentRecord.person_id) == bindparam("person_id"),
        col(ConsentRecord.event_id) == bindparam("event_id"),
    ),
    RecordRow,
)


async def last_of_grant(tx: Transaction, grant_id: str) -> RecordRow | None:
    """The newest record of a grant."""
    return await tx.first(_LAST_OF_GRANT, grant_id=grant_id)


async def records_of_grant(
    tx: Transaction, grant_id: str, *, after: str = "", most: int = PAGE
) -> list[RecordRow]:
    """The records of a grant, oldest first. after: event id of the last one already seen."""
    return await tx.all(_OF_GRANT, grant_id=grant_id, after=after, most=most)


async def records_of_person(
    tx: Transaction, person_id: str, *, before: str | None = None, most: int = PAGE
) -> list[RecordRow]:
    """A page of a person's records, newest first: questions and refusals too."""
    return await tx.all(_OF_PERSON, person_id=person_id, before=before or _AFTER_EVERY_ID, most=most)


async def find_record(tx: Transaction, person_id: str, event_id: str) -> RecordRow | None:
    """One record of this person's; None for another's."""
    return await tx.first(_ONE, person_id=person_id, event_id=event_id)
