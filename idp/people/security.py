"""What someone signed in does about her own security: a new password, her sessions."""

from typing import NamedTuple

from foundation.database import Transaction
from idp.logout.telling import Parted
from idp.people.accounts import Holder, find_account, replace_password
from idp.people.addresses import digest_of_text
from idp.people.callers import Caller
from idp.people.ending import end_all, end_one
from idp.people.events import PasswordChanged, Reach, SessionEnded, ended_event
from idp.people.outcomes import Changed, Throttled, Wrong
from idp.people.passwords import Weakness
from idp.people.recovery import tell_of_change, weakness_for
from idp.people.room import People
from idp.people.session import OpenBrowser, Session
from idp.people.sign_in import count_attempt, give_back, record_failure, verify
from keys.people import PersonSecrets


class Her(NamedTuple):
    """Someone signed in, taken out of her session."""

    account_id: str
    person: PersonSecrets


def her_of(session: Session) -> Her:
    """Raises TypeError for an anonymous session: the route's guard let pass what it must not."""
    if session.account_id is None or session.person is None:
        raise TypeError("nobody is signed in")
    return Her(session.account_id, session.person)


async def change_password(
    people: People, current: str, new: str, caller: Caller
) -> Changed | Wrong | Throttled | Weakness:
    """Store a new password for whoever knows the current one.

    Guesses of the current one count as sign-in attempts: a stolen session must not be a way to the password.
    """
    her, email = her_of(caller.session), caller.session.email
    digest = digest_of_text(people.server.secrets.lookup, email)
    async with people.server.db.transaction() as tx:
        seconds = await count_attempt(tx, people, digest, caller)
        account = await find_account(tx, her.account_id)
    if seconds:
        return Throttled(seconds)
    verified = await verify(people, account, current)
    if verified is None:
        await record_failure(people, account, caller)
        return Wrong()
    weakness = weakness_for(email, new)
    new_hash = "" if weakness else await people.hasher.hash(new)
    async with people.server.db.transaction() as tx:
        await give_back(tx, people, digest, caller)
        if weakness is not None:
            return weakness
        known = Holder(verified.account, her.person)
        return await _store(tx, people, known, new_hash, caller)


async def _store(
    tx: Transaction, people: People, known: Holder, new_hash: str, caller: Caller
) -> Changed | Wrong:
    if not await replace_password(tx, known.id, known.account.password_hash, new_hash):
        return Wrong()  # changed from elsewhere meanwhile
    await people.links.forget(tx, known.id)
    parted = await end_all(people.server, tx, known.id, caller.now, but=caller.session.id)
    event = PasswordChanged(sessions_ended=parted.sessions, told=parted.told)
    ledger = people.server.ledger
    await ledger.append(tx, event, person=known.person, now=caller.now, request_id=caller.trace_id)
    await tell_of_change(tx, people, known, caller.now)
    return Changed(parted.sessions, people.devices.mark(known.id, new_hash))


async def open_browsers(people: People, session: Session, now: int) -> list[OpenBrowser]:
    """Where she is signed in, the most recent first."""
    her = her_of(session)
    async with people.server.db.reading() as tx:
        return await people.sessions.browsers(tx, her.account_id, her.person, now)


async def end_session(people: People, ended_id: str, caller: Caller, *, app: str | None = None) -> Parted:
    """End one of her sessions, this one (sign-out) or another; nothing where it is none of hers, or over.

    app: the client_id of the app that asked for it, None for herself.
    """
    her, server = her_of(caller.session), people.server
    async with server.db.transaction() as tx:
        parted = await end_one(server, tx, her.account_id, ended_id, caller.now)
        if parted.sessions:
            reach: Reach = "this" if ended_id == caller.session.id else "other"
            await _tell(tx, people, ended_event(parted, reach, "app" if app else "person", app), caller)
    return parted


async def end_all_sessions(people: People, caller: Caller) -> Parted:
    """End all her sessions, this one too. frames: of this browser's alone; the others are elsewhere."""
    her, server = her_of(caller.session), people.server
    async with server.db.transaction() as tx:
        here = await end_one(server, tx, her.account_id, caller.session.id, caller.now)
        others = await end_all(server, tx, her.account_id, caller.now)
        parted = Parted(here.sessions + others.sessions, here.told + others.told, here.frames)
        await _tell(tx, people, ended_event(parted, "all", "person"), caller)
    return parted


async def _tell(tx: Transaction, people: People, event: SessionEnded, caller: Caller) -> None:
    person = caller.session.person
    await people.server.ledger.append(tx, event, person=person, now=caller.now, request_id=caller.trace_id)
