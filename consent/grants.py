"""Grants in the database: reading them, and the statements by which they change.

Each change compares the revision it builds on and raises it: of two decisions on one state, one wins and
the other is told. Withdrawing compares nothing: it always wins.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Executable, bindparam, insert, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from consent.choices import read_choice
from consent.coverage import PauseReason, Standing
from consent.records.packing import unpack
from consent.records.tables import ConsentRecord
from consent.tables import Grant, GrantRevision
from foundation.database import Transaction
from foundation.statements import Statement, Write

_AFTER_EVERY_ID = "g"  # ids are hexadecimal
PAGE = 20
_OPEN_PART, _ENDED_PART = "open", "ended"


class GrantRow(NamedTuple):
    """A row of `consent_grant`; see its class for the meaning and the units."""

    id: str
    person_id: str | None
    client_id: str
    subject: str
    revision: int
    fetch_type: str
    choice_json: str
    terms_json: str
    answered_json: str
    granted_at: int
    expires_at: int
    redeemed_at: int | None
    revoked_at: int | None
    end_reason: str | None
    paused_at: int | None
    pause_reason: PauseReason | None

    def lives(self, now: int) -> bool:
        """Whether it has not ended at `now`; it may be paused."""
        return self.revoked_at is None and now < self.expires_at

    def opens(self, now: int) -> bool:
        """Whether anything may be read under it at `now`."""
        return self.paused_at is None and self.lives(now)

    def standing(self) -> Standing:
        """The grant as rules look at it."""
        terms = orjson.loads(self.terms_json)
        return Standing(
            grant_id=self.id,
            revision=self.revision,
            client_id=self.client_id,
            subject=self.subject,
            choice=read_choice(self.choice_json),
            terms=terms["elements"],
            answered=orjson.loads(self.answered_json),
            required=frozenset(terms["required"]),
            granted_at=self.granted_at,
            expires_at=self.expires_at,
            over=self.revoked_at is not None,
            paused_at=self.paused_at,
            pause_reason=self.pause_reason,
        )


class RevisionRow(NamedTuple):
    """A row of `grant_revision`, with its record's (consent/records)."""

    revision: int
    kind: str
    decided_at: int
    choice_json: str
    terms_json: str
    event_id: str
    leaf_hash: bytes
    packed: bytes

    @property
    def receipt(self) -> str:
        """The signed receipt, a compact JWS."""
        return unpack(self.packed)


class ChangedRow(NamedTuple):
    revision: int


_COLUMNS = tuple(col(getattr(Grant, name)) for name in GrantRow._fields)
_OPEN = col(Grant.revoked_at).is_(None)
_OF_BOTH = (col(Grant.person_id) == bindparam("person_id"), col(Grant.client_id) == bindparam("client_id"))
_HERS = (col(Grant.id) == bindparam("grant_id"), col(Grant.person_id) == bindparam("person_id"))
_REVISION_COLUMNS = (
    *(col(getattr(GrantRevision, name)) for name in RevisionRow._fields if name != "packed"),
    col(ConsentRecord.packed),
)

FIND_OPEN = Statement(select(*_COLUMNS).where(*_OF_BOTH, _OPEN), GrantRow)
LOCK_OPEN = Statement(select(*_COLUMNS).where(*_OF_BOTH, _OPEN).with_for_update(), GrantRow)
LOCK_HERS = Statement(select(*_COLUMNS).where(*_HERS, _OPEN).with_for_update(), GrantRow)
FIND_HERS = Statement(select(*_COLUMNS).where(*_HERS), GrantRow)
_NEWEST = Statement(
    select(*_COLUMNS).where(*_OF_BOTH).order_by(col(Grant.id).desc()).limit(1),
    GrantRow,
)
_PAGE_OF = Statement(
    select(*_COLUMNS)
    .where(col(Grant.person_id) == bindparam("person_id"), col(Grant.id) < bindparam("before"))
    .order_by(col(Grant.id).desc())
    .limit(bindparam("most")),
    GrantRow,
)
_PAGES = tuple(
    Statement(
        select(*_COLUMNS)
        .where(
            col(Grant.person_id) == bindparam("person_id"),
            col(Grant.id) < bindparam("before"),
            open_or_not,
        )
        .order_by(col(Grant.id).desc())
        .limit(bindparam("most")),
        GrantRow,
    )
    for open_or_not in (_OPEN, col(Grant.revoked_at).is_not(None))
)
_REVISIONS_OF = Statement(
    select(*_REVISION_COLUMNS)
    .join(Grant, col(Grant.id) == col(GrantRevision.grant_id))
    .join(ConsentRecord, col(ConsentRecord.event_id) == col(GrantRevision.event_id))
    .where(*_HERS)
    .order_by(col(GrantRevision.revision).desc()),
    RevisionRow,
)


def _insert_unless_one_lives(dialect: str) -> Executable:
    statement = sqlite.insert(Grant) if dialect == "sqlite" else postgresql.insert(Grant)
    return statement.on_conflict_do_nothing(
        index_elements=["person_id", "client_id"], index_where=text("revoked_at IS NULL")
    )


OPEN_GRANT = Write(_insert_unless_one_lives)


