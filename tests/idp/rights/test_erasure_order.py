"""A read and an erasure that overlap take what is hers in one order: one waits, and neither is given up.

PostgreSQL ends a deadlock by refusing one of the two. Each meeting is staged where it used to happen, or
could: the read holds something of hers, the erasure begins, and the read goes on to the next thing.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from foundation.database import Transaction
from idp.resource import reading, recording
from tests.idp.exchange.pair import Pair
from tests.idp.granting import FIVE, token_for
from tests.idp.rights.scenes import erase
from tests.idp.support import World
from tests.idp.token.test_revoke_races import POSTGRES, blocked, first_do
from tests.idp.tokens import claims_of

Erasing = Callable[[], Awaitable[None]]
Erasures = list["asyncio.Task[Any]"]
pytestmark = POSTGRES


@pytest.fixture
def erasures() -> Erasures:
    """What was begun in the middle of a read."""
    return []


@pytest.fixture
def erasing(world: World, erasures: Erasures) -> Erasing:
    """Begin to erase her, and give that time to come as far as it can."""

    async def begin() -> None:
        erasures.append(asyncio.create_task(erase(world)))
        assert await blocked(erasures[0])

    return begin


async def comes_first(world: World, token: str, erasures: Erasures) -> None:
    """A read that was under way is told and answered; the erasure comes after it, and nothing after that."""
    before = len(await world.events("data.read"))
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    [erased] = await asyncio.gather(*erasures)
    assert erased is not None
    assert len(await world.events("data.read")) == before + 1
    assert (await world.read("/v1/me/skills", token)).status_code == 401


def when_it_looks_again(monkeypatch: pytest.MonkeyPatch, erasing: Erasing) -> None:
    look = reading._Read.look

    async def looking(self: reading._Read, tx: Transaction, *, hold: bool = False) -> Any:
        looked = await look(self, tx, hold=hold)
        if hold:
            await erasing()
        return looked

    monkeypatch.setattr(reading._Read, "look", looking)


async def test_a_read_that_was_counted(
    world: World, monkeypatch: pytest.MonkeyPatch, erasing: Erasing, erasures: Erasures
) -> None:
    token = await token_for(world, frequency=FIVE)
    assert (await world.read("/v1/me/skills", token)).status_code == 200  # there is a count to hold
    count = recording.count_read

    async def counting(*given: Any) -> Any:
        held = await count(*given)
        if not erasures:
            await erasing()
        return held

    monkeypatch.setattr(recording, "count_read", counting)
    await comes_first(world, token, erasures)


async def test_a_counted_read_that_looks_again(
    world: World, monkeypatch: pytest.MonkeyPatch, erasing: Erasing, erasures: Erasures
) -> None:
    token = await token_for(world, frequency=FIVE)
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    when_it_looks_again(monkeypatch, erasing)
    grant_id = claims_of(token)["grant_id"]
    first_do(world, monkeypatch, lambda: world.revoke_scope(grant_id, "trainings"))
    await comes_first(world, token, erasures)


async def test_a_read_on_behalf_of_an_app_that_looks_again(
    world: World, monkeypatch: pytest.MonkeyPatch, erasing: Erasing, erasures: Erasures
) -> None:
    pair = await Pair.make(world)
    token = await pair.ready()
    body = await pair.exchanged(token)
    when_it_looks_again(monkeypatch, erasing)
    first_do(world, monkeypatch, lambda: world.revoke_scope(claims_of(token)["grant_id"], "trainings"))
    await comes_first(pair.adviser, body["access_token"], erasures)
