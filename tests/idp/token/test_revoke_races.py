"""A revoke that committed first is never answered with tokens; one that comes second waits for its turn.

Each meeting is staged: a revoke between what a call has read and what it writes, and (PostgreSQL, where units
overlap) one side's transaction held open while the other begins.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import text

from foundation.database import Transaction
from foundation.statements import Statement
from idp.token.lines import END_LINE
from tests.idp.support import World
from tests.idp.tokens import refused

Call = Callable[[], Awaitable[httpx.Response]]
# Units are serial on SQLite: nothing is ever under way.
POSTGRES = pytest.mark.parametrize(
    "database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True
)
TOLD = ("code.redeemed", "code.replayed", "token.refreshed", "token.reused")


@dataclass
class Scene:
    """A grant with one line under it, and the call that a revoke will meet."""

    world: World
    grant_id: str
    line_id: str
    call: Call

    async def end_grant(self, tx: Transaction) -> None:
        assert await self.world.decisions().revoke(tx, self.grant_id, self.world.act(self.world.client))

    async def end_line(self, tx: Transaction) -> None:
        assert await tx.run(END_LINE, line_id=self.line_id, now=self.world.clock.now())

    async def told(self) -> dict[str, int]:
        return {name: len(await self.world.events(name)) for name in TOLD}


@pytest.fixture(params=["redemption", "rotation", "retry"])
async def scene(world: World, request: pytest.FixtureRequest) -> Scene:
    grant_id = (await world.grant()).standing.grant_id
    code = await world.code()
    line_id = code.removeprefix("ac_").split(".", maxsplit=1)[0]
    if request.param == "redemption":
        return Scene(world, grant_id, line_id, lambda: world.redeem(code))
    first = (await world.redeem(code)).json()["refresh_token"]
    if request.param == "retry":
        assert (await world.refresh(first)).status_code == 200  # the app lost this answer
    return Scene(world, grant_id, line_id, lambda: world.refresh(first))


@pytest.fixture(params=["grant", "line"])
def end(scene: Scene, request: pytest.FixtureRequest) -> Callable[[Transaction], Awaitable[None]]:
    return scene.end_grant if request.param == "grant" else scene.end_line


def first_do(world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], Awaitable[Any]]) -> None:
    """Let `act` happen just before the next unit begins: after a call has read, before it writes."""
    db = world.server.db
    begin = db.transaction

    @asynccontextmanager
    async def later(**how: bool) -> AsyncIterator[Transaction]:
        monkeypatch.setattr(db, "transaction", begin)
        await act()
        async with begin(**how) as tx:
            yield tx

    monkeypatch.setattr(db, "transaction", later)


async def test_a_revoke_between_reading_and_writing_is_obeyed(
    scene: Scene, end: Callable[[Transaction], Awaitable[None]], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await scene.told()

    async def revoke() -> None:
        async with scene.world.server.db.transaction() as tx:
            await end(tx)

    first_do(scene.world, monkeypatch, revoke)
    refused(await scene.call(), "invalid_grant")
    assert await scene.told() == before  # nothing was issued, and nobody is accused of a reuse


async def blocked(call: "asyncio.Task[Any]") -> bool:
    """Whether a call still waits after ample time to come to its lock."""
    done, _ = await asyncio.wait([call], timeout=0.3)
    return not done


@POSTGRES
async def test_a_call_waits_for_a_revoke_under_way_and_obeys_it(
    scene: Scene, end: Callable[[Transaction], Awaitable[None]]
) -> None:
    before = await scene.told()
    async with scene.world.server.db.transaction() as tx:
        await end(tx)
        call = asyncio.create_task(scene.call())
        assert await blocked(call)
    refused(await call, "invalid_grant")
    assert await scene.told() == before


# A door in the database before the rows of our events: a call has made its claim when it comes there.
DOOR = 7
BUILD_THE_DOOR = (
    f"""CREATE FUNCTION wait_at_the_door() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_advisory_xact_lock({DOOR}); RETURN NEW; END $$""",
    f"""CREATE TRIGGER door BEFORE INSERT ON ledger_event FOR EACH ROW
    WHEN (NEW.leaf::json ->> 'event' IN {TOLD}) EXECUTE FUNCTION wait_at_the_door()""",
)
TEAR_IT_DOWN = "DROP FUNCTION wait_at_the_door() CASCADE"  # the database is the next test's, too
SHUT = f"SELECT pg_advisory_xact_lock({DOOR})"


async def build(world: World, *words: str) -> None:
    async with world.server.db.transaction() as tx:
        for each in words:
            await tx.run(Statement(text(each)))


@pytest.fixture
async def door(world: World) -> AsyncIterator[Statement[Any]]:
    """What shuts the door for as long as a unit lasts."""
    await build(world, *BUILD_THE_DOOR)
    yield Statement(text(SHUT))
    await build(world, TEAR_IT_DOWN)


@POSTGRES
async def test_a_revoke_waits_for_a_call_under_way(scene: Scene, door: Statement[Any]) -> None:
    """Tokens are committed before the revoke that kills them, and so answered by a transaction before it."""
    async with scene.world.server.db.transaction() as tx:
        await tx.run(door)
        call = asyncio.create_task(scene.call())
        assert await blocked(call)
        revoke = asyncio.create_task(scene.world.revoke(scene.grant_id))
        assert await blocked(revoke)
    answer = await call
    assert answer.status_code == 200
    await revoke
    assert (await scene.world.read("/v1/me", answer.json()["access_token"])).status_code == 401


async def test_redemptions_under_one_single_use_do_not_lock_each_other_out(world: World) -> None:
    """Each holds the grant it is about to end; none may hold it together with another. Once is once."""
    codes = []
    for _ in range(4):
        await world.grant(duration=["once"])
        codes.append(await world.code())
    answers = await asyncio.gather(*(world.redeem(code) for code in codes))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
