"""What someone signed in does about her own security: a new password, her sessions."""

from typing import Literal, NamedTuple

from foundation.database import Transaction
from idp.people.accounts import Holder, find_account, replace_password
from idp.people.addresses import digest_of_text
from idp.people.callers import Caller
from idp.people.events import PasswordChanged, SessionEnded
from idp.people.outcomes import Throttled, Wrong
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
) -> int | Wrong | Throttled | Weakness:
    """Store a new password for whoever knows the current one; how many other sessions ended.

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
) -> int | Wrong:
    if not await replace_password(tx, known.id, known.account.password_hash, new_hash):
        return Wrong()  # changed from elsewhere meanwhile
    await people.links.forget(tx, known.id)
    ended = await people.sessions.end_others(tx, known.id, caller.session.id)
    event = PasswordChanged(sessions_ended=ended)
    ledger = people.server.ledger
    await ledger.append(tx, event, person=known.person, now=caller.now, request_id=caller.trace_id)
    await tell_of_change(tx, people, known, caller.now)
    return ended


async def open_browsers(people: People, session: Session, now: int) -> list[OpenBrowser]:
    """Where she is signed in, the most recent first."""
    her = her_of(session)
    async with people.server.db.reading() as tx:
        return await people.sessions.browsers(tx, her.account_id, her.person, now)


async def end_session(people: People, ended_id: str, caller: Caller) -> bool:
    """End one of her sessions, this one (sign-out) or another; False when it is none of hers, or over."""
    her = her_of(caller.session)
    async with people.server.db.transaction() as tx:
        ended = await people.sessions.end(tx, her.account_id, ended_id)
        if ended:
            reach: Literal["this", "other"] = "this" if ended_id == caller.session.id else "other"
            await _tell(tx, people, SessionEnded(reach=reach, sessions_ended=ended), caller)
    return ended > 0


async def end_all_sessions(people: People, caller: Caller) -> int:
    """End all her sessions, this one too; how many there were."""
    async with people.server.db.transaction() as tx:
        ended = await people.sessions.end_others(tx, her_of(caller.session).account_id)
        await _tell(tx, people, SessionEnded(reach="all", sessions_ended=ended), caller)
    return ended


async def _tell(tx: Transaction, people: People, event: SessionEnded, caller: Caller) -> None:
    person = caller.session.person
    await people.server.ledger.append(tx, event, person=person, now=caller.now, request_id=caller.trace_id)
