"""Several nodes, and nodes that die: each event arrives, once where all goes well, else at least once."""

import asyncio

import pytest

from foundation.clock import SECOND, FrozenClock
from foundation.errors import StorageUnavailableError
from foundation.settings import Settings
from idp.running.opening import open_server
from idp.signals import courier as courier_module
from idp.signals.courier import LEASE, Courier
from tests.idp.signals.receivers import (
    Receiver,
    courier_of,
    deliver,
    push_to,
    revoked,
    signals_of,
    stream_of,
    waiting_for,
)
from tests.idp.support import World

pytestmark = pytest.mark.network


async def test_two_nodes_share_the_work_and_nothing_arrives_twice(
    world: World, receiver: Receiver, settings: Settings, clock: FrozenClock
):
    await push_to(world, receiver.url)
    grants = [await revoked(world) for _ in range(6)]
    async with (
        open_server(settings, clock) as other,
        courier_of(world.server) as one,
        courier_of(other) as two,
    ):
        for _ in range(5):
            await asyncio.gather(one.serve("app"), two.serve("app"), one.serve("app"))
    told = [heard.jti for heard in receiver.heard]
    assert sorted(told) == sorted([(await signals_of(world, grant))[0].id for grant in grants])


async def test_a_node_that_dies_between_sending_and_marking_is_followed_by_another(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    await push_to(world, receiver.url)
    grant_id = await revoked(world)

    async def die(*_: object) -> None:
        raise asyncio.CancelledError

    async with courier_of(world.server) as dying:
        with monkeypatch.context() as death:
            death.setattr(Courier, "_mark", die)
            with pytest.raises(asyncio.CancelledError):
                await dying.serve("app")
    assert len(receiver.heard) == 1
    async with courier_of(world.server) as next_one:
        await deliver(next_one)
        assert len(receiver.heard) == 1  # the dead one's lease still runs: no storm
        world.clock.advance(LEASE + SECOND)
        await deliver(next_one)
        await deliver(next_one)
    assert [heard.jti for heard in receiver.heard] == [(await signals_of(world, grant_id))[0].id] * 2
    assert await waiting_for(world) == []
    assert len(await world.events("partner.told")) == 1


async def test_a_node_whose_lease_ran_out_does_not_undo_what_the_other_found(
    world: World, receiver: Receiver
):
    """The first waits so long for an answer that a second one takes over, and fails."""
    receiver.hold = asyncio.Event()
    await push_to(world, receiver.url)
    await revoked(world)
    async with courier_of(world.server, seconds=30.0) as slow, courier_of(world.server, 0.3) as quick:
        waiting = asyncio.create_task(slow.serve("app"))
        while not receiver.heard:  # noqa: ASYNC110  # another server hears, not this task
            await asyncio.sleep(0.01)
        world.clock.advance(LEASE + SECOND)
        await quick.serve("app")
        missed = await stream_of(world)
        assert (missed.failures, missed.failure) == (1, "outbound_timeout")
        receiver.hold.set()
        assert await waiting == 1
    stream = await stream_of(world)
    assert (stream.failures, stream.holder) == (1, "")  # not its lease any more
    assert await waiting_for(world) == []  # but the event did arrive


async def test_what_waits_survives_a_restart(world: World, receiver: Receiver, settings, clock):
    await push_to(world, receiver.url, "Bearer s3cret")
    await revoked(world)
    async with open_server(settings, clock) as restarted, courier_of(restarted) as courier:
        await deliver(courier)
    assert [heard.header("authorization") for heard in receiver.heard] == ["Bearer s3cret"]


async def test_the_task_goes_on_whatever_breaks(
    world: World, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(courier_module, "_TICK_SECONDS", 0.01)
    await push_to(world, receiver.url)
    await revoked(world)
    real, troubles = Courier.serve, iter([StorageUnavailableError("gone"), RuntimeError("a defect")])

    async def sometimes(self: Courier, client_id: str, channel: str) -> int:
        trouble = next(troubles, None)
        if trouble is not None:
            raise trouble
        return await real(self, client_id, channel)

    monkeypatch.setattr(Courier, "serve", sometimes)
    async with courier_of(world.server) as courier:
        task = asyncio.create_task(courier.run())
        async with asyncio.timeout(10):
            while not receiver.heard:  # noqa: ASYNC110  # another server hears, not this task
                await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
