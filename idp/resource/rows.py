"""An access token with everything that decides what it may do now: the statements."""

from typing import Any, NamedTuple

from sqlalchemy import Select, SQLColumnExpression, and_, bindparam, null, select
from sqlmodel import col

from consent.ledger.append import only_where
from consent.tables import Grant, ProfileDataset
from foundation.statements import Statement
from idp.clients.tables import Client
from idp.token.tables import AccessToken, Line
from keys.tables import PersonKey


class BearerRow(NamedTuple):
    """A token, and what is behind it. Times in microseconds."""

    token_id: str
    token_hash: bytes
    client_id: str
    scope: str
    details: str | None
    cnf: str | None
    expires_at: int
    token_revoked_at: int | None
    line_revoked_at: int | None
    behalf: int | None
    subject: str
    suspended_at: int | None
    grant_id: str
    person_id: str
    revision: int
    choice_json: str
    grant_expires_at: int
    grant_revoked_at: int | None
    paused_at: int | None
    wrapped: bytes
    dataset_revision: int | None
    sealed: bytes | None
    app_json: str | None


# One query for all of it, the dataset included: a read is one round trip before its event. The inner joins
# refuse a token without a grant, and a person who was erased.
_FOUND = (
    select(
        col(AccessToken.id),
        col(AccessToken.token_hash),
        col(AccessToken.client_id),
        col(AccessToken.scope),
        col(AccessToken.details),
        col(AccessToken.cnf),
        col(AccessToken.expires_at),
        col(AccessToken.revoked_at),
        col(Line.revoked_at),
        col(Line.behalf),
        col(Line.subject),
        col(Client.suspended_at),
        col(Grant.id),
        col(Grant.person_id),
        col(Grant.revision),
        col(Grant.choice_json),
        col(Grant.expires_at),
        col(Grant.revoked_at),
        col(Grant.paused_at),
        col(PersonKey.wrapped),
        col(ProfileDataset.revision),
        col(ProfileDataset.sealed),
    )
    .join(Client, col(Client.id) == col(AccessToken.client_id))
    .join(Line, col(Line.id) == col(AccessToken.line_id))
    .join(Grant, col(Grant.id) == col(Line.grant_id))
    .join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
    .outerjoin(
        ProfileDataset,
        and_(
            col(ProfileDataset.person_id) == col(Grant.person_id),
            col(ProfileDataset.dataset) == bindparam("dataset"),
        ),
    )
    .where(col(AccessToken.id) == bindparam("token_id"))
)
IDENTITY = "identity"  # the dataset that userinfo tells, as the app registered to be told


def _statements(app: SQLColumnExpression[Any]) -> tuple[Statement[BearerRow], Statement[BearerRow]]:
    """To look, and to hold: locked against revoke until the unit ends, by FOR SHARE on PostgreSQL.

    On SQLite units are serial anyway.
    """
    found = _FOUND.add_columns(app)
    return Statement(found, BearerRow, by_key=True), Statement(
        found.with_for_update(read=True, of=Grant), BearerRow
    )


OF_DATA, OF_IDENTITY = _statements(null()), _statements(col(Client.metadata_json))


def _seen(*, hasty: bool) -> Select[Any]:
    """The token still lives under the very grant that was looked at, and does until the unit ends."""
    return (
        select(col(AccessToken.id))
        .select_from(AccessToken)
        .join(Client, col(Client.id) == col(AccessToken.client_id))
        .join(Line, col(Line.id) == col(AccessToken.line_id))
        .join(Grant, col(Grant.id) == col(Line.grant_id))
        .where(
            col(AccessToken.id) == bindparam("token_id"),
            col(AccessToken.revoked_at).is_(None),
            col(Line.revoked_at).is_(None),
            col(Client.suspended_at).is_(None),
            col(Grant.revision) == bindparam("revision"),
            col(Grant.revoked_at).is_(None),
            col(Grant.paused_at).is_(None),
        )
        .with_for_update(read=True, of=Grant, skip_locked=hasty)
    )


AS_SEEN = only_where(_seen(hasty=False), _seen(hasty=True))
