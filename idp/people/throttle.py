"""How often something may be tried: counters in windows of time, shared by every node.

An attempt is counted before it is judged, so that no race lets more through than the limit says; what turns
out well is given back. The id of a counter is its window's start, then a keyed hash of what is limited: no
address, of mail or network, is stored, and old windows are purged as one range of ids.
"""

from ipaddress import ip_address
from typing import NamedTuple

from sqlalchemy import Executable, bindparam, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col

from foundation.clock import HOUR, MINUTE, SECOND
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write
from idp.people.tables import ThrottleCounter
from keys.seal import keyed_hash


class Limit(NamedTuple):
    """At most `most` in each `window` (microseconds)."""

    name: str
    most: int
    window: int


# One network cannot lock anyone out (10 in 15 minutes is fewer than 60 an hour), a botnet cannot guess on.
SIGN_IN_HERE = Limit("sign-in.account-network", 10, 15 * MINUTE)
SIGN_IN_ACCOUNT = Limit("sign-in.account", 60, HOUR)
SIGN_IN_NETWORK = Limit("sign-in.network", 100, 15 * MINUTE)
# A mailbox must not be flooded, nor our reputation as a sender spent.
MAIL_ADDRESS = Limit("mail.address", 5, HOUR)
MAIL_NETWORK = Limit("mail.network", 50, HOUR)
MAIL_DEVICE = Limit("mail.device", 5, HOUR)
# Failures that ledger events sum up: see failures.py.
FAILURES = Limit("failures", 2**62, 15 * MINUTE)
LONGEST_WINDOW = HOUR


class CountRow(NamedTuple):
    attempts: int


def _count_one(dialect: str) -> Executable:
    insert = sqlite.insert(ThrottleCounter) if dialect == "sqlite" else postgresql.insert(ThrottleCounter)
    return (
        insert.values(id=bindparam("id"), count=1)
        .on_conflict_do_update(index_elements=["id"], set_={"count": ThrottleCounter.count + 1})
        .returning(col(ThrottleCounter.count))
    )


_COUNT = Statement(_count_one, CountRow)
_GIVE_BACK = Write(
    update(ThrottleCounter)
    .where(col(ThrottleCounter.id) == bindparam("counter"), col(ThrottleCounter.count) > 0)
    .values(count=col(ThrottleCounter.count) - 1)
)


class Throttle:
    """Counters. key: 32 bytes that only this purpose uses."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    async def count(self, tx: Transaction, limit: Limit, subject: bytes, now: int) -> int:
        """Count one more attempt by or on `subject`; how many there are in this window, this one included."""
        return (await tx.one(_COUNT, id=self._id(limit, subject, now))).attempts

    async def wait_after(self, tx: Transaction, limit: Limit, subject: bytes, now: int) -> int:
        """Count one more attempt; seconds to wait when it is one too many, else 0."""
        if await self.count(tx, limit, subject, now) <= limit.most:
            return 0
        return (limit.window - now % limit.window) // SECOND + 1

    async def give_back(self, tx: Transaction, limit: Limit, subject: bytes, now: int) -> None:
        """Take back an attempt that was counted at `now`."""
        await tx.run(_GIVE_BACK, counter=self._id(limit, subject, now))

    def _id(self, limit: Limit, subject: bytes, now: int) -> str:
        digest = keyed_hash(self._key, limit.name.encode() + b"\x00" + subject)
        return oldest_id_at(now - now % limit.window)[:12] + digest.hex()[:20]


def network_of(host: str | None) -> bytes:
    """What a client address is counted as: an IPv4 address, or the /64 that one IPv6 subscriber has."""
    try:
        address = ip_address(host or "")
    except ValueError:
        return b"unknown"
    if address.version == 6:
        mapped = address.ipv4_mapped
        return mapped.packed if mapped else address.packed[:8]
    return address.packed
