"""Signing in with a password.

    count the attempt  (unit)      too many: say so, before any hashing
    verify             (threads)   an unknown account costs the same
    admit or record    (unit)      the account is held: its password cannot change in between

One answer to every failure, in the same time (see pace.py).
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from foundation.database import Transaction
from idp.people import throttle
from idp.people.accounts import AccountRow, find_by_digest, hold_account, open_holder, replace_password
from idp.people.addresses import digest_of_text
from idp.people.admission import admit
from idp.people.callers import Caller
from idp.people.outcomes import Throttled, Wrong
from idp.people.room import People
from idp.people.session import Session
from idp.people.throttle import Limit


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was typed, and what for."""

    email: str = field(repr=False)
    password: str = field(repr=False)
    request_id: str = ""  # of the pending authorization request, "" for none


class Verified(NamedTuple):
    """A password that matched. new_hash: to store instead, when the parameters have changed since."""

    account: AccountRow
    new_hash: str | None


async def sign_in(people: People, attempt: Attempt, caller: Caller) -> Session | Throttled | Wrong:
    """The new session, or why there is none. Raises AccordError when the service cannot judge now."""
    started = people.pace.start()
    digest = digest_of_text(people.server.secrets.lookup, attempt.email)
    async with people.server.db.transaction() as tx:
        seconds = await count_attempt(tx, people, digest, caller)
        account = await find_by_digest(tx, digest)
    if seconds:
        return Throttled(seconds)
    verified = await verify(people, account, attempt.password)
    if verified is not None:
        async with people.server.db.transaction() as tx:
            session = await _admitted(tx, people, verified, caller, attempt.request_id)
            if session is not None:
                await give_back(tx, people, digest, caller)
                return session
    await record_failure(people, account, caller)
    await people.pace.hold(started)
    return Wrong()


async def verify(people: People, account: AccountRow | None, password: str) -> Verified | None:
    """Whether it is the password of an account that may sign in; the same work when there is none."""
    judged = account if account is not None and account.may_sign_in else None
    verdict = await people.hasher.verify(judged.password_hash if judged else None, password)
    if judged is None or not verdict.matches:
        return None
    new_hash = await people.hasher.hash_anew(judged.password_hash, password) if verdict.outdated else None
    return Verified(judged, new_hash)


async def _admitted(
    tx: Transaction, people: People, verified: Verified, caller: Caller, request_id: str
) -> Session | None:
    known = verified.account
    holder = await open_holder(tx, people.server.people, await hold_account(tx, known.id))
    if holder is None or not holder.account.may_sign_in:
        return None  # locked or erased while we were hashing
    if holder.account.password_hash != known.password_hash:
        return None  # changed meanwhile: what was verified is the old one
    session = await admit(tx, people, holder, caller, request_id)
    if verified.new_hash is not None:
        await replace_password(tx, known.id, known.password_hash, verified.new_hash)
    return session


async def record_failure(people: People, account: AccountRow | None, caller: Caller) -> None:
    """Tell the ledger, summed up."""
    async with people.server.db.transaction() as tx:
        await people.failures.record(tx, account.id if account else None, caller.now, caller.trace_id)


async def count_attempt(tx: Transaction, people: People, digest: bytes, caller: Caller) -> int:
    """Count an attempt on an address against every limit; seconds to wait, 0 when it may go on."""
    waits = [
        await people.throttle.wait_after(tx, limit, subject, caller.now)
        for limit, subject in _limits(digest, caller)
    ]
    return max(waits)


async def give_back(tx: Transaction, people: People, digest: bytes, caller: Caller) -> None:
    """The attempt was right: it does not count."""
    for limit, subject in _limits(digest, caller):
        await people.throttle.give_back(tx, limit, subject, caller.now)


def _limits(digest: bytes, caller: Caller) -> tuple[tuple[Limit, bytes], ...]:
    return (
        (throttle.SIGN_IN_HERE, digest + caller.network),
        (throttle.SIGN_IN_ACCOUNT, digest),
        (throttle.SIGN_IN_NETWORK, caller.network),
    )
