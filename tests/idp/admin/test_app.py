"""One app: how it came to be registered, and stopping it or letting it go on."""

import orjson
import pytest

from idp.clients.registry import Registration, add_client, suspend_client
from idp.documents import store as documents
from idp.documents.reading import read_document
from idp.registration import store
from idp.registration.policy import Policy
from idp.registration.store import RegistrationRow
from tests.idp.admin.apps import administrator, register
from tests.idp.documents.site import ADDRESS, described
from tests.idp.people.house import House, plain
from tests.idp.registration.newcomer import initial_token

PAGE = "/admin/app?client_id="


async def enroll(house: House, client_id: str, token_id: str | None) -> RegistrationRow:
    await register(house, client_id, name=f"Appli {client_id}")
    now = house.clock.now()
    row = RegistrationRow(client_id, b"h" * 32, Policy().model_dump_json(), token_id, None, now, None)
    async with house.db.transaction() as tx:
        await store.keep(tx, row)
    return row


async def by_address(house: House, **said: object) -> str:
    """An app whose client_id is an address, suspended since that says otherwise; what it says now."""
    first, now = (
        read_document(ADDRESS, "application/json", orjson.dumps(described(**words))) for words in ({}, said)
    )
    moment = house.clock.now()
    async with house.db.transaction() as tx:
        await add_client(tx, Registration(ADDRESS, first.asked.metadata), moment)
        row = documents.DocumentRow(ADDRESS, first.digest, None, moment, moment)
        await documents.pin(tx, row)
        await documents.see(tx, row._replace(changed=now.text))
        await suspend_client(tx, ADDRESS, moment)
    return now.digest


async def test_the_list_says_how_each_came_and_those_alone_that_came_by_themselves(house: House) -> None:
    token_id, _ = await initial_token(house.people.server)
    await enroll(house, "app-a", token_id)
    ended = await enroll(house, "app-b", None)
    async with house.db.transaction() as tx:
        assert await store.end(tx, ended, house.clock.now())
        await suspend_client(tx, "app-b", house.clock.now())
    await register(house, "cap")
    await by_address(house, tos_uri="https://agent.example/tos")
    admin = await administrator(house)
    every, alone = [plain(await admin.get(path)) for path in ("/admin", "/admin?by=itself")]
    assert every.count("<article") == 4
    assert alone.count("<article") == 3
    assert 'id="app-cap"' not in alone
    for part in ("Arrêtée par elle-même", "Suspendue, son adresse a changé", 'id="app-app-a"'):
        assert part in alone
    told = {
        "app-a": "d’elle-même, par le jeton de a partner",
        "app-b": "d’elle-même, sans jeton",
        "cap": "par vous ou un autre exploitant",
        ADDRESS: "par l’adresse qui est son identifiant",
    }
    for client_id, words in told.items():
        assert words in plain(await admin.get(PAGE + client_id))


async def test_an_app_is_stopped_and_goes_on(house: House) -> None:
    await register(house, "cap")
    admin = await administrator(house)
    assert "Suspendre" in (await admin.get(PAGE + "cap")).text
    answer = await admin.post("/admin/app/suspend", client_id="cap")
    assert answer.headers["location"] == f"{PAGE}cap&done=suspended"
    page = plain(await admin.get(answer.headers["location"]))
    assert "plus rien d’elle ne fonctionne" in page
    assert 'id="suspend"' not in page
    assert (await admin.post("/admin/app/suspend", client_id="cap")).status_code == 409
    answer = await admin.post("/admin/app/resume", client_id="cap", seen="")
    assert answer.headers["location"] == f"{PAGE}cap&done=resumed"
    assert 'id="suspend"' in (await admin.get(answer.headers["location"])).text
    assert (await admin.post("/admin/app/resume", client_id="cap", seen="")).status_code == 409
    for name in ("client.suspended", "client.resumed"):
        [event] = await house.events(name)
        assert event["client"] == "cap"
        assert event["person"] is not None


async def test_an_app_of_an_address_goes_on_as_it_was_looked_at(house: House) -> None:
    digest = await by_address(house, tos_uri="https://agent.example/<tos>")
    admin = await administrator(house)
    page = (await admin.get(PAGE + ADDRESS)).text
    assert "<code>tos_uri</code>" in page
    assert "<ins>https://agent.example/&lt;tos&gt;</ins>" in page
    assert f'value="{digest}"' in page
    assert (await admin.post("/admin/app/resume", client_id=ADDRESS, seen="0" * 64)).status_code == 409
    assert "Suspendue" in plain(await admin.get(PAGE + ADDRESS))  # all of it was undone
    assert (await admin.post("/admin/app/resume", client_id=ADDRESS, seen=digest)).status_code == 303
    [event] = await house.events("client.resumed")
    assert event["facts"]["digest"] == digest


async def test_nobody_brings_back_what_ended_by_itself(house: House) -> None:
    row = await enroll(house, "app-b", None)
    async with house.db.transaction() as tx:
        await store.end(tx, row, house.clock.now())
        await suspend_client(tx, "app-b", house.clock.now())
    admin = await administrator(house)
    page = (await admin.get(PAGE + "app-b")).text
    assert 'id="resume"' not in page
    assert 'id="suspend"' not in page
    assert (await admin.post("/admin/app/resume", client_id="app-b", seen="")).status_code == 409


@pytest.mark.parametrize("client_id", ["", "nobody", "x" * 5000, "%00", "%F0%9F%92%A9"])
async def test_no_such_app(house: House, client_id: str) -> None:
    admin = await administrator(house)
    assert (await admin.get(PAGE + client_id)).status_code in {400, 404}
    for path in ("suspend", "resume"):
        answer = await admin.post(f"/admin/app/{path}", client_id=client_id)
        assert answer.status_code == 409
