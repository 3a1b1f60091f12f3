"""The versions of apps' declarations in the database: reading them, and the statements that move them on."""

from typing import Literal, NamedTuple

from sqlalchemy import bindparam, func, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement, Write
from idp.clients.declaration import Declaration
from idp.clients.tables import Client, ClientDeclaration

State = Literal["submitted", "approved", "refused", "withdrawn", "superseded"]


class Version(NamedTuple):
    """A row of `client_declaration`; see its class."""

    client_id: str
    version: int
    state: State
    declared_json: str
    submitted_at: int
    submitted_by: str | None
    decided_at: int | None
    decided_by: str | None
    reason: str

    @property
    def declared(self) -> Declaration:
        return Declaration.model_validate_json(self.declared_json)


class HeldApp(NamedTuple):
    """What a decision reads of the app whose row it holds."""

    owner_id: str | None
    metadata_json: str
    created_at: int


class _Newest(NamedTuple):
    version: int | None


_COLUMNS = tuple(col(getattr(ClientDeclaration, name)) for name in Version._fields)
_OF_APP = col(ClientDeclaration.client_id) == bindparam("client_id")
_ONE = (_OF_APP, col(ClientDeclaration.version) == bindparam("version"))
_FIND = Statement(select(*_COLUMNS).where(*_ONE), Version)
_HISTORY = Statement(
    select(*_COLUMNS).where(_OF_APP).order_by(col(ClientDeclaration.version).desc()).limit(bindparam("most")),
    Version,
)
_QUEUE = Statement(
    select(*_COLUMNS)
    .where(col(ClientDeclaration.state) == "submitted")
    .order_by(col(ClientDeclaration.submitted_at), col(ClientDeclaration.client_id))
    .limit(bindparam("most")),
    Version,
)
_IN_STATE = Statement(
    select(*_COLUMNS).where(_OF_APP, col(ClientDeclaration.state) == bindparam("state")), Version
)
_NEWEST = Statement(select(func.max(col(ClientDeclaration.version))).where(_OF_APP), _Newest)
HOLD_APP = Statement(
    select(col(Client.owner_id), col(Client.metadata_json), col(Client.created_at))
    .where(col(Client.id) == bindparam("client_id"))
    .with_for_update(key_share=True),
    HeldApp,
)
ADD_VERSION = Write(insert(ClientDeclaration))
# Each names the state it takes a version out of: of two decisions, one finds it.
_DECIDE = Write(
    update(ClientDeclaration)
    .where(*_ONE, col(ClientDeclaration.state) == "submitted")
    .values(
        state=bindparam("new_state"),
        declared_json=bindparam("text"),
        decided_at=bindparam("now"),
        decided_by=bindparam("account_id"),
        reason=bindparam("told"),
    )
)
_SUPERSEDE = Write(
    update(ClientDeclaration)
    .where(*_ONE, col(ClientDeclaration.state) == bindparam("known"))
    .values(state="superseded")
)
PUT_METADATA = Write(
    update(Client).where(col(Client.id) == bindparam("client_id")).values(metadata_json=bindparam("text"))
)


async def history_of(tx: Transaction, client_id: str, most: int = 50) -> list[Version]:
    """The versions of an app, the newest first."""
    return await tx.all(_HISTORY, client_id=client_id, most=most)


async def waiting(tx: Transaction, most: int = 200) -> list[Version]:
    """Every version that waits for a decision, the oldest first."""
    return await tx.all(_QUEUE, most=most)


async def find_version(tx: Transaction, client_id: str, version: int) -> Version | None:
    """One version of an app, or None."""
    return await tx.first(_FIND, client_id=client_id, version=version)


async def in_state(tx: Transaction, client_id: str, state: State) -> Version | None:
    """The version of an app that waits ("submitted") or holds ("approved"), or None."""
    return await tx.first(_IN_STATE, client_id=client_id, state=state)


async def newest_of(tx: Transaction, client_id: str) -> int:
    """The number of an app's newest version, 0 for none."""
    return (await tx.one(_NEWEST, client_id=client_id)).version or 0


async def give_way(tx: Transaction, client_id: str, state: State) -> int | None:
    """Let the version that waits, or that holds, be superseded; its number, None where there is none."""
    found = await in_state(tx, client_id, state)
    if found is None:
        return None
    await tx.run(_SUPERSEDE, client_id=client_id, version=found.version, known=state)
    return found.version


async def settle(tx: Transaction, decided: Version) -> bool:
    """Write what became of a version that waited; False when it waits no more."""
    written = await tx.run(
        _DECIDE,
        client_id=decided.client_id,
        version=decided.version,
        new_state=decided.state,
        text=decided.declared_json,
        told=decided.reason,
        now=decided.decided_at,
        account_id=decided.decided_by,
    )
    return written > 0
