"""Invariants 3 and 4 under real concurrency, on both databases, on one node and on two."""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from typing import Any

import httpx
import pytest

from foundation.clock import FrozenClock
from foundation.settings import Settings
from idp.running.opening import open_server
from idp.token.lines import FIND_LINE
from tests.idp.support import ISSUER, World, add_app, lean_app
from tests.idp.tokens import refused

MANY = 64
PUBLIC = {"auth_method": "none", "grant_types": ("authorization_code", "refresh_token")}


@pytest.fixture
async def nodes(world: World, settings: Settings, clock: FrozenClock) -> AsyncIterator[list[World]]:
    """The same world, asked of as many nodes as its database can have: two on PostgreSQL."""
    async with AsyncExitStack() as stack:
        found = [world]
        if not settings.on_sqlite:
            second = await stack.enter_async_context(open_server(settings, clock))
            transport = httpx.ASGITransport(app=lean_app(second))
            http = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=ISSUER))
            found.append(world.at(second, http))
        yield found


async def all_at_once(nodes: list[World], call: Callable[[World], Awaitable[Any]]) -> list[Any]:
    return await asyncio.gather(*(call(nodes[number % len(nodes)]) for number in range(MANY)))


async def line_of(world: World, refresh_token: str) -> Any:
    line_id = refresh_token.removeprefix("rt_").split(".", maxsplit=1)[0]
    async with world.server.db.reading() as tx:
        return await tx.one(FIND_LINE, line_id=line_id)


def successes(answers: list[httpx.Response]) -> list[dict[str, Any]]:
    return [answer.json() for answer in answers if answer.status_code == 200]


async def test_of_64_redemptions_of_one_code_one_succeeds_and_its_line_dies(nodes: list[World]) -> None:
    world = nodes[0]
    await world.grant()
    code = await world.code()
    answers = await all_at_once(nodes, lambda node: node.redeem(code))
    [won] = successes(answers)
    for answer in answers:
        if answer.status_code != 200:
            refused(answer, "invalid_grant")
    # 63 replays with the right verifier: whoever holds this code is not alone, so nothing of it lives.
    line = await line_of(world, won["refresh_token"])
    assert (line.redeemed_at, line.generation) == (world.clock.now(), 1)
    assert line.revoked_at is not None
    for node in nodes:
        assert (await node.read("/v1/me", won["access_token"])).status_code == 401
        refused(await node.refresh(won["refresh_token"]), "invalid_grant")
    assert len(await world.events("code.redeemed")) == 1
    assert len(await world.events("code.replayed")) >= 1


async def test_64_codes_of_one_grant_are_64_lines(nodes: list[World]) -> None:
    world = nodes[0]
    await world.grant()
    codes = [await world.code() for _ in range(MANY)]
    answers = await asyncio.gather(*(nodes[n % len(nodes)].redeem(code) for n, code in enumerate(codes)))
    bodies = successes(list(answers))
    assert len(bodies) == MANY
    assert len({body["refresh_token"] for body in bodies}) == MANY
    assert len({body["access_token"] for body in bodies}) == MANY


async def test_64_refreshes_of_one_token_give_one_successor(nodes: list[World]) -> None:
    world = nodes[0]
    first = await world.tokens()
    answers = await all_at_once(nodes, lambda node: node.refresh(first["refresh_token"]))
    bodies = successes(answers)
    assert len(bodies) == MANY
    assert len({body["refresh_token"] for body in bodies}) == 1
    assert len({body["access_token"] for body in bodies}) == MANY
    assert (await line_of(world, first["refresh_token"])).generation == 2
    assert (await line_of(world, first["refresh_token"])).revoked_at is None
    retries = Counter(event["facts"]["retry"] for event in await world.events("token.refreshed"))
    assert retries == {False: 1, True: MANY - 1}
    # All of them live: they are answers to one app that lost 63 of them.
    reads = await asyncio.gather(*(world.read("/v1/me", body["access_token"]) for body in bodies[::8]))
    assert {read.status_code for read in reads} == {200}


async def test_64_refreshes_of_a_public_apps_token_end_its_line(nodes: list[World]) -> None:
    app = await add_app(nodes[0].server, "public", None, **PUBLIC)
    nodes = [node.of(app, "") for node in nodes]
    world = nodes[0]
    await world.grant(app)
    first = (await world.redeem(await world.code(app))).json()
    answers = await all_at_once(nodes, lambda node: node.refresh(first["refresh_token"]))
    [won] = successes(answers)
    assert (await line_of(world, first["refresh_token"])).revoked_at is not None
    for node in nodes:
        assert (await node.read("/v1/me", won["access_token"])).status_code == 401
        refused(await node.refresh(won["refresh_token"]), "invalid_grant")


