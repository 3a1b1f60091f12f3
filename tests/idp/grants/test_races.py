"""Grant management under real concurrency: what stands at the end is what one order would have left."""

import asyncio
from typing import Any

from consent.grants import list_grants
from tests.idp.grants.test_asking import FIRST, redeemed, shared
from tests.idp.grants.test_resource import call, own_token
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor, sent_back


async def living(house: World) -> list[str]:
    async with house.server.db.reading() as tx:
        return [row.id for row in await list_grants(tx, house.person_id) if row.lives(house.clock.now())]


async def test_of_many_fresh_grants_at_once_one_lives(house: World, new_visitor: NewVisitor) -> None:
    await shared(house, new_visitor())
    pages: list[tuple[Visitor, Any]] = []
    for _ in range(4):
        visitor = new_visitor()
        pages.append((visitor, await visitor.start(scope=FIRST, grant_management_action="create")))
    answers = await asyncio.gather(*[visitor.decide(page, scope=["skills"]) for visitor, page in pages])
    codes = [answer for answer in answers if "code=" in answer.headers.get("location", "")]
    assert codes
    assert len(await living(house)) == 1
    ended = await house.events("consent.revoked")
    assert len(ended) == len(codes)
    assert len({leaf["grant"] for leaf in ended}) == len(ended)


async def test_refreshing_while_the_grant_is_merged_leaves_no_second_way_in(
    house: World, visitor: Visitor
) -> None:
    first = await shared(house, visitor)
    merged = {"grant_management_action": "merge", "grant_id": first["grant_id"]}
    back = sent_back(await visitor.ask(scope=FIRST, **merged))
    new, *others = await asyncio.gather(
        redeemed(house, back), *[house.refresh(first["refresh_token"]) for _ in range(4)]
    )
    # Whatever they were given, only the line of the merge goes on.
    for answer in others:
        old = answer.json().get("refresh_token")
        if old is not None:
            assert (await house.refresh(old)).json()["error"] == "invalid_grant"
    assert (await house.refresh(new["refresh_token"])).status_code == 200


async def test_nothing_is_read_once_the_app_has_given_it_back(house: World) -> None:
    body = await house.tokens()
    own = await own_token(house)
    done = asyncio.Event()

    async def give_back() -> None:
        answer = await call(house, "DELETE", body["grant_id"], own)
        assert answer.status_code == 204
        done.set()

    async def read() -> tuple[bool, int]:
        after = done.is_set()
        return after, (await house.read("/v1/me/skills", body["access_token"])).status_code

    results = await asyncio.gather(*[read() for _ in range(6)], give_back(), *[read() for _ in range(6)])
    told = [one for one in results if one is not None]
    assert all(status == 401 for after, status in told if after)
    assert (await house.read("/v1/me/skills", body["access_token"])).status_code == 401
