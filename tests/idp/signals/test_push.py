"""Pushing: what arrives, what its answers mean, what happens to who does not answer."""

import asyncio

import pytest

from foundation.clock import DAY, HOUR, SECOND
from idp.clients.subjects import subject_for
from tests.idp.signals.receivers import (
    ACCEPTED,
    Receiver,
    answer,
    courier_of,
    deliver,
    push_to,
    receiving,
    revoked,
    signals_of,
    stream_of,
    waiting_for,
)
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import header_of

pytestmark = pytest.mark.network


async def test_a_withdrawal_arrives_signed_and_is_acknowledged(world: World, receiver: Receiver):
    await push_to(world, receiver.url, "Bearer s3cret")
    grant_id = await revoked(world)
    async with courier_of(world.server) as courier:
        await deliver(courier)
        await deliver(courier)
    (heard,) = receiver.heard
    assert heard.head.startswith("POST /signals HTTP/1.1\r\n")
    assert heard.header("Content-Type") == "application/secevent+jwt"
    assert heard.header("Accept") == "application/json"
    assert heard.header("Authorization") == "Bearer s3cret"
    assert header_of(heard.token)["typ"] == "secevent+jwt"
    (row,) = await signals_of(world, grant_id)
    seconds = world.clock.now() // SECOND
    assert heard.claims == {
        "iss": ISSUER,
        "aud": "app",
        "jti": row.id,
        "iat": seconds,
        "toe": seconds,
        "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": subject_for(world.client, world.person)},
        "events": {
            f"{ISSUER}/signals/events/grant-revoked": {
                "grant_id": grant_id,
                "revision": 2,
                "event_id": row.event_id,
                "scopes": ["email", "experiences", "openid", "profile", "skills", "trainings"],
                "by": "person",
            }
        },
    }
    assert (row.state, row.acknowledged_at, row.sealed_subject) == (
        "acknowledged",
        world.clock.now(),
        None,
    )
    (told,) = await world.events("partner.told")
    assert (told["client"], told["grant"], told["revision"]) == ("app", grant_id, 2)
    assert told["facts"] == {
        "attempts": 1,
        "delivery": "push",
        "signal": row.id,
        "told": "grant-revoked",
    }
    assert told["person"] is not None


async def test_nothing_is_told_of_what_did_not_commit(world: World, receiver: Receiver):
    await push_to(world, receiver.url)
    grant_id = (await world.grant()).standing.grant_id
    with pytest.raises(RuntimeError):
        async with world.server.db.transaction() as tx:
            await world.decisions().revoke(tx, grant_id, world.act(world.client))
            raise RuntimeError
    assert await signals_of(world, grant_id) == []


@pytest.mark.parametrize(
    ("said", "state", "error"),
    [
        (answer(b"400 No", {"err": "invalid_audience", "description": "<b>"}), "refused", "invalid_audience"),
        (answer(b"400 Bad Request", {"err": "invalid_request"}), "refused", "invalid_request"),
        (answer(b"400 Bad Request", {"err": "invalid_key"}), "queued", "invalid_key"),
        (answer(b"400 Bad Request", {"err": "authentication_failed"}), "queued", "authentication_failed"),
        (answer(b"400 Bad Request", {"err": "x" * 99}), "queued", "other"),
        (answer(b"400 Bad Request", ["err"]), "queued", "other"),
        (answer(b"400 Bad Request"), "queued", "other"),
        (answer(b"200 OK"), "queued", "status_200"),  # only 202 says that it was kept
        (answer(b"401 Unauthorized"), "queued", "status_401"),
        (answer(b"500 Oops"), "queued", "status_500"),
        (answer(b"302 Found", None, b"Location: http://127.0.0.1:1/"), "queued", "outbound_redirect"),
        (b"garbage\r\n\r\n", "queued", "outbound_bad_answer"),
        (b"", "queued", "outbound_bad_answer"),
        (answer(b"202 Accepted", "x" * 70_000), "queued", "outbound_too_big"),
    ],
)  # fmt: skip
async def test_what_an_answer_means(world: World, receiver: Receiver, said: bytes, state: str, error: str):
    receiver.always = said
    await push_to(world, receiver.url)
    grant_id = await revoked(world)
    async with courier_of(world.server) as courier:
        await deliver(courier)
    (row,) = await signals_of(world, grant_id)
    assert (row.state, row.error) == (state, error)
    assert row.acknowledged_at is None
    assert row.sealed_subject is not None
    assert (row.next_attempt_at is None) == (state == "refused")
    events = [leaf["facts"]["error"] for leaf in await world.events("partner.refused_signal")]
    assert events == ([error] if state == "refused" else [])


