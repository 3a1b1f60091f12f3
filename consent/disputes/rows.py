"""The statements of disputes, and what of one is opened with its person's key."""

from typing import NamedTuple

from sqlalchemy import Executable, Integer, bindparam, func, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.disputes.tables import Dispute
from consent.ledger.tables import LedgerEvent
from foundation.statements import Statement, Write
from keys.people import PersonSecrets
from keys.seal import seal, unseal

PAGE = 30


class DisputeRow(NamedTuple):
    """A row of `dispute`."""

    id: str
    code: str
    person_id: str
    grant_id: str
    client_id: str
    event_id: str
    about_at: int
    state: str
    action: str
    outcome: str | None
    opened_at: int
    changed_at: int
    sealed_note: bytes | None
    sealed_answer: bytes | None

    def note(self, person: PersonSecrets) -> str:
        """What she wrote. Raises SealError."""
        return open_words(person, self.id, "note", self.sealed_note)

    def answer(self, person: PersonSecrets) -> str:
        """What she was answered. Raises SealError."""
        return open_words(person, self.id, "answer", self.sealed_answer)


class CountRow(NamedTuple):
    disputes: int


class LeafRow(NamedTuple):
    leaf: str


_COLUMNS = tuple(col(getattr(Dispute, name)) for name in DisputeRow._fields)
_THIS = col(Dispute.id) == bindparam("dispute_id")
_HERS = col(Dispute.person_id) == bindparam("person_id")
_OLDER = col(Dispute.id) < bindparam("before")
_LIMIT = bindparam("most", type_=Integer)


def _open(dialect: str) -> Executable:
    statement = sqlite.insert(Dispute) if dialect == "sqlite" else postgresql.insert(Dispute)
    return statement.on_conflict_do_nothing(
        index_elements=["grant_id", "event_id"], index_where=text("state = 'open'")
    )


OPEN = Write(_open)
OPEN_ABOUT = Statement(
    select(*_COLUMNS).where(
        _HERS,
        col(Dispute.grant_id) == bindparam("grant_id"),
        col(Dispute.event_id) == bindparam("event_id"),
        col(Dispute.state) == "open",
    ),
    DisputeRow,
)
FIND = Statement(select(*_COLUMNS).where(_THIS), DisputeRow)
FIND_HERS = Statement(select(*_COLUMNS).where(_THIS, _HERS), DisputeRow)
PAGE_OF_HERS = Statement(
    select(*_COLUMNS).where(_HERS, _OLDER).order_by(col(Dispute.id).desc()).limit(_LIMIT), DisputeRow
)
# The queue: who waits longest comes first.
PAGE_OF_STATE = Statement(
    select(*_COLUMNS)
    .where(col(Dispute.state) == bindparam("of_state"), col(Dispute.id) > bindparam("after"))
    .order_by(col(Dispute.id))
    .limit(_LIMIT),
    DisputeRow,
)
COUNT_OPEN = Statement(
    select(func.count().label("disputes")).where(_HERS, col(Dispute.state) == "open"), CountRow
)
ANSWER = Write(
    update(Dispute)
    .where(_THIS, col(Dispute.state) == "open")
    .values(
        state="answered",
        outcome=bindparam("new_outcome"),
        sealed_answer=bindparam("sealed"),
        changed_at=bindparam("now"),
    )
)
CLOSE = Write(
    update(Dispute)
    .where(_THIS, col(Dispute.state) != "closed")
    .values(state="closed", changed_at=bindparam("now"))
)
LEAF = Statement(select(col(LedgerEvent.leaf)).where(col(LedgerEvent.id) == bindparam("event_id")), LeafRow)


def seal_words(person: PersonSecrets, dispute_id: str, field: str, words: str) -> bytes | None:
    """Words under a person's own key, bound to their place; None for none."""
    return seal(person.data_key, words.encode(), _place(dispute_id, field)) if words else None


def open_words(person: PersonSecrets, dispute_id: str, field: str, sealed: bytes | None) -> str:
    """The same, opened; "" for none. Raises SealError."""
    return "" if sealed is None else unseal(person.data_key, sealed, _place(dispute_id, field)).decode()


def _place(dispute_id: str, field: str) -> bytes:
    return f"dispute:{dispute_id}:{field}".encode()
