"""What a token request needs, in one query: the app, its line, the grant behind it, the person's key."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.tables import Grant
from foundation.statements import Statement
from idp.clients.registry import CLIENT_COLUMNS, Client, ClientRow, read_client
from idp.clients.tables import Client as ClientTable
from idp.token.lines import LINE_COLUMNS, LineRow
from idp.token.tables import AccessToken, Line
from keys.people import PeopleKeys, PersonSecrets
from keys.tables import PersonKey


class GrantRow(NamedTuple):
    """What token and read rules look at in a grant; times in microseconds."""

    id: str
    person_id: str | None
    revision: int
    fetch_type: str
    choice_json: str
    expires_at: int
    revoked_at: int | None

    def is_live(self, now: int) -> bool:
        """Whether tokens under this grant may live now."""
        return self.revoked_at is None and now < self.expires_at


class TokenRow(NamedTuple):
    """A row of `access_token`."""

    id: str
    token_hash: bytes
    client_id: str
    line_id: str | None
    scope: str
    issued_at: int
    expires_at: int
    revoked_at: int | None


GRANT_COLUMNS = tuple(col(getattr(Grant, name)) for name in GrantRow._fields)
TOKEN_COLUMNS = tuple(col(getattr(AccessToken, name)) for name in TokenRow._fields)

_C = len(CLIENT_COLUMNS)
_L = _C + len(LINE_COLUMNS)
_G = _L + len(GRANT_COLUMNS)
_K = _G + 1


class _Loaded(NamedTuple):
    client: Client | None
    line: LineRow | None
    grant: GrantRow | None
    wrapped: bytes | None
    token: TokenRow | None


class Loaded(_Loaded):
    """The parts of one joined row; a part that was not found is None."""

    @classmethod
    def _make(cls, row: Sequence[Any]) -> "Loaded":  # type: ignore[override]  # a flat row, split into parts
        return cls(
            client=None if row[0] is None else read_client(ClientRow._make(row[:_C])),
            line=None if row[_C] is None else LineRow._make(row[_C:_L]),
            grant=None if row[_L] is None else GrantRow._make(row[_L:_G]),
            wrapped=row[_G],
            token=None if len(row) == _K or row[_K] is None else TokenRow._make(row[_K:]),
        )

    def person(self, people: PeopleKeys) -> PersonSecrets | None:
        """The keys of the person behind the grant, None for none or once she was erased."""
        if self.wrapped is None or self.grant is None or self.grant.person_id is None:
            return None
        return people.open(self.grant.person_id, self.wrapped)


NOTHING = Loaded(None, None, None, None, None)

_BEHIND_LINE = (
    (Grant, col(Grant.id) == col(Line.grant_id)),
    (PersonKey, col(PersonKey.person_id) == col(Grant.person_id)),
)


def _joined(start: Any, *joins: tuple[Any, Any]) -> Any:  # noqa: ANN401  # SQLAlchemy's FROM clauses
    for table, condition in joins:
        start = start.outerjoin(table, condition)
    return start


# The line need not be the app's: that is for the rules to refuse, and to record.
LOAD_LINE = Statement(
    select(*CLIENT_COLUMNS, *LINE_COLUMNS, *GRANT_COLUMNS, col(PersonKey.wrapped))
    .select_from(_joined(ClientTable.__table__, (Line, col(Line.id) == bindparam("line_id")), *_BEHIND_LINE))
    .where(col(ClientTable.id) == bindparam("client_id")),
    Loaded,
)
# For introspection and revocation: the app that asks, and a token which may be another's.
LOAD_TOKEN = Statement(
    select(*CLIENT_COLUMNS, *LINE_COLUMNS, *GRANT_COLUMNS, col(PersonKey.wrapped), *TOKEN_COLUMNS)
    .select_from(
        _joined(
            ClientTable.__table__,
            (AccessToken, col(AccessToken.id) == bindparam("token_id")),
            (Line, col(Line.id) == col(AccessToken.line_id)),
            *_BEHIND_LINE,
        )
    )
    .where(col(ClientTable.id) == bindparam("client_id")),
    Loaded,
)
