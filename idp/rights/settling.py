"""After an erasure: what a request under way left is swept, the journal is cut, old evidence ends.

None of it decides whether she is erased: the unit of erasure.py did. It runs in the background, and again
after a crash.
"""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from consent.rights.events import EvidenceDestroyed
from consent.rights.evidence import destroy_due
from consent.rights.tables import Erasure, ImportDraft
from foundation.clock import DAY, MINUTE
from foundation.purging import Purge
from foundation.sqlite_forget import cut_journals
from foundation.statements import Statement, Write
from idp.context import Server
from idp.rights.apart import Gone
from idp.rights.erasure import finish
from idp.rights.replaying import list_of

# Longer than any request takes.
SETTLES_AFTER = 2 * MINUTE
_DRAFTS = Purge(ImportDraft)
DRAFT_LIFE = DAY


class _Open(NamedTuple):
    id: str
    person_id: str | None
    erased_at: int


_OPEN = Statement(
    select(col(Erasure.id), col(Erasure.person_id), col(Erasure.erased_at)).where(
        col(Erasure.settled_at).is_(None), col(Erasure.erased_at) <= bindparam("before")
    ),
    _Open,
)
_THIS = col(Erasure.id) == bindparam("erasure_id")
_SWEPT = Write(update(Erasure).where(_THIS).values(person_id=None))
_SETTLED = Write(update(Erasure).where(_THIS).values(settled_at=bindparam("now")))


async def settle(server: Server) -> int:
    """Finish the erasures that are old enough; how many. What fails is tried again at the next round."""
    now = server.clock.now()
    async with server.db.reading() as tx:
        waiting = await tx.all(_OPEN, before=now - SETTLES_AFTER)
    await _written_apart(server, waiting)
    for one in waiting:
        async with server.db.transaction() as tx:
            if one.person_id is not None:
                await finish(server, tx, one.person_id)
            await tx.run(_SWEPT, erasure_id=one.id)
    if not waiting or not await forget(server):
        return 0
    async with server.db.transaction() as tx:
        for one in waiting:
            await tx.run(_SETTLED, erasure_id=one.id, now=now)
    return len(waiting)


async def _written_apart(server: Server, waiting: Iterable[_Open]) -> None:
    """Before the ids are forgotten: that they stand on the list apart. Raises OSError when that cannot be."""
    named = [one for one in waiting if one.person_id is not None]
    if not named:
        return
    apart = list_of(server)
    known = {gone.person_id for gone in await apart.read()}
    for one in named:
        if one.person_id is not None and one.person_id not in known:
            await apart.add(Gone(one.erased_at, one.person_id, one.id))


async def forget(server: Server) -> bool:
    """Cut SQLite's journals, where copies of what was deleted stand. True where there is none."""
    if not server.settings.on_sqlite:
        return True
    return await asyncio.to_thread(cut_journals, server.settings.storage_url.removeprefix("sqlite:///"))


async def end_evidence(server: Server) -> int:
    """Destroy the evidence whose limitation period is over; how many pieces."""
    now, total = server.clock.now(), 0
    while True:
        async with server.db.transaction() as tx:
            ended = await destroy_due(tx, now)
            if ended:
                event = EvidenceDestroyed(count=ended)
                await server.ledger.append(tx, event, person=None, now=now, request_id=None)
        if not ended:
            return total
        total += ended


async def purge_drafts(server: Server) -> int:
    """Delete uploads that nobody saved; how many."""
    return await _DRAFTS.made_before(server.db, server.clock.now() - DRAFT_LIFE)
