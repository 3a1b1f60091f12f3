"""A frequency that was promised is kept: 429 with the seconds to wait, told once, exact under any race."""

import asyncio

import pytest

from consent.counting import purge
from consent.limits import Frequency
from foundation.clock import DAY, HOUR, SECOND
from tests.idp.granting import FIVE, answer, asked_with, token_for
from tests.idp.support import World
from tests.idp.token.test_races import nodes as nodes  # noqa: PLC0414  # a fixture
from tests.idp.tokens import refused

MANY = 64


async def test_after_five_reads_the_sixth_waits_until_the_window_closes(world: World) -> None:
    token = await token_for(world, frequency=FIVE)
    for _ in range(5):
        assert (await world.read("/v1/me/skills", token)).status_code == 200
        world.clock.advance(SECOND)
    answer_ = await world.read("/v1/me/skills", token)
    refused(answer_, "read_limit_reached", 429)
    assert answer_.headers["retry-after"] == str(24 * 3600 - 5)
    assert len(await world.events("data.read")) == 5


async def test_each_dataset_has_its_own_count_and_signing_in_is_none(world: World) -> None:
    token = await token_for(world, frequency=Frequency(1, "month"))
    for path in ("/v1/me/skills", "/v1/me/trainings", "/v1/me", "/v1/me", "/userinfo", "/userinfo"):
        assert (await world.read(path, token)).status_code == 200, path
    refused(await world.read("/v1/me/skills", token), "read_limit_reached", 429)
    refused(await world.read("/v1/me/trainings", token), "read_limit_reached", 429)


@pytest.mark.parametrize(("per", "days"), [("day", 1), ("week", 7), ("month", 30)])
async def test_each_read_is_free_again_a_window_later(world: World, per: str, days: int) -> None:
    await answer(world, asked_with(world, frequency=Frequency(2, per), duration="365d"), duration=["365d"])
    refresh = (await world.redeem(await world.code())).json()["refresh_token"]

    async def read() -> int:
        nonlocal refresh
        body = (await world.refresh(refresh)).json()
        refresh = body["refresh_token"]
        return (await world.read("/v1/me/skills", body["access_token"])).status_code

    assert await read() == 200
    world.clock.advance(23 * HOUR)
    assert [await read() for _ in range(2)] == [200, 429]
    world.clock.advance((days - 1) * DAY + HOUR - SECOND)
    assert await read() == 429
    world.clock.advance(SECOND)  # a window after the first: one is free, not two
    assert [await read() for _ in range(2)] == [200, 429]
    world.clock.advance(23 * HOUR)
    assert [await read() for _ in range(2)] == [200, 429]


async def test_what_no_longer_counts_is_deleted_and_what_counts_stays(world: World) -> None:
    once = asked_with(world, frequency=Frequency(1, "month"), duration="365d")
    await answer(world, once, duration=["365d"])
    token = (await world.redeem(await world.code())).json()["access_token"]
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    db = world.server.db
    world.clock.advance(31 * DAY)
    assert await purge(db, world.clock.now()) == 0
    world.clock.advance(1)
    assert await purge(db, world.clock.now()) == 1
    assert await purge(db, world.clock.now()) == 0
    token = (await world.redeem(await world.code())).json()["access_token"]
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    refused(await world.read("/v1/me/skills", token), "read_limit_reached", 429)


async def test_the_seconds_to_wait_are_exact(world: World) -> None:
    token = await token_for(world, frequency=Frequency(1, "day"))
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    world.clock.advance(DAY - 30 * SECOND + 1)
    await answer(world, asked_with(world, frequency=Frequency(1, "day")))  # a new answer opens no new window
    token = (await world.redeem(await world.code())).json()["access_token"]
    waits = int((await world.read("/v1/me/skills", token)).headers["retry-after"])
    assert waits == 30
    world.clock.advance(waits * SECOND - 2)
    assert (await world.read("/v1/me/skills", token)).headers["retry-after"] == "1"
    world.clock.advance(1)
    assert (await world.read("/v1/me/skills", token)).status_code == 200


async def test_the_ledger_is_told_once_a_window_and_a_dataset(world: World) -> None:
    token = await token_for(world, frequency=Frequency(1, "day"))
    for path in ["/v1/me/skills"] * 6 + ["/v1/me/trainings"] * 4:
        await world.read(path, token)
    [skills, trainings] = await world.events("data.limited")
    assert skills["facts"] == {
        "dataset": "skills",
        "reads": 1,
        "per": "day",
        "until": world.clock.now() + DAY,
    }
    assert skills["outcome"] == "refused"
    assert trainings["facts"]["dataset"] == "trainings"


async def test_without_a_limit_nothing_is_counted(world: World) -> None:
    token = await token_for(world)
    for _ in range(12):
        assert (await world.read("/v1/me/skills", token)).status_code == 200
    assert await world.events("data.limited") == []


async def test_a_read_that_may_not_be_for_another_reason_is_not_counted(world: World) -> None:
    await answer(world, asked_with(world, frequency=Frequency(1, "day")), scope=["skills"])
    token = (await world.redeem(await world.code())).json()["access_token"]
    for _ in range(3):
        refused(await world.read("/v1/me/trainings", token), "insufficient_scope", 403)
    assert await world.events("data.limited") == []
    assert (await world.read("/v1/me/skills", token)).status_code == 200


async def test_of_64_reads_at_once_five_are_let_through(nodes: list[World]) -> None:
    world = nodes[0]
    token = await token_for(world, frequency=FIVE)
    for _window in range(2):
        answers = await asyncio.gather(
            *(nodes[number % len(nodes)].read("/v1/me/skills", token) for number in range(MANY))
        )
        counts = sorted(answer_.status_code for answer_ in answers)
        assert counts == [200] * 5 + [429] * (MANY - 5)
        assert {answer_.headers["retry-after"] for answer_ in answers if answer_.status_code == 429} == {
            str(24 * 3600)
        }
        world.clock.advance(DAY)
        token = await token_for(world, frequency=FIVE)
    assert len(await world.events("data.read")) == 10
    assert len(await world.events("data.limited")) == 2
