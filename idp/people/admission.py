"""Opening a session: the one way in, whatever proved who she is."""

from dataclasses import replace

from foundation.database import Transaction
from idp.people import throttle
from idp.people.accounts import Holder, come_of_age
from idp.people.ages import still_minor, today
from idp.people.callers import Caller
from idp.people.ending import end_one, renew
from idp.people.events import LoginSucceeded, ended_event
from idp.people.room import People
from idp.people.session import Session

PASSWORD = "pwd"  # noqa: S105  # an RFC 8176 value


async def admit(  # noqa: PLR0913  # the unit, the room, who, from where, what for, whether to write to her
    tx: Transaction,
    people: People,
    holder: Holder,
    caller: Caller,
    request_id: str,
    *,
    just_made: bool = False,
) -> Session:
    """A session with a new id and secret; the browser's old one ends, against session fixation.

    Her own goes on in the new one as far as apps know; they are told when somebody else signs in. She is
    written to where the browser cannot show that she signed in there before; just_made: the account is so new
    that nobody else can have come.

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
    mark = people.devices.mark(holder.id, holder.account.password_hash)
    if not just_made and not people.devices.knows(caller, mark):
        await _tell_of_stranger(tx, people, holder, caller)
    return replace(new, mark=mark)


async def _tell_of_stranger(tx: Transaction, people: People, holder: Holder, caller: Caller) -> None:
    """Write to her that a browser came in that is not known; not without end, to whoever has her password."""
    if await people.throttle.wait_after(tx, throttle.MAIL_DEVICE, holder.id.encode(), caller.now):
        return
    template = "new-device" if caller.agent else "new-device-unnamed"
    data = {"link": f"{people.server.issuer}/password/forgot", "at": caller.now, "agent": caller.agent}
    await people.outbox.write_to(holder, tx, template, data, caller.now)


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