async def test_successors_race_their_predecessors_and_the_line_never_forks(nodes: list[World]) -> None:
    """Old and new token together: either all retries, or a reuse that ends the line. Never two futures."""
    world = nodes[0]
    first = await world.tokens()
    second = (await world.refresh(first["refresh_token"])).json()
    pair = (first["refresh_token"], second["refresh_token"])
    answers = await asyncio.gather(*(nodes[n % len(nodes)].refresh(pair[n % 3 == 0]) for n in range(MANY)))
    line = await line_of(world, pair[0])
    given = {body["refresh_token"] for body in successes(list(answers))}
    generations = sorted(token.split(".")[1] for token in given)
    assert generations in (["2"], ["3"], ["2", "3"])  # one text each, whichever node made it
    assert line.generation <= 3
    # Once the successor was used, the first one is reuse: with both in play the line is over.
    assert line.revoked_at is not None


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_reads_and_refreshes_racing_a_revoke_leave_nothing_alive(nodes: list[World], seed: int) -> None:
    world = nodes[0]
    decided = await world.grant()
    grant_id = decided.standing.grant_id
    body = (await world.redeem(await world.code())).json()
    codes = [await world.code() for _ in range(6)]
    calls: list[Callable[[World], Awaitable[Any]]] = [
        *[lambda node: node.read("/v1/me/skills", body["access_token"])] * 24,
        *[lambda node: node.read("/userinfo", body["access_token"])] * 12,
        *[lambda node: node.refresh(body["refresh_token"])] * 12,
        *[lambda node, code=code: node.redeem(code) for code in codes],
        lambda node: node.revoke(grant_id),
    ]
    random.Random(seed).shuffle(calls)  # noqa: S311  # an order, not a secret
    answers = await asyncio.gather(*(call(nodes[n % len(nodes)]) for n, call in enumerate(calls)))
    # Whatever was given on the way, nothing of it lives on any node.
    given = [a.json() for a in answers if a is not None and a.status_code == 200 and "access_token" in a.text]
    for node in nodes:
        for one in [body, *given]:
            assert (await node.read("/v1/me/skills", one["access_token"])).status_code == 401
            assert (await node.post("/introspect", {"token": one["access_token"]})).json() == {
                "active": False
            }
            if "refresh_token" in one:
                refused(await node.refresh(one["refresh_token"]), "invalid_grant")
        for code in codes:
            refused(await node.redeem(code), "invalid_grant")
    # Judged by revisions, never by clocks: no read under the revoke's revision or a later one.
    [revoked] = await world.events("consent.revoked")
    reads = await world.events("data.read")
    assert revoked["revision"] == 2
    assert {read["revision"] for read in reads} <= {1}
    let_out = [a for a in answers if a is not None and a.request.method == "GET" and a.status_code == 200]
    assert len(reads) == len(let_out)


async def test_a_read_that_begins_after_the_revoke_was_answered_fails_on_every_node(
    nodes: list[World],
) -> None:
    world = nodes[0]
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    revoked = asyncio.Event()
    early, late = [], []

    async def reader(node: World) -> None:
        while True:
            after = revoked.is_set()
            status = (await node.read("/v1/me/skills", body["access_token"])).status_code
            (late if after else early).append(status)
            if after:
                return
            await asyncio.sleep(0)

    readers = [asyncio.create_task(reader(node)) for node in nodes * 6]
    while len(early) < 20:  # noqa: ASYNC110  # a turn of the loop for the readers, not a poll
        await asyncio.sleep(0)
    await world.revoke(decided.standing.grant_id)
    revoked.set()
    await asyncio.gather(*readers)
    assert 200 in early
    assert set(late) == {401}


async def test_what_one_node_decides_the_other_sees_at_once(nodes: list[World]) -> None:
    here, there = nodes[0], nodes[-1]
    first = await here.tokens()
    assert (await there.read("/v1/me", first["access_token"])).status_code == 200
    second = (await there.refresh(first["refresh_token"])).json()
    again = (await here.refresh(first["refresh_token"])).json()
    assert again["refresh_token"] == second["refresh_token"]
    await there.post("/revoke", {"token": second["access_token"]})
    assert (await here.read("/v1/me", second["access_token"])).status_code == 401
    refused(await here.refresh(second["refresh_token"]), "invalid_grant")
