"""A suspended app goes on, once an administrator has looked: by what its document says now, if it has one."""

from typing import Any, NamedTuple

from foundation.database import Transaction
from foundation.errors import AccordError
from idp.clients.declarations import Hand
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client
from idp.clients.subjects import check_subjects_stay
from idp.clients.versions import HOLD_APP, PUT_METADATA
from idp.context import Server
from idp.documents import store
from idp.documents.events import ClientResumed
from idp.documents.reading import Document, adopted, read_document
from idp.registration.members import told_members
from idp.registration.store import has_ended


class Change(NamedTuple):
    """A member that a document says otherwise now; None where it does not say it."""

    member: str
    before: Any
    after: Any


async def resume_client(
    server: Server, tx: Transaction, client_id: str, hand: Hand, seen: str | None = None
) -> bool:
    """Let it go on; False for an app that is not suspended, or ended itself.

    seen: digest of the document that was looked at, "" for none; None to take what stands there now. Raises
    AccordError where that is not taken, or is not what was seen.
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
    if seen is not None and seen != (digest or ""):
        raise app_moved()
    event = ClientResumed(client=client_id, digest=digest)
    await server.ledger.append(tx, event, person=hand.person, now=hand.now, request_id=hand.request_id)
    return True


def what_changed(client: Client, text: str) -> list[Change]:
    """What an app's document says otherwise now. text: as it was kept. Raises AccordError as reading it."""
    before = told_members(client.metadata)
    after = told_members(adopted(client.metadata, changed_in(client.id, text)))
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    return [Change(name, before.get(name), after.get(name)) for name in names]


def app_moved() -> AccordError:
    """Somebody was quicker, or what was looked at is not what stands there."""
    return AccordError("app_moved", "This application is not as it was shown: look again.", status=409)


def changed_in(client_id: str, text: str) -> Document:
    """What stands at an app's address now, as it was kept."""
    return read_document(client_id, "application/json", text.encode())
