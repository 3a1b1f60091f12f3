"""Polling: what is given, until when, to whom, and how long it waits."""

import asyncio
from typing import Any

import httpx
import pytest

from foundation.clock import SECOND
from idp.signals import poll
from tests.idp.signals.receivers import revoked, signals_of, waiting_for
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import (
    app_key,
    asserting,
    assertion_claims,
    claims_of,
    header_of,
    public_jwks,
    refused,
    signed,
)

AT_ONCE = {"returnImmediately": True}


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll, "LOOK_SECONDS", 0.02)
    monkeypatch.setattr(poll, "WAIT_SECONDS", 0.4)


async def ask(world: World, **said: Any) -> dict[str, Any]:
    answer = await posted(world, said)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"sets", "moreAvailable"}
    return body


async def posted(world: World, said: Any, **options: Any) -> httpx.Response:
    auth = options.pop("auth", (world.client.id, world.secret))
    return await world.http.post("/signals/poll", json=said, auth=auth, **options)


async def test_what_waits_is_given_again_until_it_is_acknowledged(world: World):
    first, second = await revoked(world), await revoked(world)
    body = await ask(world, **AT_ONCE)
    again = await ask(world, **AT_ONCE)
    assert [claims_of(token) for token in again["sets"].values()] == [
        claims_of(token) for token in body["sets"].values()
    ]
    assert body["moreAvailable"] is False
    told = {jti: claims_of(token) for jti, token in body["sets"].items()}
    assert [claims["jti"] for claims in told.values()] == list(told)
    grants = [next(iter(claims["events"].values()))["grant_id"] for claims in told.values()]
    assert grants == [first, second]
    assert {header_of(token)["typ"] for token in body["sets"].values()} == {"secevent+jwt"}
    done = next(iter(told))
    left = await ask(world, **AT_ONCE, ack=[done])
    assert list(left["sets"]) == list(told)[1:]
    (row,) = await signals_of(world, second)
    assert row.attempts == 3
    (row,) = await signals_of(world, first)
    assert (row.state, row.sealed_subject, row.acknowledged_at) == ("acknowledged", None, world.clock.now())
    (event,) = await world.events("partner.told")
    assert event["facts"]["delivery"] == "poll"
    assert (await ask(world, **AT_ONCE, ack=[done]))["sets"].keys() == left["sets"].keys()
    assert len(await world.events("partner.told")) == 1


async def test_as_many_as_asked_and_whether_there_are_more(world: World):
    for _ in range(3):
        await revoked(world)
    two = await ask(world, **AT_ONCE, maxEvents=2)
    assert (len(two["sets"]), two["moreAvailable"]) == (2, True)
    assert await ask(world, maxEvents=0) == {"sets": {}, "moreAvailable": False}
    one = await ask(world, maxEvents=2, ack=list(two["sets"]))
    assert (len(one["sets"]), one["moreAvailable"]) == (1, False)


async def test_what_an_app_cannot_take_is_not_given_again(world: World):
    grant_id = await revoked(world)
    (jti,) = (await ask(world, **AT_ONCE))["sets"]
    errors = {jti: {"err": "invalid_audience", "description": "<i>a\nb</i>"}, "unknown": {}}
    assert await ask(world, **AT_ONCE, setErrs=errors) == {"sets": {}, "moreAvailable": False}
    (row,) = await signals_of(world, grant_id)
    assert (row.state, row.error) == ("refused", "invalid_audience")
    (event,) = await world.events("partner.refused_signal")
    assert event["facts"]["error"] == "invalid_audience"


