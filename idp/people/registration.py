"""Opening an account, address first: the mail comes before the password.

Whoever types an address learns nothing of it: the answer is the same, the mail tells its holder. Nothing
exists before the holder has opened the link and chosen a password, so nobody can prepare an account for
somebody else and wait for her to come (account pre-hijacking).
"""

from typing import NamedTuple

from foundation.database import ConflictError, Transaction
from idp.people import throttle
from idp.people.accounts import AccountRow, Draft, find_by_digest, open_holder
from idp.people.addresses import Address, digest_of, parse_address
from idp.people.admission import admit
from idp.people.callers import Caller
from idp.people.events import AccountCreated
from idp.people.links import REGISTER, Carried, Link
from idp.people.opening import begin_account
from idp.people.outbox import Mail
from idp.people.outcomes import DeadLink, Throttled
from idp.people.passwords import Weakness, weakness_of
from idp.people.room import People
from idp.people.session import Session


class Onward(NamedTuple):
    """Where she was going: a pending request's id, else a local path; both may be ""."""

    request_id: str = ""
    next: str = ""


class Registered(NamedTuple):
    """A new account, signed in; where to go now."""

    session: Session
    onward: Onward


async def ask_to_register(
    people: People, address: Address, onward: Onward, caller: Caller
) -> Throttled | None:
    """Send a link to `address`, or tell its holder that she has an account. None: the mail is on its way."""
    started = people.pace.start()
    digest = digest_of(people.server.secrets.lookup, address)
    async with people.server.db.transaction() as tx:
        seconds = await count_mail(tx, people, digest, caller)
        if not seconds:
            account = await find_by_digest(tx, digest)
            if account is None:
                await _invite(tx, people, address, onward, caller)
            else:
                await _remind(tx, people, account, caller)
    await people.pace.hold(started)
    return Throttled(seconds) if seconds else None


async def count_mail(tx: Transaction, people: People, digest: bytes, caller: Caller) -> int:
    """Count a mail that a stranger makes us send; seconds to wait, 0 when it may go."""
    here = await people.throttle.wait_after(tx, throttle.MAIL_ADDRESS, digest, caller.now)
    return max(here, await people.throttle.wait_after(tx, throttle.MAIL_NETWORK, caller.network, caller.now))


async def _invite(tx: Transaction, people: People, address: Address, onward: Onward, caller: Caller) -> None:
    carried = Carried(address.text, *onward, caller.session.id)
    token = await people.links.make(tx, REGISTER, carried, caller.now)
    link = f"{people.server.issuer}/verify-email?token={token}"
    await people.outbox.queue(tx, Mail("register", caller.locale, address.text, {"link": link}), caller.now)


async def _remind(tx: Transaction, people: People, account: AccountRow, caller: Caller) -> None:
    holder = await open_holder(tx, people.server.people, account)
    if holder is not None:
        await people.outbox.write_to(
            holder, tx, "exists", {"link": f"{people.server.issuer}/login"}, caller.now
        )


async def read_link(people: People, purpose: str, unverified: str, now: int) -> Link | DeadLink:
    """What a link leads to, without using it."""
    async with people.server.db.reading() as tx:
        return await people.links.read(tx, purpose, unverified, now) or DeadLink()


async def register(
    people: People, unverified: str, password: str, caller: Caller
) -> Registered | Weakness | DeadLink:
    """Spend the link, make the account, sign in."""
    link = await read_link(people, REGISTER, unverified, caller.now)
    address = parse_address(link.carried.email) if isinstance(link, Link) else None
    if address is None:
        return DeadLink()
    weakness = weakness_of(password, address)
    if weakness is not None:
        return weakness
    draft = Draft(address, await people.hasher.hash(password), locale=caller.locale)
    try:
        async with people.server.db.transaction() as tx:
            spent = await people.links.spend(tx, REGISTER, unverified, caller.now)
            if spent is None:
                return DeadLink()
            return await _made(tx, people, draft, spent.carried, caller)
    except ConflictError:
        return DeadLink()  # another link to the same address was quicker


async def _made(
    tx: Transaction, people: People, draft: Draft, carried: Carried, caller: Caller
) -> Registered:
    hooks = people.hooks.on_account_created
    holder = await begin_account(tx, people.server, draft, caller.now, hooks)
    event = AccountCreated(role=draft.role, by="self")
    ledger = people.server.ledger
    await ledger.append(tx, event, person=holder.person, now=caller.now, request_id=caller.trace_id)
    onward = onward_of(carried, caller)
    session = await admit(tx, people, holder, caller, onward.request_id)
    return Registered(session, onward)


def onward_of(carried: Carried, caller: Caller) -> Onward:
    """Where she was going when she asked for the link; nowhere, in a browser that did not ask."""
    if carried.session_id != caller.session.id:
        return Onward()
    return Onward(carried.request_id, carried.next)