async def test_who_hangs_is_left_after_a_while(world: World, receiver: Receiver):
    receiver.hold = asyncio.Event()
    await push_to(world, receiver.url)
    grant_id = await revoked(world)
    async with courier_of(world.server, seconds=0.2) as courier:
        await deliver(courier)
    (row,) = await signals_of(world, grant_id)
    assert (row.state, row.error, row.attempts) == ("queued", "outbound_timeout", 1)
    assert (await stream_of(world)).failures == 1


async def test_it_is_tried_again_later_and_later_with_the_same_jti(world: World, receiver: Receiver):
    receiver.always = answer(b"503 Later")
    await push_to(world, receiver.url)
    grant_id = await revoked(world)
    pauses = []
    async with courier_of(world.server) as courier:
        for attempt in range(1, 12):
            await deliver(courier)
            await deliver(courier)  # it is not due: nothing happens
            assert len(receiver.heard) == attempt
            (row,) = await signals_of(world, grant_id)
            assert row.next_attempt_at is not None
            later = max(row.next_attempt_at, (await stream_of(world)).open_until)
            pauses.append(later - world.clock.now())
            world.clock.advance(pauses[-1])
        assert all(early < late for early, late in zip(pauses[:-2], pauses[2:], strict=True))
        assert pauses[-1] <= 6 * HOUR
        receiver.always = ACCEPTED
        await deliver(courier)
    assert len({heard.jti for heard in receiver.heard}) == 1
    (row,) = await signals_of(world, grant_id)
    assert (row.state, row.attempts, row.error) == ("acknowledged", 12, None)
    stream = await stream_of(world)
    assert (stream.failures, stream.open_until) == (0, 0)


async def test_retry_after_is_heeded(world: World, receiver: Receiver):
    receiver.always = answer(b"503 Later", None, b"Retry-After: 1000")
    await push_to(world, receiver.url)
    grant_id = await revoked(world)
    async with courier_of(world.server) as courier:
        await deliver(courier)
    (row,) = await signals_of(world, grant_id)
    assert row.next_attempt_at == world.clock.now() + 1000 * SECOND


async def test_after_an_outage_everything_that_waited_goes_at_once(world: World, receiver: Receiver):
    receiver.always = answer(b"503 Later")
    await push_to(world, receiver.url)
    for _ in range(6):
        await revoked(world)
        world.clock.advance(SECOND)
    async with courier_of(world.server) as courier:
        for _ in range(5):
            await deliver(courier)
            world.clock.advance(7 * HOUR)
        receiver.always, receiver.heard[:] = ACCEPTED, []
        for _ in range(3):
            await deliver(courier)
    assert len({heard.jti for heard in receiver.heard}) == len(receiver.heard) == 6
    assert await waiting_for(world) == []


async def test_a_dead_app_does_not_hold_up_the_others(world: World, receiver: Receiver):
    """Eight that hang and one that listens: it hears while they still hang."""
    async with receiving(hold=asyncio.Event()) as hanging:
        for number in range(7):
            other = world.of(await add_app(world.server, f"dead-{number}", "secret"), "secret")
            for _ in range(3):
                other_grant = await other.grant(other.client)
                async with world.server.db.transaction() as tx:
                    await world.decisions().revoke(tx, other_grant.standing.grant_id, other.act(other.client))
            await push_to(world, hanging.url, client_id=f"dead-{number}")
        await push_to(world, receiver.url)
        await revoked(world)
        async with courier_of(world.server, seconds=3.0) as courier:
            await courier.start_due()
            async with asyncio.timeout(2.5):
                while not receiver.heard:  # noqa: ASYNC110  # another server hears, not this task
                    await asyncio.sleep(0.01)
            await courier.settle()
            heard = len(hanging.heard)
            world.clock.advance(DAY)
            await deliver(courier)  # each gets one event to prove itself
            assert len(hanging.heard) - heard == 7


async def test_an_app_that_polls_is_not_pushed_to(world: World, receiver: Receiver):
    await push_to(world, receiver.url)
    await push_to(world, "")
    grant_id = await revoked(world)
    async with courier_of(world.server) as courier:
        await deliver(courier)
    assert receiver.heard == []
    (row,) = await signals_of(world, grant_id)
    assert row.attempts == 0
