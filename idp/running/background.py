"""What a server does beside answering: following key rotations, deleting what expired.

Each task fails alone and tries again; none of them is needed for a request to be answered correctly
(expiry is always judged when read).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from foundation.clock import DAY, HOUR, SECOND
from foundation.errors import StorageUnavailableError
from idp.authorize import pending
from idp.clients.assertion import PURGE_ASSERTIONS
from idp.context import Server
from idp.people.delivery import Sender, deliver_for_ever
from idp.people.purge import purge as purge_people
from idp.people.room import People
from idp.token.purge import purge_tokens

log = structlog.get_logger("background")

_RING_SECONDS = 2.0
_PURGE_SECONDS = 60.0
_KEEP_PENDING = DAY
_KEEP_TOKENS = HOUR

Job = Callable[[], Awaitable[None]]


@asynccontextmanager
async def in_background(server: Server, people: People, sender: Sender) -> AsyncIterator[None]:
    """Run the jobs for the length of the block. sender: how mails leave."""
    delivery = deliver_for_ever(server.db, server.clock, people.outbox, sender)
    jobs = [
        asyncio.create_task(delivery, name="mail"),
        asyncio.create_task(_every(_RING_SECONDS, lambda: _follow_keys(server)), name="key-ring"),
        asyncio.create_task(_every(_PURGE_SECONDS, lambda: _purge(server)), name="purge"),
    ]
    try:
        yield
    finally:
        for job in jobs:
            job.cancel()
        for job in jobs:
            with contextlib.suppress(asyncio.CancelledError):
                await job


async def _every(seconds: float, job: Job) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except StorageUnavailableError as error:
            log.warning("background_retries", job=asyncio.current_task().get_name(), detail=error.detail)  # type: ignore[union-attr]  # inside a task
        except Exception:
            log.exception("background_failed")


async def _follow_keys(server: Server) -> None:
    async with server.db.reading() as tx:
        await server.ring.refresh(tx, server.clock.now())


async def _purge(server: Server) -> None:
    now = server.clock.now()
    async with server.db.transaction() as tx:
        await pending.purge(tx, now - _KEEP_PENDING)
        await tx.run(PURGE_ASSERTIONS, now=now)
        await purge_people(tx, server.settings, now)
    longest = max(server.settings.access_token_seconds, 3600) * SECOND
    await purge_tokens(server.db, now - longest - _KEEP_TOKENS)
