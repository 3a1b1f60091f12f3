"""A person erases herself: her password once more, then it is done."""

from dataclasses import dataclass

from idp.people.accounts import find_account
from idp.people.addresses import digest_of_text
from idp.people.callers import Caller
from idp.people.outcomes import Throttled, Wrong
from idp.people.room import People
from idp.people.security import her_of
from idp.people.sign_in import count_attempt, give_back, record_failure, verify
from idp.rights.erasure import Erased, Eraser, Order
from idp.rights.replaying import see_through
from keys.holding import PersonErasedError


@dataclass(frozen=True, slots=True)
class Asking:
    """The flow, with what it works with."""

    people: People
    eraser: Eraser

    async def erase(self, password: str, caller: Caller) -> Erased | Wrong | Throttled:
        """Erase whoever is signed in and knows the account's password.

        Guesses count as sign-in attempts: a browser left open must not be a way to the password.
        Raises PersonErasedError when it was done already, from another browser.
        """
        people, her = self.people, her_of(caller.session)
        digest = digest_of_text(people.server.secrets.lookup, caller.session.email)
        async with people.server.db.transaction() as tx:
            seconds = await count_attempt(tx, people, digest, caller)
            account = await find_account(tx, her.account_id)
        if seconds:
            return Throttled(seconds)
        if account is None or await verify(people, account, password) is None:
            await record_failure(people, account, caller)
            return Wrong()
        async with people.server.db.transaction() as tx:
            await give_back(tx, people, digest, caller)
            order = Order(her.account_id, "self", caller.now, caller.trace_id)
            erased = await self.eraser.erase(tx, order)
        if erased is None:
            raise PersonErasedError
        await see_through(people.server, her.account_id, erased, caller.now)
        return erased
