"""Erasing a person, in one unit: all of it or nothing, once, whatever else happens at the same moment.

    take her keys                  whoever writes for her holds them: it waits, or we do
    end her sessions               the apps that signed her in are told
    end her living grants          one by one: each has its event, its receipt, its partner to tell
    put evidence away              under keys of its own, to a vault that this process cannot open
    tell the ledger                the last leaf with her pseudonym
    write the farewell             under the server's key, for she has none any more
    delete, and destroy her keys   tokens die with their lines, proofs stand: leaves never change

Read after the unit, on any node: no account, no session, no token, no grant, no item, nothing that opens.
On SQLite her keys stand in a file of their own, and a power cut may keep one file's COMMIT and lose the
other's: they go in a unit that follows (`finish`), so that whatever a crash leaves is either all of her or
keys to nothing, which the next start destroys. What was written for her between the two goes with them.
"""

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from sqlalchemy import insert

from consent.acts import Act, Person
from consent.decisions import Decisions
from consent.rights.events import PersonErased
from consent.rights.evidence import GrantFacts, Kept, Subject, Term, grants_of, put_away
from consent.rights.tables import Erasure
from foundation.database import Transaction
from foundation.sqlite_forget import OVERWRITE_DELETED
from foundation.statements import Write
from idp.context import Server
from idp.people.accounts import AccountRow, find_account, forget_address, open_email
from idp.people.ending import end_all
from idp.people.outbox import Mail, Outbox
from idp.rights.holdings import BLANK_GRANTS, END_GRANTS, ERASE, FORGET_COUNTS, STRAGGLERS
from idp.signals.erasure import tell_account_erased
from keys.evidence import open_vault
from keys.holding import take_person
from keys.master import load_master_key
from keys.people import PersonSecrets

_REMEMBER = Write(insert(Erasure))


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to erase, who says so, when (microseconds), in which request."""

    person_id: str
    by: Literal["self", "operator", "restore"]
    now: int
    request_id: str | None = None


class Erased(NamedTuple):
    """event_id: in the ledger, for who wants to prove it. ended: grants that lived until then."""

    event_id: str
    ended: int
    kept: Kept


@dataclass(frozen=True, slots=True)
class Eraser:
    """Carries erasures out. decisions: end her grants; whoever they tell is told."""

    server: Server
    decisions: Decisions

    async def erase(self, tx: Transaction, order: Order) -> Erased | None:
        """Erase her, in the caller's unit. None: she is erased, or was never here."""
        if self.server.db.dialect == "sqlite":
            await tx.first(OVERWRITE_DELETED)
        wrapped = await take_person(tx, order.person_id)
        account = await find_account(tx, order.person_id)
        if account is None:
            return None
        if wrapped is None:
            return await self._erase_rest(tx, order)
        secrets = self.server.people.open(order.person_id, wrapped)
        email = open_email(secrets, account.id, account.sealed_email)
        # Before her grants: whoever gives a code holds the session first, then the grant.
        await end_all(self.server, tx, order.person_id, order.now)
        await tx.run(FORGET_COUNTS, person_id=order.person_id)
        ended = await self._end_grants(tx, order, secrets)
        await tell_account_erased(self.server, tx, order.person_id, secrets, order.now)
        kept = await self._keep(tx, order, Subject(order.person_id, email, secrets))
        erased = await self._tell(
            tx,
            order,
            secrets,
            PersonErased(by=order.by, grants=ended, evidence=kept.pieces, evidence_until=kept.until),
            kept,
        )
        if order.by != "restore":  # she was told when it was done first
            await self._say_farewell(tx, order, account, email, erased)
        await self._delete(tx, order, erased)
        return erased

    async def _erase_rest(self, tx: Transaction, order: Order) -> Erased:
        """What an older database still has of somebody whose keys are gone: rows that open for nobody."""
        await tx.run(FORGET_COUNTS, person_id=order.person_id)
        ended = await tx.run(END_GRANTS, erased_person=order.person_id, now=order.now)
        event = PersonErased(by=order.by, grants=ended, evidence=0, evidence_until=None)
        erased = await self._tell(tx, order, None, event, Kept(0, None))
        await self._delete(tx, order, erased)
        return erased

    async def _end_grants(self, tx: Transaction, order: Order, secrets: PersonSecrets) -> int:
        open_ones = [grant for grant in await grants_of(tx, order.person_id) if grant.revoked_at is None]
        return sum([await self._end(tx, order, secrets, grant) for grant in open_ones])

    async def _end(self, tx: Transaction, order: Order, secrets: PersonSecrets, grant: GrantFacts) -> bool:
        """End one grant; whether it lived. One past its term only has that recorded."""
        person = Person(order.person_id, grant.subject, secrets)
        by: dict[str, Any] = {"by": "person" if order.by == "self" else "administrator"}
        act = Act(person, order.now, order.request_id, **by)
        if grant.expires_at <= order.now:
            await self.decisions.lapse(tx, grant.id, act)
            return False
        return await self.decisions.revoke(tx, grant.id, act) is not None

    async def _keep(self, tx: Transaction, order: Order, subject: Subject) -> Kept:
        settings = self.server.settings
        vault = await open_vault(tx, load_master_key(settings, database_is_empty=False), order.now)
        return await put_away(tx, vault, subject, Term(settings.evidence_years, order.now))

    async def _tell(
        self, tx: Transaction, order: Order, secrets: PersonSecrets | None, event: PersonErased, kept: Kept
    ) -> Erased:
        ledger, trace = self.server.ledger, order.request_id
        recorded = await ledger.append(tx, event, person=secrets, now=order.now, request_id=trace)
        return Erased(recorded.event_id, event.grants, kept)

    async def _say_farewell(
        self, tx: Transaction, order: Order, account: AccountRow, email: str, erased: Erased
    ) -> None:
        link = f"{self.server.issuer}/erased/{erased.event_id}"
        template = "erased" if erased.kept.until is None else "erased-evidence"
        mail = Mail(template, account.locale, email, {"link": link, "at": erased.kept.until or order.now})
        await Outbox(self.server.people, self.server.secrets.people).queue(tx, mail, order.now)

    async def _delete(self, tx: Transaction, order: Order, erased: Erased) -> None:
        for statement in ERASE:
            await tx.run(statement, person_id=order.person_id)
        await tx.run(BLANK_GRANTS, erased_person=order.person_id, now=order.now)
        if self.server.db.dialect != "sqlite":
            await _destroy_keys(self.server, tx, order.person_id)
        await tx.run(
            _REMEMBER, id=erased.event_id, person_id=order.person_id, erased_at=order.now, settled_at=None
        )


async def finish(server: Server, tx: Transaction, person_id: str) -> bool:
    """The end of an erasure: what came after it, her keys, what leads to her. False: none were left."""
    for statement in STRAGGLERS:
        await tx.run(statement, person_id=person_id)
    return await _destroy_keys(server, tx, person_id)


async def _destroy_keys(server: Server, tx: Transaction, person_id: str) -> bool:
    led_to = await forget_address(tx, person_id)
    return await server.people.destroy(tx, person_id) or led_to
