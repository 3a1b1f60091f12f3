"""A server whose keys are in a PKCS#11 token (SoftHSM): the same tokens, and nothing while it hangs."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import orjson
import pytest
from joserfc import jws
from joserfc.jwk import KeySet

from consent.ledger.verifying.verify import verify
from consent.records.offline import check, read_paper
from consent.records.receipts import ReceiptError, kid_of, read_claims, verify_receipt
from consent.records.store import records_of_person
from consent.records.waiting import sign_waiting
from foundation.clock import DAY, MINUTE, SECOND, FrozenClock
from foundation.errors import SettingsError
from foundation.settings import Settings
from idp.context import Server
from idp.receipts.published import key_file
from idp.running.key_care import key_findings
from idp.running.keyring import follow_keys, rotate_keys, turn_keys
from idp.running.opening import check_module, open_server
from idp.running.revoking import find_key, revoke
from keys.hardware import process
from keys.hardware.module import HardwareModule, MixedSigning
from keys.making import Slot
from keys.rotation import TooSoon
from keys.sign import SignerUnavailableError
from tests.idp.receipts.papers import paper, seal_log
from tests.idp.support import ISSUER, World, lean_app, settings_for
from tests.idp.tokens import header_of, refused
from tests.support.softhsm import softhsm


@pytest.fixture(autouse=True)
def _making_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are made by this process: starting another takes a second (tests/keys/hardware does)."""
    here = staticmethod(lambda told: orjson.loads(orjson.dumps(process.once(told))))
    monkeypatch.setattr(HardwareModule, "_run", here)


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path) -> Settings:
    hsm = softhsm()
    given = {"pkcs11_module": hsm.module, "pkcs11_token": hsm.token, "pkcs11_pin": hsm.pin}
    return settings_for(sqlite_url, tmp_path, **given, pkcs11_patience_seconds=3)


@pytest.fixture
async def server(settings: Settings, clock: FrozenClock, quick_keys: None) -> AsyncIterator[Server]:
    async with open_server(settings, clock, sequencing=True) as opened:
        yield opened


@pytest.fixture
def everything(settings: Settings) -> Settings:
    """All keys in the module: receipts and the ledger's heads, too."""
    return settings.model_copy(update={"pkcs11_purposes": "token,receipt,ledger"})


@pytest.fixture
async def whole(everything: Settings, clock: FrozenClock, quick_keys: None) -> AsyncIterator[World]:
    async with open_server(everything, clock, sequencing=True) as server, client_of(server) as http:
        made = await World.make(server, http, clock)
        await made.grant(made.client)
        yield made


def client_of(server: Server) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=lean_app(server)), base_url=ISSUER)


@pytest.fixture
async def world(server: Server, http: httpx.AsyncClient, clock: FrozenClock) -> World:
    made = await World.make(server, http, clock)
    await made.grant(made.client)
    return made


async def again(world: World, code: str) -> httpx.Response:
    """Redeem, as an app that is told to try again does."""
    async with asyncio.timeout(90):
        while (answer := await world.redeem(code)).status_code == 503:  # noqa: ASYNC110  # another process starts
            await asyncio.sleep(0.1)
    return answer


async def test_tokens_are_signed_in_the_module_and_verify_like_any_other(world: World) -> None:
    body = (await again(world, await world.code())).json()
    published = (await world.http.get("/jwks")).json()
    for name in ("access_token", "id_token"):
        jws.deserialize_compact(body[name], KeySet.import_key_set(published), algorithms=["ES256"])
    held = {row.kid: row for row in world.server.ring.rows()}
    row = held[header_of(body["access_token"])["kid"]]
    assert (row.backend, row.sealed) == ("pkcs11", b"")
    assert {one.purpose: one.backend for one in held.values()} == {
        "token": "pkcs11",
        "receipt": "file",
        "ledger": "file",
    }
    assert (await world.read("/v1/me", body["access_token"])).status_code == 200
    says = {one.check: (one.ok, one.says) for one in await key_findings(world.server)}
    assert says["module"][0], says
    assert "SoftHSM" in says["module"][1]


async def test_a_module_that_hangs_costs_503_and_no_code(world: World) -> None:
    await again(world, await world.code())
    signing = world.server.signing
    assert isinstance(signing, MixedSigning)
    assert signing.hardware.pid is not None
    code = await world.code()
    os.kill(signing.hardware.pid, signal.SIGSTOP)
    answer = await world.redeem(code)
    refused(answer, "temporarily_unavailable", 503)
    assert answer.headers["retry-after"] == "2"
    # What needs no signature goes on: the page of keys, revoking, reading.
    assert (await world.http.get("/jwks")).status_code == 200
    assert (await again(world, code)).status_code == 200  # spent by nothing but its answer


async def test_keys_turn_in_the_module(world: World) -> None:
    old = header_of((await again(world, await world.code())).json()["access_token"])["kid"]
    world.clock.advance(31 * DAY)
    async with asyncio.timeout(30):  # until the ledger has seen what day it is: nothing of it is old
        while world.server.sequencer.lag(world.clock.now()) > SECOND:  # noqa: ASYNC110  # by its own task
            await asyncio.sleep(0.05)
    assert len(await turn_keys(world.server)) == 6
    await follow_keys(world.server)
    signer = world.server.ring.signer("token", "ES256")
    assert (signer.kid != old, signer.key) == (True, None)


