"""Lines and access tokens in the database: the statements, and the guards their WHERE clauses are."""

from typing import NamedTuple

from sqlalchemy import ColumnElement, Update, bindparam, exists, insert, or_, select, update
from sqlalchemy.orm import aliased
from sqlmodel import col

from consent.ledger.append import ROWS
from consent.tables import Grant
from foundation.series import Row, Series
from foundation.statements import Statement, Write
from idp.token.tables import AccessToken, Line


class LineRow(NamedTuple):
    """What token rules read of a line; see tables.Line for the units."""

    id: str
    client_id: str
    grant_id: str
    session_id: str
    account_id: str
    subject: str
    scope: str
    details: str | None
    renews: str | None
    redirect_uri: str
    nonce: str | None
    code_challenge: str | None
    dpop_jkt: str | None
    auth_time: int
    acr: str | None
    id_claims: str | None
    code_hash: bytes
    code_expires_at: int
    redeemed_at: int | None
    refreshable: int
    generation: int
    rotated_at: int | None
    refresh_until: int | None
    behalf: int | None
    revoked_at: int | None


class _Id(NamedTuple):
    id: str


LINE_COLUMNS = tuple(col(getattr(Line, name)) for name in LineRow._fields)

OPEN_LINE = Write(insert(Line))
FIND_LINE = Statement(select(*LINE_COLUMNS).where(col(Line.id) == bindparam("line_id")), LineRow)


def _grant_lives(*more: ColumnElement[bool], shared: bool, hasty: bool = False) -> ColumnElement[bool]:
    """The guard of every claim: a grant that ended takes its lines along without touching them.

    It also locks the grant (PostgreSQL; SQLite's units are serial), so that a claim and a revoke have one
    order: no tokens are answered once the revoke that kills them has committed. shared: with other claims.
    hasty: a grant that somebody else has locked does not count (foundation/series.py).
    """
    return exists(
        select(1)
        .where(
            col(Grant.id) == col(Line.grant_id),
            col(Grant.revoked_at).is_(None),
            col(Grant.expires_at) > bindparam("now"),
            *more,
        )
        .with_for_update(read=shared, key_share=not shared, skip_locked=hasty)
    )


def _this_line(*, hasty: bool) -> ColumnElement[bool]:
    """The line of an UPDATE, which would wait for whoever has it; hasty: unless somebody has."""
    this = col(Line.id) == bindparam("line_id")
    if not hasty:
        return this
    free = aliased(Line)
    return col(Line.id) == (
        select(col(free.id))
        .where(col(free.id) == bindparam("line_id"))
        .with_for_update(key_share=True, skip_locked=True)
        .scalar_subquery()
    )


def _claim_code(*, hasty: bool) -> Update:
    return (
        update(Line)
        .where(
            _this_line(hasty=hasty),
            col(Line.redeemed_at).is_(None),
            col(Line.revoked_at).is_(None),
            # Not shared: a redemption may go on to end a "once", and two that share would wait for each
            # other. What became a "once" since it was loaded must not be redeemed as anything else.
            _grant_lives(col(Grant.fetch_type) == bindparam("fetch_type"), shared=False, hasty=hasty),
        )
        .values(
            redeemed_at=bindparam("now"),
            generation=1,
            dpop_jkt=bindparam("jkt"),
            refresh_until=bindparam("until"),
        )
    )


_RENEWABLE = or_(col(Line.refresh_until).is_(None), col(Line.refresh_until) > bindparam("now"))


def _claim_generation(*, hasty: bool) -> Update:
    """To the next generation; to the same, where a refresh token is kept: it holds line and grant anyway."""
    return (
        update(Line)
        .where(
            _this_line(hasty=hasty),
            col(Line.generation) == bindparam("presented"),
            col(Line.revoked_at).is_(None),
            _RENEWABLE,
            _grant_lives(shared=True, hasty=hasty),
        )
        .values(generation=bindparam("successor"), rotated_at=bindparam("now"))
    )


# A retry changes nothing; claiming the line all the same is what holds it, and its grant, alive meanwhile.
CLAIM_RETRY = Write(
    update(Line)
    .where(
        col(Line.id) == bindparam("line_id"),
        col(Line.generation) == bindparam("successor"),
        col(Line.rotated_at) >= bindparam("since"),
        col(Line.revoked_at).is_(None),
        _RENEWABLE,
        _grant_lives(shared=True),
    )
    .values(rotated_at=col(Line.rotated_at))
)
FIND_LIVING = Statement(
    select(col(Line.id)).where(
        col(Line.id) == bindparam("line_id"), col(Line.revoked_at).is_(None), _grant_lives(shared=True)
    ),
    _Id,
)
END_LINE = Write(
    update(Line)
    .where(col(Line.id) == bindparam("line_id"), col(Line.revoked_at).is_(None))
    .values(revoked_at=bindparam("now"))
)
# An access token and the event that tells of it, of `Drafted.stored`; alone, or where a claim succeeded.
_ISSUED = (Row(AccessToken), *ROWS)
ISSUE = Series(None, *_ISSUED)
CLAIM_CODE = Write(_claim_code(hasty=False))
REDEEM = Series(_claim_code(hasty=False), *_ISSUED, hasty=_claim_code(hasty=True))
ROTATE = Series(_claim_generation(hasty=False), *_ISSUED, hasty=_claim_generation(hasty=True))
END_TOKEN = Write(
    update(AccessToken)
    .where(col(AccessToken.id) == bindparam("token_id"), col(AccessToken.revoked_at).is_(None))
    .values(revoked_at=bindparam("now"))
)