async def test_a_poll_waits_for_what_comes(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(poll, "WAIT_SECONDS", 20.0)
    waiting = asyncio.create_task(ask(world))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await revoked(world)
    async with asyncio.timeout(10):
        assert len((await waiting)["sets"]) == 1


async def test_a_poll_waits_no_longer_than_it_may(world: World):
    async with asyncio.timeout(10):
        assert await ask(world) == {"sets": {}, "moreAvailable": False}


async def test_few_polls_wait_at_once(world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(poll, "WAIT_SECONDS", 20.0)
    monkeypatch.setattr(poll, "MOST_WAITING", 2)
    waiting = [asyncio.create_task(ask(world)) for _ in range(2)]
    await asyncio.sleep(0.2)
    async with asyncio.timeout(10):
        assert (await ask(world))["sets"] == {}
    assert not any(task.done() for task in waiting)
    await revoked(world)
    async with asyncio.timeout(10):
        assert [len((await task)["sets"]) for task in waiting] == [1, 1]


# --- who ------------------------------------------------------------------------------------------------


async def test_another_app_gets_nothing_of_it_and_changes_nothing(world: World):
    await revoked(world)
    (jti,) = (await ask(world, **AT_ONCE))["sets"]
    other = world.of(await add_app(world.server, "other", "other-secret"), "other-secret")
    answer = await ask(other, **AT_ONCE, ack=[jti], setErrs={jti: {"err": "x"}})
    assert answer == {"sets": {}, "moreAvailable": False}
    (row,) = await waiting_for(world)
    assert row.id == jti


async def test_a_stranger_gets_nothing(world: World):
    await revoked(world)
    refused(await posted(world, AT_ONCE, auth=("app", "wrong")), "invalid_client", 401)
    refused(await posted(world, AT_ONCE, auth=("nobody", "app-secret")), "invalid_client", 401)
    refused(await posted(world, AT_ONCE, auth=None), "invalid_client", 401)
    refused(await posted(world, AT_ONCE | {"client_id": "app"}, auth=None), "invalid_client", 401)
    public = await add_app(
        world.server, "public", None, auth_method="none", grant_types=("authorization_code",)
    )
    refused(await posted(world, AT_ONCE | {"client_id": public.id}, auth=None), "invalid_client", 401)


async def test_an_app_that_posts_its_secret_or_signs_says_so_in_the_object(world: World):
    posting = await add_app(world.server, "posting", "secret-p", auth_method="client_secret_post")
    said = AT_ONCE | {"client_id": posting.id, "client_secret": "secret-p"}
    assert (await posted(world, said, auth=None)).status_code == 200
    refused(await posted(world, said | {"client_secret": "wrong"}, auth=None), "invalid_client", 401)
    refused(await posted(world, said | {"client_secret": 7}, auth=None), "invalid_request")
    key = app_key()
    signing = await add_app(
        world.server, "signing", None, auth_method="private_key_jwt", jwks=public_jwks(key)
    )
    assertion = signed(assertion_claims(signing.id, ISSUER, world.clock), key)
    fields = AT_ONCE | asserting(assertion)
    assert (await posted(world, fields, auth=None)).status_code == 200
    refused(await posted(world, fields, auth=None), "invalid_client", 401)  # an assertion is used once


# --- what is said ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        [],
        7,
        {"maxEvents": -1},
        {"maxEvents": True},
        {"maxEvents": "3"},
        {"maxEvents": 1.5},
        {"returnImmediately": "yes"},
        {"returnImmediately": 1},
        {"ack": "x"},
        {"ack": [1]},
        {"ack": ["x"] * 201},
        {"setErrs": []},
        {"setErrs": {"x": "y"}},
        {"setErrs": {str(n): {} for n in range(201)}},
    ],
)
async def test_what_is_no_poll_is_refused(world: World, said: Any):
    refused(await posted(world, said), "invalid_request")


async def test_unknown_or_hostile_names_of_events_are_ignored(world: World):
    await revoked(world)
    strange = ["", "x" * 5000, "\x00", "é", "0" * 32, "' OR 1=1 --"]
    errors = {name: {"err": 7, "description": ["x"]} for name in strange}
    assert len((await ask(world, **AT_ONCE, ack=strange, setErrs=errors))["sets"]) == 1


async def test_other_bodies_are_refused(world: World):
    auth = (world.client.id, world.secret)
    for content, media, status in (
        (b"{}", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b"\xff", "application/json", 400),
        (b'{"a":"' + b"x" * 70_000 + b'"}', "application/json", 413),
    ):
        answer = await world.http.post(
            "/signals/poll", content=content, auth=auth, headers={"content-type": media}
        )
        refused(answer, "invalid_request", status)
    refused(await world.http.get("/signals/poll", auth=auth), "method_not_allowed", 405)


async def test_an_acknowledgement_is_kept_while_the_ledger_lags(world: World):
    """What ends access, and what says that it did, never waits."""
    await revoked(world)
    (jti,) = (await ask(world, **AT_ONCE))["sets"]
    world.server.ledger._lag = lambda _now: 3600 * SECOND
    assert (await ask(world, **AT_ONCE, ack=[jti]))["sets"] == {}
