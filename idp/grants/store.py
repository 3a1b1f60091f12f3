"""A grant as the app that holds it sees it: found by its number, and only ever among that app's own."""

from typing import Any, NamedTuple

import orjson
from sqlalchemy import and_, bindparam, select, update
from sqlmodel import col

from consent.choices import Choice, read_choice
from consent.ledger.tables import LedgerEvent
from consent.tables import Grant, GrantRevision
from foundation.database import Transaction
from foundation.ids import is_id
from foundation.statements import Statement, Write
from idp.token.tables import Line
from keys.tables import PersonKey


class _Id(NamedTuple):
    id: str


class OwnRow(NamedTuple):
    """A living grant with what its last change left behind; times in microseconds.

    wrapped: the person's key. updated_at: when the last change was decided; leaf: its event in the ledger.
    """

    id: str
    person_id: str
    subject: str
    revision: int
    choice_json: str
    terms_json: str
    granted_at: int
    expires_at: int
    wrapped: bytes
    updated_at: int
    leaf: str

    @property
    def choice(self) -> Choice:
        return read_choice(self.choice_json)

    @property
    def purpose(self) -> str:
        """Code of the purpose that was agreed to."""
        return str(orjson.loads(self.terms_json)["elements"]["purpose"]["code"])

    @property
    def asked_by_app(self) -> bool:
        """Whether its last change answered a request of the app; else the person made it by herself."""
        facts: dict[str, Any] = orjson.loads(self.leaf)["facts"]
        return facts.get("notice") is not None


_ITS_OWN = (
    col(Grant.id) == bindparam("grant_id"),
    col(Grant.client_id) == bindparam("client_id"),
    col(Grant.revoked_at).is_(None),
    col(Grant.expires_at) > bindparam("now"),
)
_NAMED = Statement(select(col(Grant.id)).where(*_ITS_OWN), _Id)
_FIND_OWN = Statement(
    select(
        col(Grant.id),
        col(Grant.person_id),
        col(Grant.subject),
        col(Grant.revision),
        col(Grant.choice_json),
        col(Grant.terms_json),
        col(Grant.granted_at),
        col(Grant.expires_at),
        col(PersonKey.wrapped),
        col(GrantRevision.decided_at),
        col(LedgerEvent.leaf),
    )
    .join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
    .join(
        GrantRevision,
        and_(
            col(GrantRevision.grant_id) == col(Grant.id), col(GrantRevision.revision) == col(Grant.revision)
        ),
    )
    .join(LedgerEvent, col(LedgerEvent.id) == col(GrantRevision.event_id))
    .where(*_ITS_OWN),
    OwnRow,
)
# The lines themselves stay: access tokens live on, within what the grant lets out now.
_END_REFRESHING = Write(
    update(Line)
    .where(
        col(Line.grant_id) == bindparam("grant_id"),
        col(Line.refreshable) == 1,
        col(Line.revoked_at).is_(None),
        col(Line.id) != bindparam("new_line"),
    )
    .values(refreshable=0)
)


async def names_own_grant(tx: Transaction, client_id: str, grant_id: str, now: int) -> bool:
    """Whether an app's `grant_id` is that of a living grant of its own."""
    if not is_id(grant_id):
        return False
    return await tx.first(_NAMED, grant_id=grant_id, client_id=client_id, now=now) is not None


async def find_own(tx: Transaction, client_id: str, grant_id: str, now: int) -> OwnRow | None:
    """A living grant of this app; None for another's, an ended one, one of a person who was erased."""
    if not is_id(grant_id):
        return None
    return await tx.first(_FIND_OWN, grant_id=grant_id, client_id=client_id, now=now)


async def end_refreshing(tx: Transaction, grant_id: str, *, but: str) -> int:
    """End the refresh tokens of a grant, but not those of the line `but` (section 5.2); how many lines."""
    return await tx.run(_END_REFRESHING, grant_id=grant_id, new_line=but)
