"""Locking an account: she signs in no more, and whatever is open ends, here and at the apps that listen."""

from foundation.database import Transaction
from idp.context import Server
from idp.logout.telling import Parted
from idp.people.accounts import find_account, lock_account, open_holder
from idp.people.ending import end_all
from idp.people.events import AccountLocked


async def lock(server: Server, tx: Transaction, account_id: str, now: int) -> Parted | None:
    """Lock an account, in the caller's unit. None: it was locked before, or is not there."""
    if not await lock_account(tx, account_id, now):
        return None
    parted = await end_all(server, tx, account_id, now)
    holder = await open_holder(tx, server.people, await find_account(tx, account_id))
    event = AccountLocked(sessions_ended=parted.sessions, told=parted.told)
    person = None if holder is None else holder.person
    await server.ledger.append(tx, event, person=person, now=now, request_id=None)
    return parted
