"""What a partner may read, until the very call after a revoke; an auditor finds and proves every step."""

import signal
import socket
import uuid
from contextlib import AsyncExitStack
from urllib.parse import urlsplit, urlunsplit

import pytest

from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.notes.note import NoteError, Verifier
from tests.actors.auditor import Auditor
from tests.actors.house import House
from tests.actors.stage import Stage

SCOPES = "openid profile skills experiences offline_access"
IN_ORDER = [
    "consent.asked",
    "consent.given",
    "code.issued",
    "code.redeemed",
    "data.read",
    "token.refreshed",
    "data.read",
    "consent.revoked",
]


async def share_read_and_revoke(stage: Stage) -> tuple[str, str]:
    """The person's and the app's part; the grant's id, and that of the read's event."""
    app = await stage.app("Horizon", SCOPES)
    amina, her = await stage.house.person("amina"), await stage.browser()
    attempt = app.attempt(SCOPES)
    await her.visit(attempt.url)
    await her.sign_in(amina)
    await her.tick("skills")
    kept = await her.hold_back("skills", 0)
    await her.share_for("30d")
    await her.accept()
    claims = await app.redeem(attempt)
    assert set(app.token["scope"].split()) == {"openid", "profile", "skills", "offline_access"}
    assert claims["sub"] != amina.email

    read = await app.read("skills")
    body = read.json()
    assert read.status_code == 200
    assert [item["label"] for item in body["data"]] == [one for one in amina.labels("skills") if one != kept]
    refused = await app.read("experiences")
    assert refused.status_code == 403
    assert 'error="insufficient_scope"' in refused.headers["www-authenticate"]
    assert (await app.refresh()).status_code == 200
    assert (await app.read("skills")).status_code == 200

    grant_id = await her.grant_id(app.name)
    assert grant_id == body["grant_id"]
    await her.revoke(app.name)
    for dataset in ("skills", "experiences", ""):
        denied = await app.read(dataset)
        assert denied.status_code == 401
        assert 'error="invalid_token"' in denied.headers["www-authenticate"]
    late = await app.refresh()
    assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")
    return grant_id, body["event_id"]


async def find_and_prove(auditor: Auditor, grant_id: str, read_id: str) -> None:
    """The auditor's part: each event is found, and proved against the pinned key."""
    head = await auditor.checkpoint()
    person = await auditor.pseudonym(grant_id)
    leaves = [await auditor.verify(line.event_id) for line in reversed(await auditor.search(person=person))]
    assert [leaf["event"] for leaf in leaves] == IN_ORDER
    assert {leaf["person"] for leaf in leaves} == {person}
    assert {leaf["grant"] for leaf in leaves[1:]} == {grant_id}
    assert read_id in {leaf["id"] for leaf in leaves}
    assert next(leaf for leaf in leaves if leaf["id"] == read_id)["facts"]["count"] == 10

    document = await auditor.download(read_id)
    assert auditor.check(read_id, document)["id"] == read_id
    with pytest.raises(NoteError):  # the same proof under another log's key proves nothing
        open_checkpoint(document["checkpoint"], Verifier(auditor.pinned.name, b"\x07" * 32))

    story = [line.event_id for line in await auditor.dossier(grant_id)]
    assert story == [leaf["id"] for leaf in leaves[1:]]
    await auditor.head_beyond(head.size)  # what the auditor looked at is recorded in its turn


async def test_every_step_is_refused_or_recorded_and_proved(stage):
    grant_id, read_id = await share_read_and_revoke(stage)
    await find_and_prove(await stage.auditor(), grant_id, read_id)


@pytest.fixture
def house_on_postgres(postgres_template, tmp_path):
    """The demonstration on an empty PostgreSQL database of its own."""
    admin, _ = postgres_template
    name = f"accord_{uuid.uuid4().hex}"
    admin.execute(f"CREATE DATABASE {name}")
    running = House(tmp_path, urlunsplit(urlsplit(admin.url)._replace(path=f"/{name}")))
    running.start()
    yield running
    status = running.stop(signal.SIGTERM)  # as whoever supervises it
    admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    assert status == 0
    with pytest.raises(ConnectionRefusedError):  # the sample apps ended with it
        socket.create_connection(("127.0.0.1", running.settings.app_port))


@pytest.mark.postgres
async def test_the_same_on_postgresql(chromium, house_on_postgres):
    async with AsyncExitStack() as exits:
        stage = Stage(chromium, house_on_postgres, exits)
        grant_id, read_id = await share_read_and_revoke(stage)
        await find_and_prove(await stage.auditor(), grant_id, read_id)
        assert stage.complaints() == []
