"""What an app knows a person by, in the outbox: sealed, gone once delivered, and never there for ever."""

import json

import pytest

from foundation.clock import DAY, SECOND
from idp.clients.subjects import subject_for
from idp.rights.erasure import Eraser, Order
from idp.signals.progress import give_up_old
from idp.signals.replay import Replay, replay
from tests.idp.signals.receivers import (
    Receiver,
    courier_of,
    deliver,
    push_to,
    revoked,
    signals_of,
    waiting_for,
)
from tests.idp.support import World


async def erase(world: World) -> None:
    async with world.server.db.transaction() as tx:
        order = Order(world.person_id, "self", world.clock.now())
        assert await Eraser(world.server, world.decisions()).erase(tx, order) is not None


async def replayed(world: World, **asked):
    async with world.server.db.transaction() as tx:
        return await replay(world.server, tx, Replay(world.client.id, "operator", **asked), world.clock.now())


@pytest.mark.network
async def test_an_erased_person_s_apps_are_told_who_she_was_to_them_and_then_nobody_knows(
    world: World, receiver: Receiver
):
    subject = subject_for(world.client, world.person)
    await push_to(world, receiver.url)
    ended = await revoked(world)
    world.clock.advance(SECOND)
    living = (await world.grant()).standing.grant_id
    await erase(world)
    rows = await waiting_for(world)
    assert [row.event for row in rows] == ["grant-revoked", "grant-revoked", "grant-erased"]
    assert [row.grant_id for row in rows] == [ended, living, living]
    stored = json.dumps([[str(value) for value in row] for row in rows])
    assert subject not in stored
    async with courier_of(world.server) as courier:
        await deliver(courier)
    assert [heard.claims["sub_id"]["sub"] for heard in receiver.heard] == [subject] * 3
    assert rows[-1].erase_by == world.clock.now() + 30 * DAY
    told = next(
        body for heard in receiver.heard for uri, body in heard.claims["events"].items() if "erased" in uri
    )
    assert told["erase_by"] == (rows[-1].erase_by or 0) // SECOND
    for row in await signals_of(world, living):
        assert (row.state, row.sealed_subject) == ("acknowledged", None)
    again = await replayed(world, since=0)
    assert (again.again, again.gone) == (0, 3)
    events = await world.events("partner.told")
    assert [event["person"] for event in events] == [None] * 3  # her keys are gone: no name any more


async def test_after_thirty_days_nobody_knows_whether_or_not_it_was_delivered(world: World):
    await revoked(world)
    await erase(world)
    world.clock.advance(30 * DAY + SECOND)
    given_up = await give_up_old(world.server, world.clock.now())
    assert given_up == 2
    assert await waiting_for(world) == []
    grant_id = (await world.events("erasure.requested"))[0]["grant"]
    for row in await signals_of(world, grant_id):
        assert (row.state, row.sealed_subject, row.next_attempt_at) == ("given_up", None, None)
    assert len(await world.events("partner.not_told")) == 2
    assert await give_up_old(world.server, world.clock.now()) == 0


async def test_a_day_before_everything_is_still_there(world: World):
    await revoked(world)
    world.clock.advance(29 * DAY)
    assert await give_up_old(world.server, world.clock.now()) == 0
    assert len(await waiting_for(world)) == 1


async def test_a_refused_one_is_forgotten_too(world: World):
    grant_id = await revoked(world)
    (row,) = await waiting_for(world)
    said = {"returnImmediately": True, "setErrs": {row.id: {"err": "invalid_request"}}}
    await world.http.post("/signals/poll", json=said, auth=(world.client.id, world.secret))
    (row,) = await signals_of(world, grant_id)
    assert row.sealed_subject is not None  # replayed, it could still be told
    world.clock.advance(31 * DAY)
    await give_up_old(world.server, world.clock.now())
    (row,) = await signals_of(world, grant_id)
    assert (row.state, row.sealed_subject) == ("refused", None)


async def test_replaying_takes_the_name_from_the_grant_while_there_is_one(world: World):
    grant_id = await revoked(world)
    (row,) = await waiting_for(world)
    said = {"returnImmediately": True, "ack": [row.id]}
    await world.http.post("/signals/poll", json=said, auth=(world.client.id, world.secret))
    acknowledged_at = world.clock.now()
    world.clock.advance(50 * DAY)
    assert (await replayed(world, signal_id=row.id)).again == 1
    (row,) = await signals_of(world, grant_id)
    assert (row.state, row.acknowledged_at) == ("queued", acknowledged_at)
    answer = await world.http.post(
        "/signals/poll", json={"returnImmediately": True}, auth=("app", "app-secret")
    )
    assert list(answer.json()["sets"]) == [row.id]
    (event,) = await world.events("signals.replayed")
    assert event["facts"] == {"by": "operator", "count": 1, "signal": row.id, "since": None}
    world.clock.advance(29 * DAY)
    assert await give_up_old(world.server, world.clock.now()) == 0  # thirty days from the replay
    world.clock.advance(2 * DAY)
    assert await give_up_old(world.server, world.clock.now()) == 1


async def test_a_replay_keeps_nothing_longer_of_someone_erased(world: World):
    await revoked(world)
    await erase(world)
    world.clock.advance(29 * DAY)
    assert (await replayed(world, since=0)).again == 2
    world.clock.advance(2 * DAY)
    assert await give_up_old(world.server, world.clock.now()) == 2
    assert (await replayed(world, since=0)).again == 0


async def test_a_replay_is_since_a_date_and_of_this_app(world: World):
    await revoked(world)
    world.clock.advance(DAY)
    since = world.clock.now()
    await revoked(world)
    done = await replayed(world, since=since)
    assert (done.again, done.gone, done.more) == (1, 0, False)
    assert (await replayed(world, signal_id="0" * 32)).again == 0
