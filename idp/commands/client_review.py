"""`accord client changed|resume`: what changed behind an app's address, and letting a suspended app go on."""

from typing import Any

import orjson

from foundation.errors import AccordError
from idp.clients.declarations import Hand
from idp.clients.registry import find_client
from idp.commands.output import AsJson, show, with_server
from idp.context import Server
from idp.documents.resuming import resume_client, what_changed
from idp.documents.store import find_document


def changed(client_id: str, as_json: AsJson = False) -> None:
    """What an app of an address says there now, beside what it was let in with."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.reading() as tx:
            client, row = await find_client(tx, client_id), await find_document(tx, client_id)
        if client is None or row is None or row.changed is None:
            raise AccordError("nothing_changed", f"Nothing changed behind {client_id}, as far as is known.")
        changes = what_changed(client, row.changed)
        return {
            "client_id": client_id,
            "state": "suspended" if client.suspended else "active",
            "before": {one.member: one.before for one in changes},
            "after": {one.member: one.after for one in changes},
            "document": orjson.loads(row.changed),
        }

    show(with_server(work), as_json=as_json)


def resume(client_id: str, as_json: AsJson = False) -> None:
    """Let a suspended app go on, once you have looked at it; by its document of now, if it has one."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.transaction() as tx:
            if not await resume_client(server, tx, client_id, Hand(server.clock.now())):
                raise AccordError(
                    "not_suspended", f"{client_id} is no suspended app, or one that ended itself."
                )
        return {"client_id": client_id, "resumed": True}

    show(with_server(work), as_json=as_json)
