"""Opening a session: the one way in, whatever proved who she is."""

from foundation.database import Transaction
from idp.people.accounts import Holder, come_of_age
from idp.people.ages import still_minor, today
from idp.people.callers import Caller
from idp.people.ending import end_one, renew
from idp.people.events import LoginSucceeded, ended_event
from idp.people.room import People
from idp.people.session import Session

PASSWORD = "pwd"  # noqa: S105  # an RFC 8176 value


async def admit(tx: Transaction, people: People, holder: Holder, caller: Caller, request_id: str) -> Session:
    """A session with a new id and secret; the browser's old one ends, against session fixation.

    Her own goes on in the new one as far as apps know; they are told when somebody else signs in.

    In the caller's unit: the pending request (request_id, "" for none) is bound to the new session, and the
    ledger says that she signed in, or nothing of it is kept.
    """
    if holder.account.sealed_age is not None and not still_minor(holder.of_age_on, today(caller.now)):
        await come_of_age(tx, holder.id)
    old = caller.session
    renews = await _leave(tx, people, holder, caller)
    new = await people.sessions.open(tx, holder, PASSWORD, caller.agent, caller.now, renews=renews)
    for hook in people.hooks.on_sign_in:
        await hook(tx, old.id, new.id, request_id or None)
    event = LoginSucceeded(amr=PASSWORD)
    ledger = people.server.ledger
    await ledger.append(tx, event, person=holder.person, now=caller.now, request_id=caller.trace_id)
    return new


async def _leave(tx: Transaction, people: People, holder: Holder, caller: Caller) -> str | None:
    """End the browser's session; its root where it was hers, and she only proved again who she is."""
    old, server = caller.session, people.server
    if old.account_id is None:
        return None
    if old.account_id == holder.id:
        return await renew(tx, holder.id, old.id)
    parted = await end_one(server, tx, old.account_id, old.id, caller.now)
    if parted.sessions:
        event = ended_event(parted, "this", "other_account")
        await server.ledger.append(tx, event, person=old.person, now=caller.now, request_id=caller.trace_id)
    return None
