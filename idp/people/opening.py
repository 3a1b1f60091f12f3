"""Making accounts: for people who register, and for operators (command line, demo).

new = NewAccount("amina@example.org", "…", role="person")
draft = await draft_account(hasher, new)                     # checks and hashes: outside any unit
async with db.transaction() as tx:
holder = await create_account(tx, server, draft, clock.now())
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.i18n import SOURCE
from idp.context import Server
from idp.people.accounts import Draft, Holder, Role, insert_account
from idp.people.addresses import parse_address
from idp.people.events import AccountCreated, Age
from idp.people.hashing import Hasher
from idp.people.passwords import Weakness, weakness_of
from idp.people.room import OnAccountCreated


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What an operator says of an account to make.

    verified: whether she vouches for the address; nobody signs in before it is proved. of_age_on: the day
    she turns 15, for somebody who is not. allow_weak_password: for the demo's people, whose password
    everyone knows.
    """

    email: str = field(repr=False)
    password: str = field(repr=False)
    role: Role = "person"
    locale: str = SOURCE
    verified: bool = True
    of_age_on: date | None = None
    allow_weak_password: bool = False


async def draft_account(hasher: Hasher, new: NewAccount) -> Draft:
    """Check and hash, before the unit that will make the account.

    Raises AccordError bad_email or weak_password.
    """
    address = parse_address(new.email)
    if address is None:
        raise AccordError("bad_email", "This is not an e-mail address that a mail could reach.")
    weakness = weakness_of(new.password, address)
    if weakness is not None and (weakness is Weakness.TOO_LONG or not new.allow_weak_password):
        why = weakness.name.lower().replace("_", " ")
        raise AccordError("weak_password", f"The password is refused: {why}.")
    return Draft(address, await hasher.hash(new.password), new.role, new.locale, new.verified, new.of_age_on)


async def begin_account(
    tx: Transaction, server: Server, draft: Draft, now: int, hooks: Iterable[OnAccountCreated] = ()
) -> Holder:
    """Make the account, its person's keys and what other rooms start with them, in the caller's unit.

    Raises ConflictError when the address has an account; the unit is then over.
    """
    holder = await insert_account(tx, server.people, server.secrets.lookup, draft, now)
    for hook in hooks:
        await hook(tx, holder.id, draft.role, holder.person, now)
    return holder


async def create_account(
    tx: Transaction, server: Server, draft: Draft, now: int, hooks: Iterable[OnAccountCreated] = ()
) -> Holder:
    """The same on behalf of an operator, told to the ledger. `holder.id` is the person's id everywhere.

    Raises ConflictError when the address has an account; the unit is then over.
    """
    holder = await begin_account(tx, server, draft, now, hooks)
    age: Age = "unasked" if draft.of_age_on is None else "under_15"
    event = AccountCreated(role=draft.role, by="operator", age=age)
    await server.ledger.append(tx, event, person=holder.person, now=now, request_id=None)
    return holder
