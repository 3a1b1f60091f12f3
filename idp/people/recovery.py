"""A forgotten password: a link to the address the account holds, whatever address was typed.

Choosing the new password ends every session and voids every other link.
"""

from typing import NamedTuple

from foundation.database import Transaction
from idp.people.accounts import (
    AccountRow,
    Holder,
    find_account,
    open_holder,
    prove_email,
    replace_password,
)
from idp.people.addresses import Address, parse_address
from idp.people.by_mail import Onward, answer_by_mail, onward_of, read_link
from idp.people.callers import Caller
from idp.people.ending import end_all
from idp.people.events import PasswordReset
from idp.people.links import RESET, Carried
from idp.people.outcomes import DeadLink, Throttled
from idp.people.passwords import Weakness, weakness_of
from idp.people.room import People


async def ask_to_reset(people: People, address: Address, onward: Onward, caller: Caller) -> Throttled | None:
    """Send a link to the holder of `address`, if there is one. None: what could be done was done."""

    async def write(tx: Transaction, account: AccountRow | None) -> None:
        if account is not None and account.locked_at is None:
            await _send_link(tx, people, account, onward, caller)

    return await answer_by_mail(people, address, caller, write)


async def _send_link(
    tx: Transaction, people: People, account: AccountRow, onward: Onward, caller: Caller
) -> None:
    holder = await open_holder(tx, people.server.people, account)
    if holder is not None:
        carried = Carried("", *onward, caller.session.id)
        token = await people.links.make(tx, RESET, carried, caller.now, holder.id)
        link = f"{people.server.issuer}/password/reset?token={token}"
        await people.outbox.write_to(holder, tx, "reset", {"link": link}, caller.now)


class Recovered(NamedTuple):
    """A new password; where to go once signed in with it. mark: by what this browser is now known."""

    onward: Onward
    mark: str


async def reset(
    people: People, unverified: str, password: str, caller: Caller
) -> Recovered | Weakness | DeadLink:
    """Spend the link and store the new password."""
    holder = await holder_of_link(people, unverified, caller.now)
    if holder is None:
        return DeadLink()
    weakness = weakness_for(holder.email, password)
    if weakness is not None:
        return weakness
    new_hash = await people.hasher.hash(password)
    async with people.server.db.transaction() as tx:
        spent = await people.links.spend(tx, RESET, unverified, caller.now)
        if spent is None or not await _store(tx, people, holder, new_hash, caller):
            return DeadLink()
    return Recovered(onward_of(spent.carried, caller), people.devices.mark(holder.id, new_hash))


def weakness_for(email: str, password: str) -> Weakness | None:
    """Why the holder of a stored address may not choose `password`."""
    address = parse_address(email)
    return weakness_of(password, address) if address else None


async def holder_of_link(people: People, unverified: str, now: int) -> Holder | None:
    """Whose password a living link replaces."""
    link = await read_link(people, RESET, unverified, now)
    if link is None or link.account_id is None:
        return None
    async with people.server.db.reading() as tx:
        return await open_holder(tx, people.server.people, await find_account(tx, link.account_id))


async def _store(tx: Transaction, people: People, holder: Holder, new_hash: str, caller: Caller) -> bool:
    if not await replace_password(tx, holder.id, holder.account.password_hash, new_hash):
        return False
    await prove_email(tx, holder.id, caller.now)
    await people.links.forget(tx, holder.id)
    parted = await end_all(people.server, tx, holder.id, caller.now)
    event = PasswordReset(sessions_ended=parted.sessions, told=parted.told)
    ledger = people.server.ledger
    await ledger.append(tx, event, person=holder.person, now=caller.now, request_id=caller.trace_id)
    await tell_of_change(tx, people, holder, caller.now)
    return True


async def tell_of_change(tx: Transaction, people: People, holder: Holder, now: int) -> None:
    """Write to her that her password changed: if it was not she, she must know."""
    data = {"link": f"{people.server.issuer}/password/forgot", "at": now}
    await people.outbox.write_to(holder, tx, "password-changed", data, now)
