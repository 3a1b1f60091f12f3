"""Parental agreements in the database. Each statement names the state it moves a row out of."""

from typing import Any, Literal, NamedTuple

import orjson
from sqlalchemy import bindparam, insert, or_, select, update
from sqlmodel import col

from foundation.clock import DAY
from foundation.database import Transaction
from foundation.purging import Purge
from foundation.statements import Statement, Write
from idp.minors.tables import ParentalAgreement
from keys.people import PersonSecrets
from keys.seal import seal, unseal

Answer = Literal["agreed", "refused"]
State = Literal["drafted", "asked", "agreed", "refused", "used", "ended"]


class Told(NamedTuple):
    """What an agreement is about, in the child's own seal.

    pending_id: where the child goes on. ticks: her form, by field. scopes: those she chose.
    summary: what is shown to the parent (proposals.py). child: her address. parent: the one she gave, until
    it answered.
    """

    pending_id: str
    ticks: dict[str, list[str]]
    scopes: str
    summary: dict[str, Any]
    child: str
    parent: str = ""


class Given(NamedTuple):
    """A parent's answer. account_id: the parent's. sealed_told: what it was about, without an address."""

    answer: Answer
    account_id: str
    sealed_told: bytes
    now: int


class Agreement(NamedTuple):
    """A row of `parental_agreement`; see its class."""

    id: str
    person_id: str
    client_id: str
    state: State
    parent_id: str | None
    question: str
    choice: str
    sealed: bytes
    drafted_at: int
    expires_at: int
    decided_at: int | None
    grant_id: str | None

    def told(self, child: PersonSecrets) -> Told:
        """What it is about. Raises SealError."""
        return Told(*orjson.loads(unseal(child.data_key, self.sealed, _place(self.id))))


def seal_told(agreement_id: str, told: Told, child: PersonSecrets) -> bytes:
    """What it is about, as a row keeps it."""
    return seal(child.data_key, orjson.dumps([*told]), _place(agreement_id))


def _place(agreement_id: str) -> bytes:
    return b"parental_agreement:" + agreement_id.encode()


# Longer than any grant that one led to: what remains after that is the ledger's.
KEPT = 400 * DAY
PURGE = Purge(ParentalAgreement)
# A parent who did not answer: what the child wrote of that address is of no use once the day is over.
UNANSWERED = Purge(ParentalAgreement, by="expires_at", only=(col(ParentalAgreement.state) == "asked",))

_row = ParentalAgreement
_COLUMNS = tuple(col(getattr(_row, name)) for name in Agreement._fields)
_ONE = col(_row.id) == bindparam("agreement_id")
_INSERT = Write(insert(_row))
_FIND = Statement(select(*_COLUMNS).where(_ONE), Agreement)
# The newest of one question: a later choice takes the place of an earlier one.
_NEWEST = Statement(
    select(*_COLUMNS)
    .where(
        col(_row.person_id) == bindparam("person_id"),
        col(_row.client_id) == bindparam("client_id"),
        col(_row.question) == bindparam("question"),
        col(_row.expires_at) > bindparam("now"),
    )
    .order_by(col(_row.id).desc())
    .limit(1),
    Agreement,
)
_OF_PARENT = Statement(
    select(*_COLUMNS)
    .where(col(_row.parent_id) == bindparam("parent_id"))
    .order_by(col(_row.id).desc())
    .limit(bindparam("most")),
    Agreement,
)
_NAME_PARENT = Write(
    update(_row)
    .where(_ONE, col(_row.state) == "drafted", col(_row.expires_at) > bindparam("now"))
    .values(state="asked", sealed=bindparam("sealed_told"))
)
_ANSWER = Write(
    update(_row)
    .where(_ONE, col(_row.state) == "asked", col(_row.expires_at) > bindparam("now"))
    .values(
        state=bindparam("answer"),
        parent_id=bindparam("account_id"),
        decided_at=bindparam("now"),
        sealed=bindparam("sealed_told"),
    )
)
_USE = Write(
    update(_row)
    .where(_ONE, col(_row.state) == "agreed", col(_row.expires_at) > bindparam("now"))
    .values(state="used", grant_id=bindparam("grant"))
)
_STANDS = or_(col(_row.state) == "agreed", col(_row.state) == "used")
_END = Write(update(_row).where(_ONE, _STANDS).values(state="ended"))


async def add(tx: Transaction, made: Agreement) -> None:
    """Keep a fresh draft."""
    await tx.run(_INSERT, **made._asdict())


async def find(tx: Transaction, agreement_id: str) -> Agreement | None:
    """One agreement, or None."""
    return await tx.first(_FIND, agreement_id=agreement_id)


async def newest(
    tx: Transaction, person_id: str, client_id: str, question: str, now: int
) -> Agreement | None:
    """A child's last agreement on one question that is not too old, or None."""
    return await tx.first(_NEWEST, person_id=person_id, client_id=client_id, question=question, now=now)


async def of_parent(tx: Transaction, parent_id: str, most: int = 100) -> list[Agreement]:
    """What a parent answered, the newest first."""
    return await tx.all(_OF_PARENT, parent_id=parent_id, most=most)


async def name_parent(tx: Transaction, agreement_id: str, told: bytes, now: int) -> bool:
    """Ask a parent, once; False when one was asked already, or it is too late."""
    return await tx.run(_NAME_PARENT, agreement_id=agreement_id, sealed_told=told, now=now) > 0


async def answer(tx: Transaction, agreement_id: str, given: Given) -> bool:
    """The parent's answer; False when it was answered already, or it is too late."""
    return await tx.run(_ANSWER, agreement_id=agreement_id, **given._asdict()) > 0


async def use(tx: Transaction, agreement_id: str, grant_id: str, now: int) -> bool:
    """The child consents by it; False when it cannot be used (any more)."""
    return await tx.run(_USE, agreement_id=agreement_id, grant=grant_id, now=now) > 0


async def end(tx: Transaction, agreement_id: str) -> bool:
    """The parent takes it back; False when there is nothing to take back."""
    return await tx.run(_END, agreement_id=agreement_id) > 0
