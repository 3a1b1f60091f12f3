"""The log's two clocks as this server sets them, and the job that finishes what was begun to be retired."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

import structlog

from consent.ledger.retiring.retired import Period
from consent.retention.clocks import Clocks
from consent.retention.report import due, unfinished
from consent.retention.retiring import Progress, Retiring, Settle
from foundation.clock import HOUR, SECOND
from idp.context import Server
from idp.rights.settling import forget

Job = Callable[[], Awaitable[object]]

log = structlog.get_logger("retention")

_EVERY = HOUR / SECOND


def clocks_of(server: Server) -> Clocks:
    """What is kept how long."""
    settings = server.settings
    return Clocks(settings.security_log_months, settings.evidence_years)


async def retire(server: Server, period: Period, settle: Settle, progress: Progress) -> int:
    """Retire a class and a month, or finish it; how many events it had. See `Retiring.retire`."""
    origin = server.sequencer.verifier.name
    retiring = Retiring(server.db, server.ledger, server.clock, origin, clocks_of(server))
    events = await retiring.retire(period, settle, progress)
    await forget(server)  # the journal, too, has what was deleted
    return events


def jobs(server: Server) -> Mapping[str, tuple[float, Job]]:
    """How often, in seconds, and what; by name."""
    return {"retention": (_EVERY, lambda: tend(server))}


async def _others_sign(_server: Server) -> None:
    """The sequencer of this process does, within seconds."""
    await asyncio.sleep(1)


async def tend(server: Server) -> int:
    """Finish what was begun; see what is due and, where the operator says so, retire it. How many went."""
    if not server.sequencer.leading:
        return 0
    periods = await unfinished(server.db)
    ready = await due(server.db, clocks_of(server), server.clock.now())
    if server.settings.retire_automatically:
        periods += ready
    for period in periods:
        events = await retire(server, period, partial(_others_sign, server), lambda _done, _all: None)
        log.info("log_retired", of_log=period.log, period=period.month, events=events)
    return len(periods)
