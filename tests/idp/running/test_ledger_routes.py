"""The ledger over HTTP: its signed head, its key, the proof of an event; for anyone, and never stale."""

import base64

import pytest

from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.notes.note import Verifier
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.notes.tlog_proof import check_proof, parse_proof
from tests.idp.support import World
from tests.idp.tokens import refused


@pytest.mark.parametrize(
    "path", ["/ledger/checkpoint", "/ledger/vkey", "/ledger/proof", "/ledger/tlog-proof"]
)
async def test_anyone_may_read_and_nobody_keeps_it(world: World, path: str) -> None:
    await world.server.sequencer.advance(sign_now=True)
    answer = await world.http.get(path, params={"event_id": (await world.events("account.created"))[0]["id"]})
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "no-cache"


async def test_the_published_key_opens_the_published_head(world: World) -> None:
    await world.server.sequencer.advance(sign_now=True)
    verifier = Verifier.from_vkey((await world.http.get("/ledger/vkey")).text)
    head = open_checkpoint((await world.http.get("/ledger/checkpoint")).text, verifier)
    assert head.size > 0


async def test_a_read_can_be_proved_by_the_id_that_its_answer_named(world: World) -> None:
    body = await world.tokens()
    event_id = (await world.read("/v1/me/skills", body["access_token"])).json()["event_id"]
    await world.server.sequencer.advance(sign_now=True)
    answer = await world.http.get("/ledger/proof", params={"event_id": event_id})
    assert answer.status_code == 200


async def test_a_proof_is_a_file_that_checks_without_us(world: World) -> None:
    event_id = (await world.events("account.created"))[0]["id"]
    asked = {"event_id": event_id}
    refused(await world.http.get("/ledger/tlog-proof", params=asked), "no_proof_yet", 503)
    await world.server.sequencer.advance(sign_now=True)
    answer = await world.http.get("/ledger/tlog-proof", params=asked)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="accord-{event_id}.tlog-proof"'
    leaf = base64.b64decode((await world.http.get("/ledger/proof", params=asked)).json()["leaf_hash"])
    policy = unwitnessed(world.server.sequencer.verifier)
    assert check_proof(parse_proof(answer.text), leaf, policy).checkpoint.size > 0


async def test_before_the_first_head_one_is_told_to_wait(world: World) -> None:
    refused(await world.http.get("/ledger/checkpoint"), "no_checkpoint_yet", 503)


async def test_what_is_no_event_is_told_apart_from_what_is_unknown(world: World) -> None:
    for path in ("/ledger/proof", "/ledger/tlog-proof"):
        refused(await world.http.get(path), "bad_event_id")
        refused(await world.http.get(path, params={"event_id": "x"}), "bad_event_id")
        refused(await world.http.get(path, params={"event_id": "0" * 32}), "unknown_event", 404)
