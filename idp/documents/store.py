"""What is pinned of apps' documents, in the database."""

from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement, Write
from idp.clients.tables import Client
from idp.documents.tables import ClientDocument


class DocumentRow(NamedTuple):
    """A row of `client_document`; times in microseconds."""

    client_id: str
    digest: str
    changed: str | None
    checked_at: int
    fresh_until: int


_OF_APP = col(ClientDocument.client_id) == bindparam("of_app")
_FIND = Statement(
    select(*(col(getattr(ClientDocument, name)) for name in DocumentRow._fields)).where(_OF_APP), DocumentRow
)
_INSERT = Write(insert(ClientDocument))
_SEE = Write(
    update(ClientDocument)
    .where(_OF_APP)
    .values(changed=bindparam("found"), checked_at=bindparam("now"), fresh_until=bindparam("until"))
)
_PIN = Write(update(ClientDocument).where(_OF_APP).values(digest=bindparam("pinned"), changed=None))
_RESUME = Write(
    update(Client)
    .where(col(Client.id) == bindparam("of_app"), col(Client.suspended_at).is_not(None))
    .values(suspended_at=None)
)


async def find_document(tx: Transaction, client_id: str) -> DocumentRow | None:
    """What is pinned of the document of this app."""
    return await tx.first(_FIND, of_app=client_id)


async def pin(tx: Transaction, row: DocumentRow) -> None:
    """Pin the document of a new app. Raises ConflictError when somebody else did."""
    await tx.run(_INSERT, **row._asdict())


async def see(tx: Transaction, row: DocumentRow) -> None:
    """Keep what stands there now, and until when that is taken for the present."""
    await tx.run(_SEE, of_app=row.client_id, found=row.changed, now=row.checked_at, until=row.fresh_until)


async def take(tx: Transaction, client_id: str, digest: str) -> None:
    """Pin what stands there now in the place of what was pinned."""
    await tx.run(_PIN, of_app=client_id, pinned=digest)


async def resume(tx: Transaction, client_id: str) -> bool:
    """Let a suspended app go on; False when it was not suspended."""
    return await tx.run(_RESUME, of_app=client_id) > 0
