"""An access token with everything that decides what it may do now: the statements."""

from typing import Any, NamedTuple

from sqlalchemy import Select, and_, bindparam, null, select
from sqlmodel import col

from consent.ledger.append import only_where
from consent.tables import Grant, ProfileDataset
from foundation.series import Series
from foundation.statements import Statement, Values
from idp.clients.tables import Client
from idp.people.tables import Account
from idp.token.tables import AccessToken, Line
from keys.tables import PersonKey


class BearerRow(NamedTuple):
    """A token, and what is behind it. Times in microseconds.

    The last three, what its app registered and her address, only where her identity is asked for.
    """

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
    sealed_email: bytes | None
    email_verified_at: int | None


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


def _statements(found: Select[Any]) -> tuple[Statement[BearerRow], Statement[BearerRow]]:
    """To look, and to hold: locked against revoke until the unit ends, by FOR SHARE on PostgreSQL.

    On SQLite units are serial anyway.
    """
    return Statement(found, BearerRow, by_key=True), Statement(
        found.with_for_update(read=True, of=Grant), BearerRow
    )


OF_DATA = _statements(_FOUND.add_columns(null(), null(), null()))
OF_IDENTITY = _statements(
    _FOUND.add_columns(
        col(Client.metadata_json), col(Account.sealed_email), col(Account.email_verified_at)
    ).outerjoin(Account, col(Account.id) == col(Grant.person_id))
)


_LIVES = (
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
)
# All else that a look a while ago saw, and that may change. A term can without a revision (a "once").
_AS_THEN = (
    _LIVES.join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
    .join(ProfileDataset, col(ProfileDataset.person_id) == col(Grant.person_id))
    .where(
        col(Grant.expires_at) == bindparam("grant_expires_at"),
        col(ProfileDataset.dataset) == bindparam("dataset"),
        col(ProfileDataset.revision) == bindparam("dataset_revision"),
    )
)
_IDENTITY_AS_THEN = _AS_THEN.join(Account, col(Account.id) == col(Grant.person_id)).where(
    col(Client.metadata_json) == bindparam("app_json"),
    col(Account.sealed_email) == bindparam("sealed_email"),
    col(Account.email_verified_at).is_not_distinct_from(bindparam("email_verified_at")),
)


def _while(found: Select[Any]) -> Series:
    """Records an event while the query finds its row, whose grant stays as it is until the unit ends."""
    return only_where(*(found.with_for_update(read=True, of=Grant, skip_locked=one) for one in (False, True)))


_SEEN, _DATA_THEN, _IDENTITY_THEN = _while(_LIVES), _while(_AS_THEN), _while(_IDENTITY_AS_THEN)


def as_seen(row: BearerRow) -> tuple[Series, Values]:
    """What records a read while a token lives under the very grant that was just looked at; its values."""
    return _SEEN, {"token_id": row.token_id, "revision": row.revision}


def can_be_again(row: BearerRow, dataset: str) -> bool:
    """Whether `as_then` could find a row again: it has all of which that one asks."""
    return row.sealed is not None and (dataset != IDENTITY or row.sealed_email is not None)


def as_then(row: BearerRow, dataset: str) -> tuple[Series, Values]:
    """The same for a row seen a while ago: while nothing of it, or of her dataset, has changed since."""
    values = {
        "token_id": row.token_id,
        "revision": row.revision,
        "grant_expires_at": row.grant_expires_at,
        "dataset": dataset,
        "dataset_revision": row.dataset_revision,
    }
    if dataset != IDENTITY:
        return _DATA_THEN, values
    told = {
        "app_json": row.app_json,
        "sealed_email": row.sealed_email,
        "email_verified_at": row.email_verified_at,
    }
    return _IDENTITY_THEN, values | told
