"""Giving tokens back (RFC 7009): any token of a line ends the line; an app ends only its own."""

import httpx

from consent.ledger.append import Ledger, LedgerLaggingError
from foundation.clock import SECOND
from tests.idp.support import World, add_app
from tests.idp.tokens import altered, claims_of, refused


async def give_back(world: World, token: str, **fields: str) -> httpx.Response:
    answer = await world.post("/revoke", {"token": token} | fields)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {}
    return answer


async def is_dead(world: World, body: dict[str, str]) -> bool:
    read = await world.read("/v1/me", body["access_token"])
    refreshed = await world.refresh(body["refresh_token"])
    assert (read.status_code == 401) == (refreshed.status_code == 400)
    return read.status_code == 401


async def test_giving_back_an_access_token_ends_its_line(world: World) -> None:
    body = await world.tokens()
    await give_back(world, body["access_token"])
    assert await is_dead(world, body)
    [event] = await world.events("token.revoked")
    assert event["facts"]["kind"] == "access_token"
    assert event["facts"]["token"] == claims_of(body["access_token"])["jti"]
    assert event["grant"] == claims_of(body["access_token"])["grant_id"]


async def test_giving_back_a_refresh_token_ends_its_line(world: World) -> None:
    body = await world.tokens()
    for hint in ("refresh_token", "access_token", "id_token", "nonsense"):
        await give_back(world, body["refresh_token"], token_type_hint=hint)
    assert await is_dead(world, body)
    [event] = await world.events("token.revoked")
    assert event["facts"]["kind"] == "refresh_token"


async def test_an_old_refresh_token_gives_the_line_back_too(world: World) -> None:
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    await give_back(world, first["refresh_token"])
    assert await is_dead(world, second)


async def test_it_ends_one_sign_in_and_not_the_grant(world: World) -> None:
    phone = await world.tokens()
    laptop = (await world.redeem(await world.code())).json()
    await give_back(world, phone["refresh_token"])
    assert not await is_dead(world, laptop)
    # The grant stands: the app may sign her in again without asking.
    assert (await world.redeem(await world.code())).status_code == 200


async def test_a_token_of_the_app_itself_is_given_back_alone(world: World) -> None:
    ask = {"grant_type": "client_credentials"}
    one, two = [(await world.post("/token", ask)).json()["access_token"] for _ in range(2)]
    await give_back(world, one)
    assert (await world.post("/introspect", {"token": one})).json() == {"active": False}
    assert (await world.post("/introspect", {"token": two})).json()["active"] is True
    await give_back(world, one)
    [event] = await world.events("token.revoked")
    assert (event["grant"], event["revision"], event["facts"]["line"]) == (None, None, None)


async def test_another_apps_token_is_answered_alike_and_lives_on(world: World) -> None:
    other = world.of(await add_app(world.server, "other", "s"), "s")
    body = await world.tokens()
    await give_back(other, body["access_token"])
    await give_back(other, body["refresh_token"])
    assert not await is_dead(world, body)
    assert await world.events("token.revoked") == []


async def test_what_is_no_token_is_answered_alike(world: World) -> None:
    body = await world.tokens()
    access, refresh = body["access_token"], body["refresh_token"]
    for token in (
        "unknown",
        access[:-1],
        access + "=",
        access + ".",
        altered(access, -1),
        altered(access, -20),
        refresh[:-1],
        refresh + "=",
        altered(refresh, -1),
        body["id_token"],
        "a.b.c",
        "x" * 60_000,
    ):
        await give_back(world, token)
    assert not await is_dead(world, body)


async def test_a_public_app_gives_back_its_own(world: World) -> None:
    grants = ("authorization_code", "refresh_token")
    public = world.of(await add_app(world.server, "public", None, auth_method="none", grant_types=grants), "")
    await public.grant(public.client)
    body = (await public.redeem(await public.code(public.client))).json()
    await give_back(public, body["refresh_token"])
    assert await is_dead(public, body)


async def test_who_asks_must_prove_it(world: World) -> None:
    body = await world.tokens()
    wrong = await world.post("/revoke", {"token": body["refresh_token"]}, auth=("app", "wrong"))
    refused(wrong, "invalid_client", 401)
    unsigned = await world.http.post("/revoke", data={"token": body["refresh_token"], "client_id": "app"})
    refused(unsigned, "invalid_client", 401)
    assert not await is_dead(world, body)
    refused(await world.post("/revoke", {"token": ""}), "invalid_request")


async def test_it_stays_open_when_the_ledger_lags(world: World) -> None:
    """Ending access never waits: everything else does."""
    decided = await world.grant()
    code = await world.code()
    body = (await world.redeem(await world.code())).json()
    lagging = Ledger(lag=lambda _now: 61 * SECOND)
    object.__setattr__(world.server, "ledger", lagging)
    refused(await world.redeem(code), "ledger_lagging", 503)
    answer = await world.refresh(body["refresh_token"])
    refused(answer, "ledger_lagging", 503)
    assert answer.headers["retry-after"] == "5"
    refused(await world.read("/v1/me", body["access_token"]), LedgerLaggingError(0).code, 503)
    await give_back(world, body["refresh_token"])
    await world.revoke(decided.standing.grant_id)
    assert len(await world.events("token.revoked")) == 1
    assert len(await world.events("consent.revoked")) == 1
