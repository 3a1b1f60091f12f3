"""A suspended app goes on, once an administrator has looked: by what its document says now, if it has one."""

from foundation.database import Transaction
from idp.clients.metadata import ClientMetadata
from idp.clients.subjects import check_subjects_stay
from idp.clients.versions import HOLD_APP, PUT_METADATA
from idp.context import Server
from idp.documents import store
from idp.documents.events import ClientResumed
from idp.documents.reading import Document, adopted, read_document
from idp.registration.store import has_ended


async def resume_client(server: Server, tx: Transaction, client_id: str, now: int) -> bool:
    """Let it go on; False for an app that is not suspended, or ended itself.

    Raises AccordError where what stands at its address now is not taken.
    """
    held = await tx.first(HOLD_APP, client_id=client_id)
    if held is None or await has_ended(tx, client_id) or not await store.resume(tx, client_id):
        return False
    row = await store.find_document(tx, client_id)
    digest = None if row is None else row.digest
    if row is not None and row.changed is not None:
        read = changed_in(client_id, row.changed)
        digest = read.digest
        before = ClientMetadata.model_validate_json(held.metadata_json)
        metadata = adopted(before, read)
        await check_subjects_stay(tx, client_id, before, metadata)
        await tx.run(PUT_METADATA, client_id=client_id, text=metadata.model_dump_json())
        await store.take(tx, client_id, digest)
    event = ClientResumed(client=client_id, digest=digest)
    await server.ledger.append(tx, event, person=None, now=now, request_id=None)
    return True


def changed_in(client_id: str, text: str) -> Document:
    """What stands at an app's address now, as it was kept."""
    return read_document(client_id, "application/json", text.encode())
