"""What opening an account and replacing a forgotten password share: an address, a mail, a link.

Whoever types an address learns nothing of it: the answer is the same, in the same time; the mail tells its
holder.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from foundation.database import Transaction
from idp.people import throttle
from idp.people.accounts import AccountRow, find_by_digest
from idp.people.addresses import Address, digest_of
from idp.people.callers import Caller
from idp.people.links import Carried, Link
from idp.people.outcomes import Throttled
from idp.people.room import People

# (unit, the account that has the address, or None): queues the mail; it may await nothing but `tx`.
Write = Callable[[Transaction, AccountRow | None], Awaitable[None]]


class Onward(NamedTuple):
    """Where she was going: a pending request's id, else a local path; both may be ""."""

    request_id: str = ""
    next: str = ""


async def answer_by_mail(people: People, address: Address, caller: Caller, write: Write) -> Throttled | None:
    """Let `write` answer whoever reads `address`. None: what could be done was done."""
    started = people.pace.start()
    digest = digest_of(people.server.secrets.lookup, address)
    async with people.server.db.transaction() as tx:
        seconds = await _count(tx, people, digest, caller)
        account = await find_by_digest(tx, digest)
        if not seconds:
            await write(tx, account)
    await people.pace.hold(started)
    return Throttled(seconds) if seconds else None


async def _count(tx: Transaction, people: People, digest: bytes, caller: Caller) -> int:
    """Count a mail that a stranger makes us send; seconds to wait, 0 when it may go."""
    here = await people.throttle.wait_after(tx, throttle.MAIL_ADDRESS, digest, caller.now)
    return max(here, await people.throttle.wait_after(tx, throttle.MAIL_NETWORK, caller.network, caller.now))


async def read_link(people: People, purpose: str, unverified: str, now: int) -> Link | None:
    """What a link leads to, without using it; None for a dead one."""
    async with people.server.db.reading() as tx:
        return await people.links.read(tx, purpose, unverified, now)


def onward_of(carried: Carried, caller: Caller) -> Onward:
    """Where she was going when she asked for the link; nowhere, in a browser that did not ask."""
    if carried.session_id != caller.session.id:
        return Onward()
    return Onward(carried.request_id, carried.next)
