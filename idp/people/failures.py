"""Failed sign-ins, told to the ledger as sums, so that nobody can fill it.

Each failure is counted per account and window; the 1st, 2nd, 4th, 8th… writes an event with the count so far.
All addresses that no account has share one counter: guessing names costs the log a logarithm.
"""

from consent.ledger.append import Ledger
from foundation.clock import SECOND
from foundation.database import Transaction
from idp.people import throttle
from idp.people.events import LoginFailed
from idp.people.throttle import Throttle
from keys.people import PeopleKeys


class Failures:
    """Counts failures and records what they add up to."""

    def __init__(self, counters: Throttle, keys: PeopleKeys, ledger: Ledger) -> None:
        self._counters = counters
        self._keys = keys
        self._ledger = ledger

    async def record(self, tx: Transaction, account_id: str | None, now: int, trace_id: str) -> None:
        """One more failure on an account, or on an address that has none."""
        limit = throttle.FAILURES
        attempts = await self._counters.count(tx, limit, (account_id or "").encode(), now)
        if attempts & (attempts - 1):
            return
        person = await self._keys.find(tx, account_id) if account_id else None
        event = LoginFailed(
            attempts=attempts,
            since=now - now % limit.window,
            seconds=limit.window // SECOND,
            account="known" if account_id else "unknown",
        )
        await self._ledger.append(tx, event, person=person, now=now, request_id=trace_id)
