"""Alive, ready, measured: what an operator's probes read."""

import re
from typing import Any

import pytest
from starlette.types import ASGIApp

from foundation.clock import SECOND
from foundation.errors import StorageUnavailableError
from idp.running.health import lag_seconds
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import Visitor


async def test_alive_asks_nobody(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(*_: object) -> None:
        raise StorageUnavailableError("gone")

    monkeypatch.setattr(type(world.server.db), "reading", gone)
    assert (await world.http.get("/health/alive")).json() == {"alive": True}
    answer = await world.http.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "database": False, "keys": True, "ledger": True}


async def test_ready_says_what_is_missing(world: World) -> None:
    answer = await world.http.get("/health/ready")
    assert (answer.status_code, answer.json()["ready"]) == (200, True)
    sequencer = world.server.sequencer
    sequencer._measured_lag = 61 * SECOND
    behind = await world.http.get("/health/ready")
    assert (behind.status_code, behind.json()["ledger"]) == (503, False)
    assert lag_seconds(world.server) == 61.0
    sequencer._measured_lag = 0
    world.server.ring._signers.clear()
    assert (await world.http.get("/health/ready")).json()["keys"] is False


async def counts(visitor: Visitor) -> dict[tuple[str, str], float]:
    answer = await visitor.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    found = re.findall(r'accord_answers_total\{endpoint="([^"]+)",status="(\dxx)"\} ([\d.]+)', answer.text)
    return {(endpoint, status): float(number) for endpoint, status, number in found}


async def test_every_answer_is_counted_whatever_it_was(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    before = await counts(visitor)
    http = visitor.http
    await http.get("/v1/me", headers={"Authorization": "Bearer x"})
    await http.get("/jwks")
    await http.post("/token", data={"grant_type": "x"})
    await http.get("/token")
    await http.get("/no-such-page")
    for path in ("/grants/x", "/grants/y", "/grants"):
        await http.get(path)
    after = await counts(visitor)
    grown = {key: after[key] - before[key] for key in after if after[key] != before[key]}
    assert grown == {
        ("/grants/", "4xx"): 2,  # whatever number is named, one series
        ("/grants", "4xx"): 1,
        ("/v1/me", "4xx"): 1,
        ("/jwks", "2xx"): 1,
        ("/token", "4xx"): 2,
        ("page", "4xx"): 1,
        ("/metrics", "2xx"): 1,
    }


async def test_a_hostile_path_makes_no_series_of_its_own(visitor: Visitor) -> None:
    before = set(await counts(visitor))
    for path in ("/x" * 50, "/v1/me/%22%7D", "/token/", "/token;x"):
        await visitor.get(path)
    assert set(await counts(visitor)) == before


async def test_a_defect_counts_as_ours(
    house: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a defect")

    before = await counts(visitor)
    with monkeypatch.context() as patched:
        patched.setattr(type(house.server.db), "reading", broken)
        answer = await visitor.http.get("/v1/me", headers={"Authorization": "Bearer x"})
        refused(answer, "server_error", 500)
    after = await counts(visitor)
    assert after["/v1/me", "5xx"] == before["/v1/me", "5xx"] + 1


async def test_what_is_no_request_is_not_counted(house: World, app: ASGIApp, visitor: Visitor) -> None:
    before = await counts(visitor)
    closed: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        closed.append(message["type"])

    await app({"type": "websocket", "path": "/token", "headers": [], "query_string": b""}, receive, send)
    assert closed == ["websocket.close"]
    grown = {key for key, number in (await counts(visitor)).items() if number != before[key]}
    assert grown == {("/metrics", "2xx")}
