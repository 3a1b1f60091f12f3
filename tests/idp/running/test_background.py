"""What a server does beside answering: each job fails alone, goes on, and deletes only what is over."""

import asyncio
from typing import NamedTuple

import pytest
from sqlalchemy import func, select

from foundation.clock import HOUR, SECOND
from foundation.errors import StorageUnavailableError
from foundation.statements import Statement
from idp.authorize import pending
from idp.authorize.request import AuthorizeRequest
from idp.people.delivery import PageSender
from idp.people.room import People
from idp.running import background
from idp.token.tables import AccessToken
from tests.idp.support import World


class Count(NamedTuple):
    rows: int


TOKENS = Statement(select(func.count().label("rows")).select_from(AccessToken), Count)


async def tokens(world: World) -> int:
    async with world.server.db.reading() as tx:
        return (await tx.one(TOKENS)).rows


async def purge_all(world: World) -> None:
    for purge_one in background._purges(world.server).values():
        await purge_one()


async def test_only_what_expired_long_ago_is_purged(world: World) -> None:
    old = await world.tokens()
    world.clock.advance(2 * HOUR + SECOND)
    young = (await world.redeem(await world.code())).json()
    assert await tokens(world) == 2
    await purge_all(world)
    assert await tokens(world) == 1
    assert (await world.read("/v1/me", young["access_token"])).status_code == 200
    assert (await world.read("/v1/me", old["access_token"])).status_code == 401
    # Its line is not its token: the sign-in of before goes on.
    assert (await world.refresh(old["refresh_token"])).status_code == 200


async def test_forgotten_requests_go_an_hour_after_they_end(world: World) -> None:
    db, life = world.server.db, world.server.settings.pending_request_seconds * SECOND
    async with db.transaction() as tx:
        now = world.clock.now()
        kept = await pending.save(tx, AuthorizeRequest(client_id="app"), "1" * 32, now=now, lifetime=life * 9)
    for wait, found in ((life + HOUR, True), (1000, False)):
        world.clock.advance(wait)
        await purge_all(world)
        async with db.reading() as tx:
            assert (await pending.find(tx, kept, world.clock.now()) is not None) is found


async def test_every_job_runs_and_none_waits_for_another(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[str] = []

    async def note(_seconds: float, _job: background.Job) -> None:
        started.append(asyncio.current_task().get_name())
        await asyncio.Event().wait()

    monkeypatch.setattr(background, "_every", note)
    people = People.open(world.server)
    async with background.in_background(world.server, people, PageSender()):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
    people.close()
    purges = ["requests", "pushed", "polled", "assertions", "proofs", "read-counts", "signals", "people"]
    purges += ["agreements", "unanswered-agreements", "tokens", "exchanged"]
    rights, care = ["erasures", "evidence", "purge-imports"], ["history", "figures", "letters", "care"]
    auditors = ["unmask-search", "unmask-end", "unmask-tell", "purge-unmaskings", "retention", "exports"]
    ours = ["key-ring", "key-turning", "receipt-signing", "receipt-keys"]
    ours += ["expiry", "ended-apps", "old-signals"]
    elsewhere = ["backchannel", "purge-backchannel"]
    purges = [f"purge-{name}" for name in purges]
    assert started == [*ours, *care, *rights, *auditors, *purges, *elsewhere]


async def test_a_job_that_fails_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    done: list[str] = []
    outcomes = iter([StorageUnavailableError("gone"), RuntimeError("a defect"), None])

    async def job() -> None:
        outcome = next(outcomes, None)
        done.append(type(outcome).__name__)
        if outcome is not None:
            raise outcome

    task = asyncio.create_task(background._every(0.0, job))
    while len(done) < 4:  # noqa: ASYNC110  # a turn of the loop for the job, not a poll
        await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert done[:4] == ["StorageUnavailableError", "RuntimeError", "NoneType", "NoneType"]