def _change(**renewed: None) -> Statement[ChangedRow]:
    """The next revision of a living grant."""
    statement = update(Grant).where(
        col(Grant.id) == bindparam("grant_id"), col(Grant.revision) == bindparam("basis"), _OPEN
    )
    changed = statement.values(
        revision=bindparam("revision"),
        fetch_type=bindparam("fetch_type"),
        choice_json=bindparam("choice_json"),
        terms_json=bindparam("terms_json"),
        answered_json=bindparam("answered_json"),
        expires_at=bindparam("expires_at"),
        paused_at=bindparam("paused_at"),
        pause_reason=bindparam("pause_reason"),
        **renewed,
    )
    return Statement(changed.returning(col(Grant.revision)), ChangedRow)


CHANGE_GRANT = _change()
# A whole answer is one more redemption of a "once"; nothing else is.
RENEW_GRANT = _change(redeemed_at=None)
REMEMBER_ANSWERS = Write(
    update(Grant)
    .where(col(Grant.id) == bindparam("grant_id"), col(Grant.revision) == bindparam("basis"), _OPEN)
    .values(answered_json=bindparam("answered_json"))
)
END_GRANT = Statement(
    update(Grant)
    .where(*_HERS, _OPEN)
    .values(revoked_at=bindparam("now"), end_reason=bindparam("reason"), revision=col(Grant.revision) + 1)
    .returning(*_COLUMNS),
    GrantRow,
)
# A term ends a grant once, whoever finds it past; one that was prolonged meanwhile goes on.
LAPSE_GRANT = Statement(
    update(Grant)
    .where(*_HERS, _OPEN, col(Grant.expires_at) <= bindparam("now"))
    .values(revoked_at=bindparam("now"), end_reason="expired", revision=col(Grant.revision) + 1)
    .returning(*_COLUMNS),
    GrantRow,
)
REDEEM_ONCE = Write(
    update(Grant)
    .where(
        col(Grant.id) == bindparam("grant_id"),
        col(Grant.fetch_type) == "once",
        col(Grant.redeemed_at).is_(None),
        _OPEN,
        col(Grant.expires_at) > bindparam("now"),
    )
    .values(redeemed_at=bindparam("now"), expires_at=bindparam("ends_at"))
)
ADD_REVISION = Write(insert(GrantRevision))


async def find_standing(tx: Transaction, person_id: str, client_id: str) -> Standing | None:
    """The grant of a person and an app that she did not end; it may be past its term (`covers` looks).

    Whether that term was recorded yet makes no difference to her: what she held back is remembered.
    """
    both = {"person_id": person_id, "client_id": client_id}
    row = await tx.first(FIND_OPEN, **both) or await tx.first(_NEWEST, **both)
    return None if row is None or row.end_reason not in {None, "expired"} else row.standing()


async def redeem_once(tx: Transaction, grant_id: str, *, ends_at: int, now: int) -> bool:
    """Use a "once": it ends with the access token of this redemption, at `ends_at` (microseconds).

    False when there is nothing to use: not a "once", used already, or over. In the caller's unit, with the
    code it goes with.
    """
    return await tx.run(REDEEM_ONCE, grant_id=grant_id, ends_at=ends_at, now=now) > 0


async def list_grants(
    tx: Transaction, person_id: str, *, before: str | None = None, most: int = PAGE
) -> list[GrantRow]:
    """A page of a person's grants, newest first, ended ones too. before: id of the last one already shown."""
    return await tx.all(_PAGE_OF, person_id=person_id, before=before or _AFTER_EVERY_ID, most=most)


async def list_open_first(
    tx: Transaction, person_id: str, *, before: str = "", most: int = PAGE
) -> list[GrantRow]:
    """A page of a person's grants, those that nobody ended first, each part newest first.

    before: `place_of` the last one already shown.
    """
    part, _, last = before.partition(".")
    shown_open = part == _ENDED_PART
    of_open, of_ended = _PAGES
    rows: list[GrantRow] = []
    if not shown_open:
        rows = await tx.all(of_open, person_id=person_id, before=last or _AFTER_EVERY_ID, most=most)
    if len(rows) < most:
        start = last if shown_open else _AFTER_EVERY_ID
        rows += await tx.all(of_ended, person_id=person_id, before=start, most=most - len(rows))
    return rows


def place_of(row: GrantRow) -> str:
    """Where a grant stands in `list_open_first`."""
    return f"{_OPEN_PART if row.revoked_at is None else _ENDED_PART}.{row.id}"


async def find_grant(tx: Transaction, person_id: str, grant_id: str) -> GrantRow | None:
    """One of this person's grants, living or ended; None for another's."""
    return await tx.first(FIND_HERS, person_id=person_id, grant_id=grant_id)


async def list_revisions(tx: Transaction, person_id: str, grant_id: str) -> list[RevisionRow]:
    """Every state of one of this person's grants, newest first; nothing for another's."""
    return await tx.all(_REVISIONS_OF, person_id=person_id, grant_id=grant_id)


def terms_json(elements: Mapping[str, Any], required: frozenset[str]) -> str:
    """What was agreed to, as a grant keeps it."""
    return dump({"elements": dict(elements), "required": sorted(required)})


def dump(document: Mapping[str, Any]) -> str:
    """JSON with sorted keys."""
    return orjson.dumps(dict(document), option=orjson.OPT_SORT_KEYS).decode()
