"""The background task that pushes: who is due, one node an app at a time, a few events at once.

Each channel of an app (channels.py) has a row of its own, and neither waits for the other. A row is leased
before anything is sent, so that several nodes share the apps and never storm one. A node that dies is
followed by another when its lease ends: what it sent and did not mark is sent again (at least once; receivers
tell a repeated event by its `jti`). An app that is not reached is left alone for a while, doubled each time,
and holds up nobody else; then it gets one event to prove itself.
"""

import asyncio
import os
import random
from collections.abc import Mapping
from functools import partial
from typing import NamedTuple

import structlog
from sqlalchemy import and_, bindparam, exists, select, update
from sqlmodel import col

from foundation.clock import SECOND
from foundation.errors import AccordError
from foundation.outbound.fetching import Limits, Outbound
from foundation.statements import Statement, Write
from idp.clients.registry import Client, find_client
from idp.context import Server
from idp.signals.backoff import pause
from idp.signals.channels import CHANNELS
from idp.signals.progress import UNREADABLE, Progress, Trouble
from idp.signals.rows import BRING_FORWARD, DUE, MARK_SENT, SignalRow
from idp.signals.streams import STREAM_COLUMNS, StreamRow
from idp.signals.tables import EVENTS, Signal, SignalStream

log = structlog.get_logger("signals")

LEASE = 30 * SECOND
APPS_AT_ONCE = 8
EVENTS_AT_ONCE = 4
SECONDS = 5.0  # of one push; a lease outlives it by far
_TICK_SECONDS = 0.5
_OUTAGE = 3  # failures in a row after which waiting events come due at once when the app is back


class Due(NamedTuple):
    """A channel of an app that has something to push."""

    client_id: str
    channel: str


_THIS_APP = and_(
    col(SignalStream.client_id) == bindparam("client_id"), col(SignalStream.channel) == bindparam("channel")
)
_FREE = (
    col(SignalStream.delivery) == "push",
    col(SignalStream.open_until) <= bindparam("now"),
    col(SignalStream.leased_until) <= bindparam("now"),
)
_HAS_DUE = exists().where(
    col(Signal.client_id) == col(SignalStream.client_id),
    col(Signal.channel) == col(SignalStream.channel),
    col(Signal.next_attempt_at) <= bindparam("now"),
)
_APPS_DUE = Statement(
    select(col(SignalStream.client_id), col(SignalStream.channel))
    .where(*_FREE, _HAS_DUE)
    .order_by(col(SignalStream.leased_until), col(SignalStream.client_id), col(SignalStream.channel))
    .limit(bindparam("most")),
    Due,
)
_LEASE = Statement(
    update(SignalStream)
    .where(_THIS_APP, *_FREE)
    .values(leased_until=bindparam("until"), holder=bindparam("holder"))
    .returning(*STREAM_COLUMNS),
    StreamRow,
)
# Only who holds it; a node whose lease another took over has nothing to say any more.
_HELD = (_THIS_APP, col(SignalStream.holder) == bindparam("mine"))
_REACHED = Write(
    update(SignalStream)
    .where(*_HELD)
    .values(leased_until=bindparam("now"), holder="", failures=0, open_until=0, reached_at=bindparam("now"))
)
_MISSED = Write(
    update(SignalStream)
    .where(*_HELD)
    .values(
        leased_until=bindparam("now"),
        holder="",
        failures=bindparam("failures"),
        open_until=bindparam("open_until"),
        failed_at=bindparam("now"),
        failure=bindparam("failure"),
    )
)
_RELEASE = Write(update(SignalStream).where(*_HELD).values(leased_until=bindparam("now"), holder=""))


class Outcome(NamedTuple):
    """One attempt. trouble: None when the app has it."""

    row: SignalRow
    trouble: Trouble | None


