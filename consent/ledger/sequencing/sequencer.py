"""The background task that turns recorded events into a signed tree.

Each pass starts from what is stored and from nothing else: it takes queued events into the tree, then signs
the head when it is time. A pass that was cut anywhere, whether or not its commit went through, is followed by
one that does the same: recovery has no path of its own.
"""

import asyncio
import contextlib
from typing import NamedTuple

import structlog

from consent.ledger.notes.checkpoint import sign_checkpoint
from consent.ledger.notes.note import Signer, Verifier
from consent.ledger.sequencing.apart import HeadFile
from consent.ledger.sequencing.backlog import Backlog, read_backlog
from consent.ledger.sequencing.integrate import integrate, read_next
from consent.ledger.sequencing.lease import hold_lease, release_lease
from consent.ledger.sequencing.origins import agree, known_head
from consent.ledger.sequencing.publish import HeadError, due_head, keep_head
from consent.ledger.store import Head, read_head
from consent.ledger.tiles import TileError
from foundation.clock import SECOND, Clock
from foundation.database import ConflictError, Database, Transaction
from foundation.errors import StorageUnavailableError
from foundation.ids import new_id
from keys.sign import SignerUnavailableError

log = structlog.get_logger("ledger")

# What a later pass may not meet any more.
_PASSING = (StorageUnavailableError, ConflictError, SignerUnavailableError)


class Pace(NamedTuple):
    """How fast the log moves."""

    batch: int = 500  # events given a place by one unit
    behind: int = 2_000  # by one of those that follow _PRESSED full ones running
    interval: float = 0.25  # seconds between passes while nothing presses
    checkpoint_every: int = SECOND  # microseconds between two signed heads


# On SQLite 500 hold the event loop some 10 ms, half of them in the unit, which holds the writer too; fewer
# would write the same index pages more often. A log that is a second and more behind catches up sooner by
# writing them less often still. On PostgreSQL a unit holds nothing.
_PACES = {"sqlite": Pace(), "postgresql": Pace(batch=2_000)}
_PRESSED = 8


class Sequencer:
    """One a process. signer: the log's key, named after the log's origin. apart: where each head is first."""

    def __init__(
        self,
        db: Database,
        signer: Signer,
        clock: Clock,
        pace: Pace | None = None,
        apart: HeadFile | None = None,
    ) -> None:
        self._db = db
        self._signer = signer
        self._clock = clock
        self._pace = pace or _PACES[db.dialect]
        self._apart = apart
        # Who serves alone has nobody to hold a lease against.
        self._holder = new_id(clock.now()) if db.shared else None
        self.leading = True  # until a try to lead says otherwise
        self._measured_at = clock.now()
        self._measured_lag = 0
        self._full = 0  # passes running that placed as many as they could
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def verifier(self) -> Verifier:
        """The log's name and public key."""
        return self._signer.verifier

    def lag(self, now: int) -> int:
        """Age in microseconds of the oldest unproved event, growing on its own while no pass succeeds."""
        return self._measured_lag + max(0, now - self._measured_at)

    async def start(self) -> None:
        """Catch up with one pass, then go on in the background of the running event loop."""
        self._measured_at = self._clock.now()
        self._stopping.clear()
        await self._pass(sign_now=True)  # measured again then: what waited while no server ran is no lag now
        self._task = asyncio.create_task(self._work(), name="ledger-sequencer")

    async def stop(self) -> None:
        """Finish the pass under way, sequence and sign what is left, and let another node lead."""
        self._stopping.set()
        if self._task is not None:
            await self._task
            self._task = None
        try:
            while await self.advance(sign_now=True) >= self._pace.batch:
                pass
            if self._holder is not None:
                async with self._db.transaction() as tx:
                    await release_lease(tx, self._holder, self._clock.now())
        except (*_PASSING, HeadError, TileError) as error:
            log.warning("sequencer_stopped_behind", error=str(error))

    async def advance(self, *, sign_now: bool = False) -> int:
        """One pass: how many events got a position.

        sign_now: sign what has grown even if the last head is fresh. Raises what the database raises,
        SignerUnavailableError when what holds the key does not answer, and HeadError or TileError when the
        stored log contradicts itself: nothing is then built on it.
        """
        now = self._clock.now()
        head, backlog = await self._measure(now)
        if head is None:  # so that no entry ever stands without a signed head
            await self._sign(now)
            head, backlog = await self._measure(now)
        moved = 0
        if backlog.queued_since is not None:
            moved = await self._place(now)
        if backlog != Backlog(None, None) and (sign_now or self._due(head, now)):
            await self._sign(now)
            await self._measure(now)
        return moved

    async def _place(self, now: int) -> int:
        full, self._full = self._full, 0  # what fails begins small again
        limit = self._pace.behind if full >= _PRESSED else self._pace.batch
        if not self.leading and not await self._take_lead(now):
            return 0  # what another node gives its place need not be read here
        async with self._db.reading(ahead=True) as tx:  # durable before the unit that builds on it
            following = await read_next(tx, limit)
        if not following.entries:
            return 0
        async with self._db.transaction() as tx:
            moved = await integrate(tx, following) if await self._leads(tx, now) else 0
        if moved == limit:
            self._full = full + 1
        return moved

    async def _sign(self, now: int) -> None:
        origin = self._signer.name
        async with self._db.transaction() as tx:
            due = await due_head(tx, origin) if await self._leads(tx, now) else None
            known = await known_head(tx, origin) if self._apart is not None else None
        if due is None:
            return
        note = await sign_checkpoint(self._signer, due.size, due.root)
        if self._apart is not None and not await self._apart.swap(known, note):
            # Another node's, what a crash kept from the database, or of a newer one than this.
            if not await agree(self._db, self._apart, origin, now):
                raise HeadError("more was signed than is here: started again, it opens a new origin")
            return
        async with self._db.transaction() as tx:
            await keep_head(tx, origin, due, note, now)

    async def _measure(self, now: int) -> tuple[Head | None, Backlog]:
        async with self._db.reading() as tx:
            head = await read_head(tx, self._signer.name)
            backlog = await read_backlog(tx, head)
        self._measured_lag, self._measured_at = backlog.age(now), now
        return head, backlog

    def _due(self, head: Head | None, now: int) -> bool:
        return head is None or now - head.signed_at >= self._pace.checkpoint_every

    async def _leads(self, tx: Transaction, now: int) -> bool:
        if self._holder is not None:
            self.leading = await hold_lease(tx, self._holder, now)
        return self.leading

    async def _take_lead(self, now: int) -> bool:
        async with self._db.transaction() as tx:
            return await self._leads(tx, now)

    async def _work(self) -> None:
        while not self._stopping.is_set():
            if await self._pass() < self._pace.batch:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._pace.interval)

    async def _pass(self, *, sign_now: bool = False) -> int:
        """A pass whose failure is told and retried: meanwhile the lag grows and the server refuses."""
        try:
            return await self.advance(sign_now=sign_now)
        except _PASSING as error:
            log.warning("sequencer_retries", error=str(error))
        except (HeadError, TileError) as error:
            log.critical("ledger_contradicts_itself", error=str(error))
        except Exception:
            log.exception("sequencer_failed")
        return 0
