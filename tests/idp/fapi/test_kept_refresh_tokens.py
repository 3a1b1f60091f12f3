"""A refresh token that stays as it is (section 5.3.2.1), under races, on both databases."""

import asyncio

import pytest

from idp.token.text import refresh_token
from tests.idp.fapi.test_rules import Fapi, fapi_app
from tests.idp.support import World
from tests.idp.tokens import refused


@pytest.fixture
async def fapi(world: World) -> Fapi:
    found = Fapi(await fapi_app(world))
    await found.learn()
    return found


async def test_64_refreshes_give_64_access_tokens_and_one_refresh_token(fapi: Fapi) -> None:
    first = (await fapi.tokens())["refresh_token"]
    answers = await asyncio.gather(*(fapi.refresh(first) for _ in range(64)))
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["refresh_token"] for answer in answers} == {first}
    tokens = {answer.json()["access_token"] for answer in answers}
    assert len(tokens) == 64
    assert (await fapi.read("/v1/me", tokens.pop())).status_code == 200


async def test_a_refresh_that_races_a_withdrawal_leaves_nothing_alive(fapi: Fapi) -> None:
    world = fapi.world
    decided = await world.grant(world.client)
    body = (await fapi.redeem(await world.code(world.client))).json()
    calls = [fapi.refresh(body["refresh_token"]) for _ in range(16)]
    answers = await asyncio.gather(*calls[:8], world.revoke(decided.standing.grant_id), *calls[8:])
    given = [answer.json() for answer in answers if answer is not None and answer.status_code == 200]
    for one in [body, *given]:
        refused(await fapi.read("/v1/me", one["access_token"]), "invalid_token", 401)
    refused(await fapi.refresh(body["refresh_token"]), "invalid_grant")


async def test_one_that_was_never_given_ends_the_line(fapi: Fapi) -> None:
    """Ours by its form, of a generation that the line never had: nobody could hold it honestly."""
    body = await fapi.tokens()
    line_id = body["refresh_token"].removeprefix("rt_").partition(".")[0]
    later = refresh_token(fapi.world.server.secrets.refresh, line_id, 2)
    refused(await fapi.refresh(later), "invalid_grant")
    refused(await fapi.refresh(body["refresh_token"]), "invalid_grant")
