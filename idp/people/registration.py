"""Opening an account, address first: the mail comes before the password.

Nothing exists before the holder has opened the link and chosen a password, so nobody can prepare an account
for somebody else and wait for her to come (account pre-hijacking).
"""

from datetime import date
from typing import NamedTuple

from foundation.database import ConflictError, Transaction
from idp.people.accounts import AccountRow, Draft, open_holder
from idp.people.addresses import Address, parse_address
from idp.people.admission import admit
from idp.people.by_mail import Onward, answer_by_mail, onward_of, read_link
from idp.people.callers import Caller
from idp.people.events import AccountCreated
from idp.people.links import REGISTER, Carried
from idp.people.opening import begin_account
from idp.people.outbox import Mail
from idp.people.outcomes import DeadLink, Throttled
from idp.people.passwords import Weakness, weakness_of
from idp.people.room import People
from idp.people.session import Session


class Registered(NamedTuple):
    """A new account, signed in; where to go now."""

    session: Session
    onward: Onward


async def ask_to_register(
    people: People, address: Address, onward: Onward, caller: Caller
) -> Throttled | None:
    """Send a link to `address`, or tell its holder that she has an account. None: the mail is on its way."""

    async def write(tx: Transaction, account: AccountRow | None) -> None:
        if account is None:
            await _invite(tx, people, address, onward, caller)
        else:
            await _remind(tx, people, account, caller)

    return await answer_by_mail(people, address, caller, write)


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


async def invited(people: People, unverified: str, now: int) -> Address | None:
    """The address that a living link was sent to."""
    link = await read_link(people, REGISTER, unverified, now)
    return None if link is None else parse_address(link.carried.email)


async def register(
    people: People, unverified: str, password: str, caller: Caller, of_age_on: date | None = None
) -> Registered | Weakness | DeadLink:
    """Spend the link, make the account, sign in. of_age_on: the day she turns 15, None for who is."""
    address = await invited(people, unverified, caller.now)
    if address is None:
        return DeadLink()
    weakness = weakness_of(password, address)
    if weakness is not None:
        return weakness
    draft = Draft(address, await people.hasher.hash(password), locale=caller.locale, of_age_on=of_age_on)
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
    event = AccountCreated(
        role=draft.role, by="self", age="of_age" if draft.of_age_on is None else "under_15"
    )
    ledger = people.server.ledger
    await ledger.append(tx, event, person=holder.person, now=caller.now, request_id=caller.trace_id)
    onward = onward_of(carried, caller)
    session = await admit(tx, people, holder, caller, onward.request_id, just_made=True)
    return Registered(session, onward)
