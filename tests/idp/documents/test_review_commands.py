"""`accord client changed|resume`: an administrator looks at a suspended app, and lets it go on."""

import asyncio

import orjson

from foundation.settings import load_settings
from idp.clients.registry import Registration, add_client, suspend_client
from idp.documents import store
from idp.documents.reading import read_document
from idp.running.opening import open_server
from tests.idp.documents.site import ADDRESS, described
from tests.idp.test_client_commands import REGISTER, _installed, refused, run

__all__ = ["_installed"]


def _text(**members: object) -> bytes:
    return orjson.dumps(described(**members))


async def _suspended_by_a_change() -> None:
    before = read_document(ADDRESS, "application/json", _text())
    after = read_document(ADDRESS, "application/json", _text(tos_uri="https://agent.example/tos"))
    async with open_server(load_settings()) as server, server.db.transaction() as tx:
        now = server.clock.now()
        await add_client(tx, Registration(ADDRESS, before.asked.metadata), now)
        await store.pin(tx, store.DocumentRow(ADDRESS, before.digest, None, now, now))
        await store.see(tx, store.DocumentRow(ADDRESS, before.digest, after.text, now, now))
        await suspend_client(tx, ADDRESS, now)


def test_what_changed_is_seen_and_taken() -> None:
    asyncio.run(_suspended_by_a_change())
    seen = run("client", "changed", ADDRESS)
    assert seen["state"] == "suspended"
    assert seen["before"] == {"tos_uri": None}
    assert seen["after"] == {"tos_uri": "https://agent.example/tos"}
    assert seen["document"]["client_name"] == "Mon Agent"
    assert run("client", "resume", ADDRESS)["resumed"] is True
    assert "Nothing changed" in refused("client", "changed", ADDRESS)
    assert "no suspended app" in refused("client", "resume", ADDRESS)


def test_any_suspended_app_goes_on() -> None:
    client_id = run(*REGISTER)["client_id"]
    run("client", "suspend", client_id)
    assert run("client", "resume", client_id)["resumed"] is True
    [row] = [one for one in run("client", "list")["clients"] if one["client_id"] == client_id]
    assert row["state"] == "active"
    assert "no suspended app" in refused("client", "resume", "nobody")
