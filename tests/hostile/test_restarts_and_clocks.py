"""What a restart, another node or a clock that steps back must not change."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
import pytest

from foundation.clock import HOUR, SECOND, FrozenClock
from foundation.settings import Settings
from idp.running.opening import open_server
from tests.idp.support import ISSUER, World, lean_app
from tests.idp.tokens import refused


@pytest.fixture
def restarted(settings: Settings, clock: FrozenClock):
    """The same world over a server opened anew on the same database."""

    @asynccontextmanager
    async def open_again(world: World) -> AsyncIterator[World]:
        async with open_server(settings, clock) as server:
            transport = httpx.ASGITransport(app=lean_app(server))
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
                yield world.at(server, http)

    return open_again


async def test_a_rotated_refresh_token_does_not_come_back_with_a_restart(world: World, restarted) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    world.clock.advance(60 * SECOND)
    async with restarted(world) as again:
        refused(await again.refresh(first["refresh_token"]), "invalid_grant")
        assert (await again.read("/v1/me", second["access_token"])).status_code == 401
        refused(await again.refresh(second["refresh_token"]), "invalid_grant")


async def test_everything_that_lived_lives_on(world: World, restarted) -> None:
    first = await world.tokens()
    code = await world.code()
    async with restarted(world) as again:
        assert (await again.read("/v1/me", first["access_token"])).status_code == 200
        second = (await again.refresh(first["refresh_token"])).json()
        # The derived successor is the same, whichever process makes it.
        retried = (await world.refresh(first["refresh_token"])).json()
        assert retried["refresh_token"] == second["refresh_token"]
        assert (await again.redeem(code)).status_code == 200
        refused(await again.redeem(code), "invalid_grant")


async def test_what_was_withdrawn_stays_withdrawn(world: World, restarted) -> None:
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    await world.revoke(decided.standing.grant_id)
    async with restarted(world) as again:
        refused(await again.read("/v1/me", body["access_token"]), "invalid_token", 401)
        refused(await again.refresh(body["refresh_token"]), "invalid_grant")


async def test_a_clock_that_steps_back_gives_no_second_life(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    third = (await world.refresh(second["refresh_token"])).json()
    world.clock.advance(-HOUR)
    refused(await world.refresh(first["refresh_token"]), "invalid_grant")
    refused(await world.refresh(third["refresh_token"]), "invalid_grant")
    code = await world.code()
    await world.redeem(code)
    world.clock.advance(-HOUR)
    refused(await world.redeem(code), "invalid_grant")


async def test_a_token_from_a_later_clock_is_not_refused_for_it(world: World) -> None:
    """A node a little behind another accepts what the other just gave."""
    body = await world.tokens()
    world.clock.advance(-5 * SECOND)
    assert (await world.read("/v1/me", body["access_token"])).status_code == 200
    assert (await world.refresh(body["refresh_token"])).status_code == 200
