"""`accord client changed|resume`: what changed behind an app's address, and letting a suspended app go on."""

from typing import Any

import orjson

from foundation.errors import AccordError
from idp.clients.registry import find_client
from idp.commands.output import AsJson, show, with_server
from idp.context import Server
from idp.documents.reading import adopted
from idp.documents.resuming import changed_in, resume_client
from idp.documents.store import find_document
from idp.registration.members import told_members


def changed(client_id: str, as_json: AsJson = False) -> None:
    """What an app of an address says there now, beside what it was let in with."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.reading() as tx:
            client, row = await find_client(tx, client_id), await find_document(tx, client_id)
        if client is None or row is None or row.changed is None:
            raise AccordError("nothing_changed", f"Nothing changed behind {client_id}, as far as is known.")
        before = told_members(client.metadata)
        after = told_members(adopted(client.metadata, changed_in(client_id, row.changed)))
        names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
        return {
            "client_id": client_id,
            "state": "suspended" if client.suspended else "active",
            "before": {name: before.get(name) for name in names},
            "after": {name: after.get(name) for name in names},
            "document": orjson.loads(row.changed),
        }

    show(with_server(work), as_json=as_json)


def resume(client_id: str, as_json: AsJson = False) -> None:
    """Let a suspended app go on, once you have looked at it; by its document of now, if it has one."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.transaction() as tx:
            if not await resume_client(server, tx, client_id, server.clock.now()):
                raise AccordError(
                    "not_suspended", f"{client_id} is no suspended app, or one that ended itself."
                )
        return {"client_id": client_id, "resumed": True}

    show(with_server(work), as_json=as_json)
