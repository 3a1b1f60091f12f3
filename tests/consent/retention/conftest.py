"""A log that is two years old, and what retires its months."""

import contextlib

import pytest

from consent.events import AuditorSearched
from consent.ledger.tiles import TileError
from consent.retention.clocks import Clocks
from consent.retention.retiring import Retiring
from foundation.clock import DAY
from foundation.database import ConflictError
from foundation.errors import StorageUnavailableError
from tests.consent.ledger.support import ORIGIN, Log

CLOCKS = Clocks(security_months=12, consent_years=1)


# A grant: its id, when it ends, when it was ended.
GRANTED = """INSERT INTO consent_grant (id, client_id, subject, revision, fetch_type, choice_json, terms_json,
    answered_json, granted_at, expires_at, revoked_at)
    VALUES (?, 'coach', '', 1, 'once', '', '', '', 0, ?, ?)"""


def looked(number: int = 0) -> AuditorSearched:
    return AuditorSearched(view="search", filters="event", first_page=True, criteria=f"{number}")


class OldLog(Log):
    """Security and consent by turns, in 2027-01 and 2027-02; it is now 2028-03."""

    def retiring(self, db=None) -> Retiring:
        return Retiring(db or self.db, self.ledger, self.clock, ORIGIN, CLOCKS)

    async def settle(self) -> None:
        with contextlib.suppress(ConflictError, StorageUnavailableError, TileError):  # of two at once, one
            await self.sequencer.advance(sign_now=True)

    async def retire(self, period, db=None, progress=lambda _done, _all: None) -> int:
        return await self.retiring(db).retire(period, self.settle, progress)

    async def grow_old(self, count: int) -> None:
        for _ in range(2):
            for number in range(count):
                await self.write(looked(number))
                await self.write()
            await self.drain()
            self.clock.advance(31 * DAY)
        self.clock.advance(365 * DAY)
        await self.write()
        await self.drain()

    async def come_late(self, *moments: int) -> None:
        """Looks of long ago, committed now."""
        for moment in moments:
            async with self.db.transaction() as tx:
                await self.ledger.append(tx, looked(), person=self.person, now=moment, request_id=None)
        await self.drain()


@pytest.fixture
def log(db, database_url, clock):
    return OldLog(db, database_url, clock)