async def test_keys_of_files_give_way_to_those_of_the_module_and_back(
    settings: Settings, clock: FrozenClock, quick_keys: None
) -> None:
    files = settings.model_copy(update={"pkcs11_module": None})
    async with open_server(files, clock) as server:
        assert {row.backend for row in server.ring.rows()} == {"file"}
    backends = []
    for _ in range(2):
        clock.advance(31 * DAY)
        async with open_server(settings, clock) as server:
            await turn_keys(server)
            backends.append({r.backend for r in server.ring.rows() if r.purpose == "token"})
            key = server.ring.signer("token", "ES256").key
    assert (backends, key) == ([{"file", "pkcs11"}] * 2, None)
    async with open_server(files, clock) as server:  # a node without the module
        [_, module] = await key_findings(server)
        assert (module.ok, "ACCORD_PKCS11_MODULE" in module.says) == (False, True)
        clock.advance(31 * DAY)
        assert {change.slot.alg for change in await turn_keys(server)} == set()


async def test_a_refused_pin_refuses_the_start_and_an_absent_token_does_not(settings: Settings) -> None:
    await check_module(settings)
    await check_module(settings.model_copy(update={"pkcs11_token": "gone"}))
    await check_module(settings.model_copy(update={"pkcs11_module": None}))
    wrong = Settings(**(settings.model_dump() | {"pkcs11_pin": "00000000"}))
    with pytest.raises(SettingsError, match="refused ACCORD_PKCS11_PIN"):
        await check_module(wrong)


async def test_a_server_of_another_process_signs_with_the_same_keys(world: World, clock: FrozenClock) -> None:
    body = (await again(world, await world.code())).json()
    settings = world.server.settings
    async with open_server(settings, clock, sequencing=True) as other, client_of(other) as http:
        there = world.at(other, http)
        theirs = (await again(there, await there.code())).json()
    assert header_of(theirs["id_token"])["kid"] == header_of(body["id_token"])["kid"]


async def signed(world: World) -> int:
    """What the background adds, once the module is there."""
    async with asyncio.timeout(90):
        while True:
            try:
                return await sign_waiting(world.server.db, world.server.sign_receipts)
            except SignerUnavailableError:
                await asyncio.sleep(0.1)


async def newest(world: World) -> str:
    async with world.server.db.reading() as tx:
        return (await records_of_person(tx, world.person_id))[0].receipt


async def test_receipts_and_heads_are_signed_in_the_module_and_prove_what_any_other_does(
    whole: World,
) -> None:
    server = whole.server
    assert {(row.backend, row.sealed) for row in server.ring.rows()} == {("pkcs11", b"")}
    waiting = await newest(whole)
    with pytest.raises(ReceiptError, match="no signature yet"):
        verify_receipt(waiting, await key_file(server))
    assert (await signed(whole), await signed(whole)) == (1, 0)
    await seal_log(whole)
    held = await paper(whole)
    assert held["claims"] == read_claims(waiting)
    proof = check(read_paper(orjson.dumps(held)), await key_file(server), server.issuer)
    assert (proof.steps, proof.missing) == (("signed", "issuer", "in_words", "leaf", "logged"), ())
    assert (await verify(server.db, [server.sequencer.verifier])).ok
    await server.sequencer.stop()  # with what is left signed, while the module is still there
    assert (await verify(server.db, [server.sequencer.verifier])).waiting == 0


async def test_while_the_module_hangs_she_withdraws_and_her_receipt_is_signed_after(whole: World) -> None:
    server, decided = whole.server, await whole.grant(whole.client, asked="openid skills")
    await signed(whole)
    assert isinstance(server.signing, MixedSigning)
    assert server.signing.hardware.pid is not None
    os.kill(server.signing.hardware.pid, signal.SIGSTOP)
    await whole.revoke(decided.standing.grant_id)
    with pytest.raises(SignerUnavailableError):
        await server.sign_receipts([read_claims(await newest(whole))])
    waiting = await newest(whole)
    whole.clock.advance(2 * MINUTE)
    assert "1 wait for their signature" in (await key_findings(server))[-1].says
    assert await signed(whole) == 1
    assert [one.check for one in await key_findings(server)] == ["rotation", "module"]
    claims = verify_receipt(await newest(whole), await key_file(server))
    assert claims == read_claims(waiting)
    assert claims["record"]["events"][0]["event_state"] == "withdrawn"


async def test_receipt_keys_turn_and_end_in_the_module_and_old_receipts_verify_for_ever(whole: World) -> None:
    server = whole.server
    await signed(whole)
    old = await newest(whole)
    assert not isinstance(await rotate_keys(server, Slot("receipt", "ES256")), TooSoon)
    await follow_keys(server)
    await whole.grant(whole.client, asked="openid skills")
    waiting = kid_of(await newest(whole))
    assert waiting != kid_of(old)
    row = await find_key(server, waiting)
    assert row is not None
    await revoke(server, row, "its token was stolen")
    await signed(whole)  # by the successor: nothing is signed any more with a key that leaked
    keys = await key_file(server)
    fresh = verify_receipt(await newest(whole), keys)
    assert kid_of(await newest(whole)) not in {waiting, kid_of(old)}
    assert fresh["iss"] == server.issuer
    assert verify_receipt(old, keys)["iss"] == server.issuer
    assert {key["kid"] for key in keys["keys"] if key["archived_in"]} == {key["kid"] for key in keys["keys"]}


async def test_a_ledger_that_began_with_a_key_of_ours_keeps_it(
    settings: Settings, everything: Settings, clock: FrozenClock, quick_keys: None
) -> None:
    files = settings.model_copy(update={"pkcs11_module": None})
    async with open_server(files, clock, sequencing=True) as server:
        pinned = server.sequencer.verifier.vkey
    async with open_server(everything, clock, sequencing=True) as server:
        assert server.sequencer.verifier.vkey == pinned
        held = {row.purpose: row.backend for row in server.ring.rows()}
    assert held["ledger"] == "file"
