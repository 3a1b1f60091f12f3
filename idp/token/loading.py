"""What a token request needs, in one query: the app, its line, the grant behind it, the person's key."""

from collections import namedtuple
from typing import Any, NamedTuple

from sqlalchemy import FromClause, bindparam, select
from sqlmodel import SQLModel, col

from consent.choices import Choice, read_choice
from consent.tables import Grant
from foundation.database import Transaction
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
    paused_at: int | None

    def is_live(self, now: int) -> bool:
        """Whether tokens under this grant may live now; while it is paused they live and open nothing."""
        return self.revoked_at is None and now < self.expires_at

    @property
    def choice(self) -> Choice:
        """What she shares."""
        return read_choice(self.choice_json)

    def allows(self, scope: str) -> str:
        """Those of the scopes in `scope` that she still shares, each once: what a token may say now."""
        return " ".join(self.choice.allows(tuple(dict.fromkeys(scope.split()))))


class TokenRow(NamedTuple):
    """A row of `access_token`."""

    id: str
    token_hash: bytes
    client_id: str
    line_id: str | None
    scope: str
    details: str | None
    cnf: str | None
    issued_at: int
    expires_at: int
    revoked_at: int | None


GRANT_COLUMNS = tuple(col(getattr(Grant, name)) for name in GrantRow._fields)
TOKEN_COLUMNS = tuple(col(getattr(AccessToken, name)) for name in TokenRow._fields)

_C = len(CLIENT_COLUMNS)
_L = _C + len(LINE_COLUMNS)
_G = _L + len(GRANT_COLUMNS)
_K = _G + 1


class Loaded(NamedTuple):
    """The parts of one joined row; a part that was not found is None."""

    client: Client | None = None
    line: LineRow | None = None
    grant: GrantRow | None = None
    wrapped: bytes | None = None
    token: TokenRow | None = None
    found: Any = None  # what else a kind of grant loads, for its own rules

    def person(self, people: PeopleKeys) -> PersonSecrets | None:
        """The keys of the person behind the grant, None for none or once she was erased."""
        if self.wrapped is None or self.grant is None or self.grant.person_id is None:
            return None
        return people.open(self.grant.person_id, self.wrapped)


NOTHING = Loaded()


def flat(count: int) -> Any:  # noqa: ANN401  # a class made of its number of columns
    return namedtuple("flat", [f"column_{number}" for number in range(count)])  # untyped on purpose


def _joined(*joins: tuple[type[SQLModel], Any]) -> FromClause:
    start: FromClause = SQLModel.metadata.tables["client"]
    for model, condition in joins:
        start = start.outerjoin(model, condition)
    return start


_BEHIND_LINE = (
    (Grant, col(Grant.id) == col(Line.grant_id)),
    (PersonKey, col(PersonKey.person_id) == col(Grant.person_id)),
)
# The line need not be the app's: that is for the rules to refuse, and to record.
_BY_LINE = Statement(
    select(*CLIENT_COLUMNS, *LINE_COLUMNS, *GRANT_COLUMNS, col(PersonKey.wrapped))
    .select_from(_joined((Line, col(Line.id) == bindparam("line_id")), *_BEHIND_LINE))
    .where(col(ClientTable.id) == bindparam("client_id")),
    flat(_K),
    by_key=True,
)
_BY_TOKEN = Statement(
    select(*CLIENT_COLUMNS, *LINE_COLUMNS, *GRANT_COLUMNS, col(PersonKey.wrapped), *TOKEN_COLUMNS)
    .select_from(
        _joined(
            (AccessToken, col(AccessToken.id) == bindparam("token_id")),
            (Line, col(Line.id) == col(AccessToken.line_id)),
            *_BEHIND_LINE,
        )
    )
    .where(col(ClientTable.id) == bindparam("client_id")),
    flat(_K + len(TOKEN_COLUMNS)),
    by_key=True,
)


async def load_by_line(tx: Transaction, client_id: str, line_id: str) -> Loaded:
    """The app that asks, and a line which may be another's, with what stands behind it."""
    return _split(await tx.first(_BY_LINE, client_id=client_id, line_id=line_id))


async def load_by_token(tx: Transaction, client_id: str, token_id: str) -> Loaded:
    """The app that asks, and an access token which may be another's, with what stands behind it."""
    return _split(await tx.first(_BY_TOKEN, client_id=client_id, token_id=token_id))


def _split(row: tuple[Any, ...] | None) -> Loaded:
    if row is None:
        return NOTHING
    return Loaded(
        client=read_client(ClientRow._make(row[:_C])),
        line=None if row[_C] is None else LineRow._make(row[_C:_L]),
        grant=None if row[_L] is None else GrantRow._make(row[_L:_G]),
        wrapped=row[_G],
        token=None if len(row) == _K or row[_K] is None else TokenRow._make(row[_K:]),
    )
