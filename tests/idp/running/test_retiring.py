"""Months of the log go by command or unasked; whoever holds a number of one is answered, and proved right."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consent.ledger.merkle import verify_inclusion
from consent.ledger.retiring.retired import Period
from consent.ledger.verifying.verify import verify
from foundation.clock import DAY, SECOND, FrozenClock
from foundation.errors import AccordError
from foundation.settings import load_settings
from idp.cli import app as command
from idp.people.opening import NewAccount, create_account, draft_account
from idp.running import opening, retiring
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import PASSWORD, Visitor, quick_hasher

YEAR = 400 * DAY


async def signs(server):
    await server.sequencer.advance(sign_now=True)


@pytest.fixture(autouse=True)
def _signing(monkeypatch: pytest.MonkeyPatch) -> None:
    """No server runs beside: whoever waits for a signed head makes it."""
    monkeypatch.setattr(retiring, "_others_sign", signs)


def unasked(world: World, *, on: bool = True) -> None:
    settings = world.server.settings.model_copy(update={"retire_automatically": on})
    object.__setattr__(world.server, "settings", settings)


async def test_months_past_their_clock_go_unasked_where_the_operator_says_so(world: World) -> None:
    created = (await world.events("account.created"))[0]["id"]
    await world.grant()
    given = (await world.events("consent.given"))[0]["id"]
    await signs(world.server)
    world.clock.advance(YEAR)
    assert await retiring.tend(world.server) == 0  # off unless said
    unasked(world)
    assert await retiring.tend(world.server) == 1
    assert await retiring.tend(world.server) == 0
    await signs(world.server)
    verdict = await verify(world.server.db, [world.server.sequencer.verifier])
    assert verdict.ok, verdict.message()
    assert verdict.retired > 0
    proof = (await world.http.get("/ledger/proof", params={"event_id": created})).json()
    assert proof["state"] == "integrated"
    hashes = tuple(base64.b64decode(one) for one in proof["proof"])
    leaf_hash = base64.b64decode(proof["leaf_hash"])
    verify_inclusion(proof["index"], proof["tree_size"], leaf_hash, hashes, verdict.root)
    answer = await world.http.get("/ledger/tlog-proof", params={"event_id": created})
    assert answer.status_code == 200
    # The consent log has a clock of its own.
    assert [event["id"] for event in await world.events("consent.given")] == [given]
    assert await world.events("account.created") == []


async def test_what_was_begun_is_finished_whatever_the_setting(world: World) -> None:
    await signs(world.server)
    world.clock.advance(YEAR)

    async def nobody_signs() -> None:
        pass

    month = Period("security", "2027-01")
    with pytest.raises(AccordError, match="No signed head"):
        await retiring.retire(world.server, month, nobody_signs, lambda _done, _all: None)
    assert await retiring.tend(world.server) == 1
    object.__setattr__(world.server.sequencer, "leading", False)
    unasked(world)
    assert await retiring.tend(world.server) == 0  # another node's work


async def test_pages_say_that_it_was_retired(house: World, visitor: Visitor) -> None:
    hasher = quick_hasher()
    draft = await draft_account(hasher, NewAccount("anna@example.org", PASSWORD, role="auditor"))
    async with house.server.db.transaction() as tx:
        await create_account(tx, house.server, draft, house.clock.now())
    hasher.close()
    created = (await house.events("account.created"))[0]["id"]
    await house.grant()
    await signs(house.server)
    house.clock.advance(YEAR)
    unasked(house)
    assert await retiring.tend(house.server) == 1
    await visitor.sign_in(await visitor.get("/login"), "anna@example.org")
    shown = await visitor.get(f"/audit/events/{created}")
    assert shown.status_code == 410
    assert "Cet événement a été retiré du journal" in shown.text
    assert (await visitor.get(f"/erased/{created}")).status_code == 410
    assert (await visitor.get(f"/audit/events/{'0' * 32}")).status_code == 404
    proof = await visitor.get(f"/audit/events/{created}/proof")
    assert (proof.status_code, proof.json()["leaf"], proof.json()["state"]) == (200, "", "integrated")
    gone = "Une partie de ces événements a été retirée"
    assert gone in (await visitor.get("/audit?event=account.created")).text
    assert gone not in (await visitor.get("/audit?since=2028-01-01")).text
    for path in ("/audit", "/audit?log=security", "/account/history", "/account/receipts"):
        assert (await visitor.get(path)).status_code in {200, 303, 403, 404}, path
    refused(await house.http.get("/ledger/proof", params={"event_id": "0" * 32}), "unknown_event", 404)


async def serve_for_a_moment(clock: FrozenClock) -> None:
    async with opening.open_server(load_settings(), clock, sequencing=True):
        pass


def told(runner: CliRunner, *words: str, code: int = 0, answer: str | None = None) -> str:
    result = runner.invoke(command, ["ledger", *words], input=answer)
    assert result.exit_code == code, result.output
    return result.output


def test_an_operator_sees_what_would_go_and_lets_it_go(
    operator: CliRunner, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    clock = FrozenClock(int(datetime(2027, 1, 15, tzinfo=UTC).timestamp()) * SECOND)
    monkeypatch.setattr(opening, "SystemClock", lambda: clock)
    people = ["person", "add", "--email", "dora@example.org", "--password", "papier pomme", "--json"]
    assert operator.invoke(command, people).exit_code == 0
    asyncio.run(serve_for_a_moment(clock))
    january = ["retire", "--log", "security", "--period", "2027-01"]
    assert "by clock, until 2028-02-01" in told(operator, *january, code=1)
    assert "kept" in told(operator, "retention")
    clock.advance(YEAR)
    assert "no event" in told(operator, "retire", "--log", "security", "--period", "2027-02", code=1)
    told(operator, "retire", "--log", "securite", "--period", "2027-01", code=2)
    told(operator, "retire", "--log", "security", "--period", "2027-13", code=2)
    assert "due" in told(operator, *january, code=1, answer="n\n")
    periods = json.loads(told(operator, "retention", "--json"))["periods"]
    [due] = [one for one in periods if one["state"] == "due"]
    assert (due["log"], due["period"], due["may_go"]) == ("security", "2027-01", "2028-02-01T00:00:00+00:00")
    said = told(operator, *january, answer="y\n")
    assert f"Retired security 2027-01: {due['events']} events went" in said
    assert "retired" in told(operator, *january, "--yes", code=1)
    verdict = json.loads(told(operator, "verify", "--json"))
    assert (verdict["ok"], verdict["retired"]) == (True, due["events"])
    told(operator, "export", "--to", str(tmp_path / "log.jsonl"))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("utf-8").splitlines()]
    assert sum(line["leaf"] is None for line in lines) == due["events"]
