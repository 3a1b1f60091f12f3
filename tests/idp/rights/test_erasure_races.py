"""An erasure meets reads, refreshes, sign-ins and new consents: whoever comes second finds nothing."""

import asyncio
from collections.abc import Awaitable
from typing import Any

from sqlalchemy import delete

from consent.acts import Notice
from consent.answers import read_form
from consent.coverage import Ask
from consent.profile.fields import DATASETS
from consent.profile.store import Kept, save
from consent.tables import ProfileDataset
from foundation.clock import HOUR, MINUTE
from foundation.statements import Write
from idp.authorize import pending
from idp.authorize.decision import Decider
from idp.authorize.flow import take_turn
from idp.authorize.request import AuthorizeRequest
from idp.rights.settling import settle
from keys.holding import PersonErasedError
from tests.idp.rights.remains import rows, tables_saying
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import CHALLENGE, REDIRECT, SCOPES, World, add_app

CROWD = 64


async def meet(world: World, *calls: Awaitable[Any]) -> list[Any]:
    """The calls and, in the middle of them, an erasure; what the calls came to."""
    half = len(calls) // 2
    results = await asyncio.gather(*calls[:half], erase(world), *calls[half:], return_exceptions=True)
    erased = results.pop(half)
    assert not isinstance(erased, BaseException), erased
    assert erased is not None
    return results


async def nothing_is_left(world: World) -> None:
    world.clock.advance(5 * MINUTE)
    assert await settle(world.server) == 1
    assert await tables_saying(world.server.db, world.person_id) == set()
    left = await rows(world.server.db)
    assert left["line"] == left["session"] == left["profile_dataset"] == left["grant_revision"] == []


async def test_sixty_four_reads_and_one_erasure(world: World) -> None:
    token = (await lived_in(world))["access_token"]
    before = len(await world.events("data.read"))
    answers = await meet(world, *(world.read("/v1/me/skills", token) for _ in range(CROWD)))
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) <= {200, 401}
    reads = await world.events("data.read")
    assert len(reads) - before == statuses.count(200)
    late = await asyncio.gather(*(world.read("/v1/me/skills", token) for _ in range(CROWD)))
    assert {answer.status_code for answer in late} == {401}
    assert len(await world.events("data.read")) == len(reads)
    await nothing_is_left(world)


async def test_sixty_four_refreshes_and_one_erasure(world: World) -> None:
    token = (await lived_in(world))["refresh_token"]
    answers = await meet(world, *(world.refresh(token) for _ in range(CROWD)))
    assert {answer.status_code for answer in answers} <= {200, 400}
    got = [answer.json()["access_token"] for answer in answers if answer.status_code == 200]
    for text in got:
        assert (await world.read("/v1/me", text)).status_code == 401
    assert (await world.refresh(token)).json()["error"] == "invalid_grant"
    await nothing_is_left(world)


async def test_redemptions_and_one_erasure(world: World) -> None:
    await lived_in(world)
    codes = [await world.code() for _ in range(16)]
    answers = await meet(world, *(world.redeem(code) for code in codes))
    assert {answer.status_code for answer in answers} <= {200, 400}
    for answer in answers:
        if answer.status_code == 200:
            assert (await world.read("/v1/me", answer.json()["access_token"])).status_code == 401
    await nothing_is_left(world)


async def consents(world: World, number: int) -> None:
    """What the consent page does: she is held, a grant is made or changed, a code is given."""
    client = await add_app(world.server, f"app-{number}", f"secret-{number}")
    asked = AuthorizeRequest(
        client_id=client.id,
        redirect_uri=REDIRECT,
        response_type="code",
        scope=SCOPES,
        code_challenge=CHALLENGE,
        code_challenge_method="S256",
    )
    server, session, now = world.server, world.session, world.clock.now()
    async with server.db.transaction() as tx:
        pending_id = await pending.save(tx, asked, session.id, now=now, lifetime=HOUR)
    async with server.db.reading() as tx:
        turn = await take_turn(server, tx, pending_id, session, now)
    assert isinstance(turn.answer, Ask)
    choice = read_form({"scope": ["skills"], "duration": ["30d"]}, turn.answer, {})
    decider = Decider(server, world.decisions(), turn, session, now, "t" * 32)
    assert await decider.accept(turn.answer, choice, Notice("fr", "0" * 64, "1")) is not None


async def test_new_consents_and_one_erasure(world: World) -> None:
    await lived_in(world)
    results = await meet(world, *(consents(world, number) for number in range(24)))
    refused = [one for one in results if one is not None]
    assert all(isinstance(one, PersonErasedError) for one in refused), refused
    await nothing_is_left(world)


async def test_a_first_item_and_an_erasure_leave_no_row_that_opens_for_nobody(world: World) -> None:
    """At once, not after the sweep: an item goes with her, or is refused."""
    await lived_in(world)
    async with world.server.db.transaction() as tx:
        await tx.run(Write(delete(ProfileDataset)))

    async def adds(dataset: str) -> None:
        async with world.server.db.transaction() as tx:
            await save(tx, world.owner, Kept(dataset, 0, ()), [], world.clock.now())

    results = await meet(world, *(adds(dataset) for dataset in DATASETS))
    assert all(one is None or isinstance(one, PersonErasedError) for one in results), results
    assert (await rows(world.server.db))["profile_dataset"] == []


async def test_two_erasures_at_once_are_one(world: World) -> None:
    await lived_in(world)
    results = await asyncio.gather(*(erase(world) for _ in range(8)))
    assert sum(result is not None for result in results) == 1
    assert len(await world.events("person.erased")) == 1
    await nothing_is_left(world)
