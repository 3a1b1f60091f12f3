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

from foundation.clock import DAY, SECOND, FrozenClock
from foundation.errors import SettingsError
from foundation.settings import Settings
from idp.context import Server
from idp.running.key_care import key_findings
from idp.running.keyring import follow_keys, turn_keys
from idp.running.opening import check_module, open_server
from keys.hardware import process
from keys.hardware.module import HardwareModule, MixedSigning
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
    async with open_server(world.server.settings, clock, sequencing=True) as other:
        transport = httpx.ASGITransport(app=lean_app(other))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            there = world.at(other, http)
            theirs = (await again(there, await there.code())).json()
    assert header_of(theirs["id_token"])["kid"] == header_of(body["id_token"])["kid"]
