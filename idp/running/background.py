"""What a server does beside answering: following key rotations, recording terms, deleting what expired.

Each task fails alone and tries again; none of them is needed for a request to be answered correctly
(expiry is always judged when read).
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import structlog

from consent import counting
from consent.expiry import Expiry
from consent.records.waiting import sign_waiting
from foundation.clock import DAY, HOUR, SECOND
from foundation.errors import AccordError
from foundation.purging import Purge
from idp.authorize import pending
from idp.authorize.pushed import store as pushed
from idp.ciba import mounting as ciba
from idp.ciba.pinging import Pinger
from idp.clients import assertion
from idp.context import Server
from idp.dpop import uses
from idp.minors import rows as agreements
from idp.people.delivery import Sender, deliver_for_ever
from idp.people.purge import purge as purge_people
from idp.people.room import People
from idp.polling import store as polling
from idp.receipts.published import keep_key_file
from idp.registration.ending import end_grants
from idp.rights.mounting import jobs as rights_jobs
from idp.running.caring import caring_jobs
from idp.running.keyring import RING_SECONDS, follow_keys, turn_keys
from idp.running.retiring import jobs as retiring_jobs
from idp.running.taking import jobs as taking_jobs
from idp.running.witnesses import witness_jobs
from idp.signals import keeping
from idp.signals.courier import Courier
from idp.signals.progress import give_up_old
from idp.token import behalf
from idp.token.tables import AccessToken
from idp.unmasking.ending import jobs as unmasking_jobs

log = structlog.get_logger("background")

_PURGE_SECONDS = 60.0
_EXPIRY_SECONDS = 60.0
_TOKENS = Purge(AccessToken)
# Longer than anything lives: a node that was given other settings still finds its own.
_MARGIN = HOUR

Job = Callable[[], Awaitable[object]]


@asynccontextmanager
async def in_background(server: Server, people: People, sender: Sender) -> AsyncIterator[None]:
    """Run the jobs for the length of the block. sender: how mails leave."""
    delivery = deliver_for_ever(server.db, server.clock, people.outbox, sender)
    jobs = [
        asyncio.create_task(delivery, name="mail"),
        asyncio.create_task(Courier(server).run(), name="signals"),
        asyncio.create_task(Pinger(server).run(), name="pings"),
    ]
    every = _jobs(server) | ciba.jobs(people)
    jobs += [asyncio.create_task(_every(*job), name=name) for name, job in every.items()]
    try:
        yield
    finally:
        for job in jobs:
            job.cancel()
        for job in jobs:
            with contextlib.suppress(asyncio.CancelledError):
                await job


def _jobs(server: Server) -> dict[str, tuple[float, Job]]:
    """How often, in seconds, and what; by name."""
    purges = {name: (_PURGE_SECONDS, purge) for name, purge in _purges(server).items()}
    expiry = Expiry(server.db, server.decisions, server.people)
    return {
        "key-ring": (RING_SECONDS, lambda: follow_keys(server)),
        "key-turning": (RING_SECONDS, lambda: turn_keys(server)),
        "receipt-signing": (RING_SECONDS, lambda: sign_waiting(server.db, server.sign_receipts)),
        "receipt-keys": (RING_SECONDS, lambda: keep_key_file(server)),
        "expiry": (_EXPIRY_SECONDS, lambda: expiry.sweep(server.clock.now())),
        "ended-apps": (_EXPIRY_SECONDS, lambda: end_grants(server, server.clock.now())),
        "old-signals": (_PURGE_SECONDS, lambda: give_up_old(server, server.clock.now())),
        **caring_jobs(server),
        **witness_jobs(server),
        **rights_jobs(server),
        **unmasking_jobs(server),
        **retiring_jobs(server),
        **taking_jobs(server),
        **purges,
    }


async def _every(seconds: float, job: Job) -> None:
    while True:
        await asyncio.sleep(seconds)
        try:
            await job()
        except AccordError as error:  # the database or the ledger cannot take it now
            log.warning("background_retries", job=asyncio.current_task().get_name(), detail=error.detail)  # type: ignore[union-attr]  # inside a task
        except Exception:
            log.exception("background_failed")


def _purges(server: Server) -> dict[str, Job]:
    """What deletes the rows that nothing can use any more, a table or room each."""
    db, settings, now = server.db, server.settings, server.clock.now
    request = settings.pending_request_seconds * SECOND + _MARGIN
    token = max(settings.access_token_seconds, 3600) * SECOND + _MARGIN
    return {
        "purge-requests": lambda: pending.PURGE.made_before(db, now() - request),
        "purge-pushed": lambda: pushed.PURGE.made_before(
            db, now() - request - settings.pushed_request_seconds * SECOND
        ),
        "purge-polled": lambda: polling.PURGE.made_before(db, now() - polling.LONGEST - _MARGIN),
        "purge-assertions": lambda: assertion.PURGE.below(db, now()),
        "purge-proofs": lambda: uses.PURGE.below(db, now()),
        "purge-read-counts": lambda: counting.purge(db, now()),
        "purge-signals": lambda: keeping.purge(db, now()),
        "purge-people": lambda: purge_people(server, now()),
        "purge-agreements": lambda: agreements.PURGE.made_before(db, now() - agreements.KEPT),
        "purge-unanswered-agreements": lambda: agreements.UNANSWERED.below(db, now() - DAY),
        "purge-tokens": lambda: _TOKENS.made_before(db, now() - token),
        "purge-exchanged": lambda: behalf.purge(db, now() - token),
    }