class Courier:
    """Pushes for one process. outbound: left out, a way out of its own: slow apps must not hold up others."""

    def __init__(self, server: Server, outbound: Outbound | None = None) -> None:
        self._server = server
        self._outbound = outbound or Outbound(
            server.settings.outbound_exempt, limits=Limits(SECONDS, APPS_AT_ONCE * EVENTS_AT_ONCE)
        )
        self._holder = os.urandom(8).hex()
        self._running: dict[Due, asyncio.Task[None]] = {}

    async def run(self) -> None:
        """Until cancelled. No failure ends it: what is due stays due."""
        try:
            while True:
                try:
                    await self.start_due()
                except AccordError as error:
                    log.warning("signals wait for the database", error_code=error.code)
                except Exception:
                    log.exception("signals could not be looked for")
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            await self.close()

    async def close(self) -> None:
        """Leave what is under way; its leases end by themselves."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._outbound.close()

    async def start_due(self) -> int:
        """Begin with every app that is due and nobody serves, as far as there is room; how many."""
        room = APPS_AT_ONCE - len(self._running)
        if room <= 0:
            return 0
        now = self._server.clock.now()
        async with self._server.db.reading() as tx:
            due = await tx.all(_APPS_DUE, now=now, most=APPS_AT_ONCE * 2)
        begun = [one for one in due if one not in self._running][:room]
        for one in begun:
            task = asyncio.create_task(self._serve_safely(one), name=f"{one.channel} {one.client_id}")
            self._running[one] = task
            task.add_done_callback(partial(self._ended, one))
        return len(begun)

    def _ended(self, one: Due, _task: asyncio.Task[None]) -> None:
        self._running.pop(one, None)

    async def settle(self) -> None:
        """Wait for what was begun: for tests and commands."""
        while self._running:
            await asyncio.gather(*self._running.values())

    async def _serve_safely(self, one: Due) -> None:
        try:
            await self.serve(*one)
        except AccordError as error:
            log.warning("signals of an app wait", **one._asdict(), error_code=error.code)
        except Exception:
            log.exception("signals of an app broke", **one._asdict())

    async def serve(self, client_id: str, channel: str = EVENTS) -> int:
        """Push a few events of one app, if no other node does; how many it took."""
        now, this = self._server.clock.now(), {"client_id": client_id, "channel": channel}
        async with self._server.db.transaction() as tx:
            stream = await tx.first(_LEASE, **this, holder=self._holder, now=now, until=now + LEASE)
            if stream is None:
                return 0
            most = 1 if stream.failures else EVENTS_AT_ONCE
            rows = await tx.all(DUE, **this, now=now, most=most)
            for row in rows:
                await tx.run(MARK_SENT, client_id=client_id, signal_id=row.id, now=now)
            client = await find_client(tx, client_id)
        tokens = await CHANNELS[channel].sign(self._server, client, rows)
        outcomes = await self._push_all(stream, client, rows, tokens)
        await self._mark(stream, outcomes)
        return sum(outcome.trouble is None for outcome in outcomes)

    async def _push_all(
        self, stream: StreamRow, client: Client | None, rows: list[SignalRow], tokens: Mapping[str, str]
    ) -> list[Outcome]:
        address = CHANNELS[stream.channel].address(self._server, stream, client)

        async def attempt(row: SignalRow) -> Outcome:
            token = tokens.get(row.id)
            if token is None:
                return Outcome(row, UNREADABLE)
            now = self._server.clock.now()
            return Outcome(row, await CHANNELS[stream.channel].push(self._outbound, address, token, now))

        return list(await asyncio.gather(*(attempt(row) for row in rows)))

    async def _mark(self, stream: StreamRow, outcomes: list[Outcome]) -> None:
        now, app = self._server.clock.now(), stream.client_id
        this = {"client_id": app, "channel": stream.channel}
        held = {**this, "mine": self._holder, "now": now}
        tried = [one.trouble for one in outcomes if one.trouble != UNREADABLE]
        missed = [trouble for trouble in tried if trouble is not None and not trouble.for_good]
        async with self._server.db.transaction() as tx:
            progress = Progress(self._server, tx, app, now)
            for row, trouble in outcomes:
                await _mark_one(progress, row, trouble)
            if not tried:
                await tx.run(_RELEASE, **held)
            elif len(missed) == len(tried):
                await tx.run(_MISSED, **held, **_circuit(stream.failures + 1, missed[0], now))
            else:
                await tx.run(_REACHED, **held)
                if stream.failures >= _OUTAGE:
                    await tx.run(BRING_FORWARD, **this, now=now)


async def _mark_one(progress: Progress, row: SignalRow, trouble: Trouble | None) -> None:
    if trouble is None:
        await progress.acknowledged(row.id, "push")
    elif trouble.for_good:
        await progress.refused(row.id, trouble)
    else:
        await progress.put_off(row, trouble)


def _circuit(failures: int, trouble: Trouble, now: int) -> dict[str, int | str]:
    """How long to leave an app alone that was not reached so many times in a row."""
    quiet = pause(failures, random.random())  # noqa: S311  # spreads load, guards nothing
    return {"failures": failures, "open_until": now + quiet, "failure": trouble.error}
