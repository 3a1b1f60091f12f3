"""A decision that falls between looking at a token and recording its read: the read obeys it, or is not."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from foundation.database import Transaction
from idp.resource import reading
from idp.resource.recording import MovedError
from tests.idp.support import World
from tests.idp.tokens import refused


@pytest.fixture
def between(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Awaitable[Any]]], list[str]]:
    """Have something happen after the first look of the next read, once; what its writes then found."""

    def arrange(happens: Callable[[], Awaitable[Any]]) -> list[str]:
        real, told = reading._Read.record_at_once, []

        async def record(self: reading._Read, looked: Any) -> Any:
            try:
                return await real(self, looked)
            except MovedError:
                told.append("moved")
                raise

        look, once = reading._Read.look, list[bool]()

        async def looking(self: reading._Read, tx: Transaction, *, hold: bool = False) -> Any:
            found = await look(self, tx, hold=hold)
            if not once:
                once.append(True)
                await happens()
            return found

        monkeypatch.setattr(reading._Read, "look", looking)
        monkeypatch.setattr(reading._Read, "record_at_once", record)
        return told

    return arrange


async def shared(world: World) -> tuple[str, str]:
    """A token, and the grant it lives under."""
    decided = await world.grant()
    answer = await world.redeem(await world.code())
    return answer.json()["access_token"], decided.standing.grant_id


async def test_a_revoke_in_between_leaves_no_read(world: World, between: Any) -> None:
    token, grant_id = await shared(world)
    told = between(lambda: world.revoke(grant_id))
    refused(await world.read("/v1/me/skills", token), "invalid_token", 401)
    assert told == ["moved"]
    assert await world.events("data.read") == []


async def test_a_narrower_grant_in_between_is_the_one_that_is_read(world: World, between: Any) -> None:
    token, grant_id = await shared(world)
    told = between(lambda: world.revoke_scope(grant_id, "trainings"))
    answer = await world.read("/v1/me/skills", token)
    assert answer.status_code == 200
    assert told == ["moved"]
    (event,) = await world.events("data.read")
    assert event["revision"] == 2
    refused(await world.read("/v1/me/trainings", token), "insufficient_scope", 403)


async def test_where_nothing_moves_one_look_is_enough(world: World, between: Any) -> None:
    token, _ = await shared(world)

    async def nothing() -> None:
        """Nobody decides anything."""

    told = between(nothing)
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    assert told == []
    assert len(await world.events("data.read")) == 1
