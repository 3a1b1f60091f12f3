"""Which mails a person gets, and in which language: read and changed, with its ledger event."""

from typing import NamedTuple

from sqlalchemy import bindparam, update
from sqlmodel import col

from consent.mirror.reminders import mute, unmute, wants_reminders
from foundation.database import Transaction
from foundation.statements import Write
from idp.context import Server
from idp.letters.events import MailsChosen
from idp.people.accounts import find_account
from idp.people.callers import Caller
from idp.people.security import her_of
from idp.people.tables import Account
from keys.holding import hold_person

_SPEAK = Write(
    update(Account)
    .where(col(Account.id) == bindparam("account_id"), col(Account.locale) != bindparam("new_locale"))
    .values(locale=bindparam("new_locale"))
)


class Mails(NamedTuple):
    """reminders: whether she is reminded. locale: the language of her mails."""

    reminders: bool
    locale: str


async def chosen_mails(tx: Transaction, person_id: str) -> Mails:
    """What she chose, or what everybody gets who never did."""
    account = await find_account(tx, person_id)
    return Mails(await wants_reminders(tx, person_id), "" if account is None else account.locale)


async def choose_mails(server: Server, wish: Mails, caller: Caller) -> bool:
    """Record what she wants; False when that was so already."""
    her = her_of(caller.session)
    async with server.db.transaction() as tx:
        await hold_person(tx, her.account_id)  # an erasure has the last word
        if wish.reminders:
            changed = await unmute(tx, her.account_id)
        else:
            changed = await mute(tx, her.account_id, caller.now)
        spoken = await tx.run(_SPEAK, account_id=her.account_id, new_locale=wish.locale) > 0
        if changed or spoken:
            event = MailsChosen(reminders=wish.reminders, locale=wish.locale)
            await server.ledger.append(
                tx, event, person=her.person, now=caller.now, request_id=caller.trace_id
            )
    return changed or spoken
