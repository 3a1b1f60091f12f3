"""Opening a session: the one way in, whatever proved who she is."""

from foundation.database import Transaction
from idp.people.accounts import Holder, come_of_age
from idp.people.ages import still_minor, today
from idp.people.callers import Caller
from idp.people.events import LoginSucceeded
from idp.people.room import People
from idp.people.session import Session

PASSWORD = "pwd"  # noqa: S105  # an RFC 8176 value


async def admit(tx: Transaction, people: People, holder: Holder, caller: Caller, request_id: str) -> Session:
    """A session with a new id and secret; the browser's old one ends, against session fixation.

    In the caller's unit: the pending request (request_id, "" for none) is bound to the new session, and the
    ledger says that she signed in, or nothing of it is kept.
    """
    if holder.account.sealed_age is not None and not still_minor(holder.of_age_on, today(caller.now)):
        await come_of_age(tx, holder.id)
    old = caller.session
    if old.account_id is not None:
        await people.sessions.end(tx, old.account_id, old.id)
    new = await people.sessions.open(tx, holder, PASSWORD, caller.agent, caller.now)
    for hook in people.hooks.on_sign_in:
        await hook(tx, old.id, new.id, request_id or None)
    event = LoginSucceeded(amr=PASSWORD)
    ledger = people.server.ledger
    await ledger.append(tx, event, person=holder.person, now=caller.now, request_id=caller.trace_id)
    return new
