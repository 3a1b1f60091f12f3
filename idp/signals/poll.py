"""Polling (RFC 8936): an app fetches what waits for it, says what it has and what it cannot take.

Everything not acknowledged is given, and given again until it is, also to an app that is pushed to: what it
missed it can fetch. A poll may wait for an event to come, a bounded while; few wait at once.
"""

import asyncio
from collections.abc import Collection, Sequence
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.ids import is_id
from foundation.web.lean import Endpoint, json_response
from idp.context import Server
from idp.signals.calls import Call, bad_call, member, read_call, texts
from idp.signals.progress import UNREADABLE, Progress, Trouble
from idp.signals.push import read_error, read_words
from idp.signals.rows import MARK_SENT, WAITING, SignalRow
from idp.signals.sets import signed_sets
from idp.token.calling import spend

POLL_PATH = "/signals/poll"
MOST_EVENTS = 100
_MOST_ANSWERS = 200
WAIT_SECONDS = 20.0
LOOK_SECONDS = 1.0
MOST_WAITING = 100
_NO_STORE = ((b"cache-control", b"no-store"),)


class Poll(NamedTuple):
    """What a poll asks (RFC 8936 section 2.2). errors: by `jti`."""

    most: int
    at_once: bool
    acknowledged: Sequence[str]
    errors: dict[str, Trouble]


class Waiting:
    """How many polls wait in this process: one too many is answered at once."""

    def __init__(self) -> None:
        self.now = 0


def poll_endpoint(server: Server) -> Endpoint:
    """POST /signals/poll."""
    waiting = Waiting()

    async def poll(request: Request) -> Response:
        call = await read_call(server, request)
        asked = _read(call)
        await _take_answers(server, call, asked)
        rows: list[SignalRow] = []
        if asked.most:
            rows = await _found(server, call.client.id, asked.most)
            if not rows and not asked.at_once:
                rows = await _wait(server, request, waiting, call.client.id, asked.most)
        given = rows[: asked.most]
        sets = await signed_sets(server, call.client, given)
        await _mark_given(server, call.client.id, given, sets)
        return json_response({"sets": sets, "moreAvailable": len(rows) > len(given)}, headers=_NO_STORE)

    return poll


def _read(call: Call) -> Poll:
    said = call.said
    most = member(said, "maxEvents", int, MOST_EVENTS)
    if most < 0:
        raise bad_call("maxEvents is 0 or more.")
    acknowledged = texts(member(said, "ack", list, []), "ack", most=_MOST_ANSWERS)
    errors = member(said, "setErrs", dict, {})
    if len(errors) > _MOST_ANSWERS or not all(isinstance(one, dict) for one in errors.values()):
        raise bad_call(f"setErrs has {_MOST_ANSWERS} objects at most, by jti.")
    return Poll(
        min(most, MOST_EVENTS),
        member(said, "returnImmediately", bool, default=False),
        acknowledged,
        {jti: _trouble(one) for jti, one in errors.items()},
    )


def _trouble(said: dict[str, Any]) -> Trouble:
    return Trouble(read_error(said), read_words(said), for_good=True)


async def _take_answers(server: Server, call: Call, asked: Poll) -> None:
    """What an app has is not given again; what it does not know of ours, or is another's, changes nothing."""
    if not asked.acknowledged and not asked.errors and call.use is None:
        return
    now = server.clock.now()
    async with server.db.transaction() as tx:
        await spend(tx, call.use)
        progress = Progress(server, tx, call.client.id, now)
        for jti in filter(is_id, asked.acknowledged):
            await progress.acknowledged(jti, "poll")
        for jti, trouble in asked.errors.items():
            if is_id(jti):
                await progress.refused(jti, trouble)


async def _found(server: Server, client_id: str, most: int) -> list[SignalRow]:
    """One more than asked, to know whether there are more."""
    async with server.db.reading() as tx:
        return await tx.all(WAITING, client_id=client_id, most=most + 1)


async def _wait(
    server: Server, request: Request, waiting: Waiting, client_id: str, most: int
) -> list[SignalRow]:
    if waiting.now >= MOST_WAITING:
        return []
    waiting.now += 1
    try:
        rows: list[SignalRow] = []
        for _ in range(round(WAIT_SECONDS / LOOK_SECONDS)):
            await asyncio.sleep(LOOK_SECONDS)
            rows = await _found(server, client_id, most)
            if rows or await request.is_disconnected():
                break
        return rows
    finally:
        waiting.now -= 1


async def _mark_given(
    server: Server, client_id: str, rows: Sequence[SignalRow], sets: Collection[str]
) -> None:
    if not rows:
        return
    now = server.clock.now()
    async with server.db.transaction() as tx:
        for row in rows:
            if row.id in sets:
                await tx.run(MARK_SENT, client_id=client_id, signal_id=row.id, now=now)
            else:
                await Progress(server, tx, client_id, now).refused(row.id, UNREADABLE)
