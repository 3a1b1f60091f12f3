"""What follows once a child has chosen: naming a parent, the parent's answer, taking it back."""

from dataclasses import dataclass, field

from consent.acts import Act, Person
from consent.decisions import Decisions
from consent.grants import find_grant
from consent.profile.store import Owner, load
from foundation.database import Transaction
from idp.context import Server
from idp.minors import rows
from idp.minors.events import ParentAnswered, ParentAsked, ParentEnded
from idp.minors.rows import Agreement, Answer, Told, seal_told
from idp.people import throttle
from idp.people.accounts import find_account, open_age
from idp.people.addresses import Address, digest_of, parse_address
from idp.people.ages import of_age_by_profile, still_minor, today
from idp.people.callers import Caller
from idp.people.outbox import Mail
from idp.people.outcomes import Throttled
from idp.people.room import People
from idp.people.session import Session
from keys.people import PersonSecrets


@dataclass(frozen=True, slots=True)
class Family:
    """An agreement with the child's opened keys. told: what it is about."""

    agreement: Agreement
    child: PersonSecrets = field(repr=False)
    told: Told = field(repr=False)

    def sealed(self, *, parent: str) -> bytes:
        """What it is about, with another word for the parent's address."""
        return seal_told(self.agreement.id, self.told._replace(parent=parent), self.child)


@dataclass(frozen=True, slots=True)
class Agreements:
    """The steps, over one server."""

    people: People
    decisions: Decisions

    @property
    def server(self) -> Server:
        return self.people.server

    async def of_child(self, session: Session, agreement_id: str) -> Family | None:
        """One of the child's own, or None."""
        async with self.server.db.reading() as tx:
            found = await rows.find(tx, agreement_id)
        if found is None or session.person is None or found.person_id != session.account_id:
            return None
        return Family(found, session.person, found.told(session.person))

    async def for_parent(self, session: Session, agreement_id: str) -> Family | None:
        """One that this account is asked about, or answered; None for everybody else's.

        The link in the mail opens nothing by itself: who signs in with the confirmed address does.
        """
        async with self.server.db.reading() as tx:
            found = await rows.find(tx, agreement_id)
            if found is None or found.person_id == session.account_id:
                return None
            child = await self.server.people.find(tx, found.person_id)
        family = None if child is None else Family(found, child, found.told(child))
        return family if family is not None and self._addressed(family, session) else None

    def _addressed(self, family: Family, session: Session) -> bool:
        if family.agreement.state != "asked":
            return family.agreement.parent_id == session.account_id
        asked, hers = parse_address(family.told.parent), parse_address(session.email)
        return asked is not None and hers is not None and asked.key == hers.key

    async def name_parent(self, family: Family, address: Address, caller: Caller) -> Throttled | None:
        """Ask a parent by mail. None: done, or done already."""
        found, digest = family.agreement, digest_of(self.server.secrets.lookup, address)
        async with self.server.db.transaction() as tx:
            seconds = max(
                await self.people.throttle.wait_after(tx, throttle.MAIL_ADDRESS, digest, caller.now),
                await self.people.throttle.wait_after(tx, throttle.MAIL_NETWORK, caller.network, caller.now),
            )
            if seconds:
                return Throttled(seconds)
            told = family.sealed(parent=address.text)
            if await self.is_minor(tx, family, caller.now) and await rows.name_parent(
                tx, found.id, told, caller.now
            ):
                await self._ask(tx, family, address, caller)
        return None

    async def _ask(self, tx: Transaction, family: Family, address: Address, caller: Caller) -> None:
        found = family.agreement
        link = f"{self.server.issuer}/account/children/{found.id}"
        mail = Mail("parent-asked", caller.locale, address.text, {"link": link})
        await self.people.outbox.queue(tx, mail, caller.now)
        event = ParentAsked(
            client=found.client_id,
            scopes=family.told.scopes,
            agreement=found.id,
            choice=found.choice,
        )
        await self._record(tx, event, family, caller)

    async def answer(self, family: Family, answer: Answer, session: Session, caller: Caller) -> bool:
        """The parent's answer; False when it was answered already, or it is too late."""
        found = family.agreement
        async with self.server.db.transaction() as tx:
            if not await self.is_minor(tx, family, caller.now):
                return False
            by = session.account_id or ""
            given = rows.Given(answer, by, family.sealed(parent=""), caller.now)
            if not await rows.answer(tx, found.id, given):
                return False
            event = ParentAnswered(
                client=found.client_id,
                scopes=family.told.scopes,
                agreement=found.id,
                choice=found.choice,
                answer=answer,
                parent=by,
            )
            await self._record(tx, event, family, caller)
        return True

    async def end(self, family: Family, session: Session, caller: Caller) -> bool:
        """Take back what was agreed to, the grant included; False when there is nothing to take back.

        Until the child turns 15: from then on it is the child's own to keep or end.
        """
        async with self.server.db.transaction() as tx:
            held = family.agreement.id
            if not await self.is_minor(tx, family, caller.now) or not await rows.end(tx, held):
                return False
            # Read again, now that nobody else can use it: the child may have consented a moment ago.
            found = await rows.find(tx, held) or family.agreement
            await self._end_grant(tx, found, family.child, caller)
            event = ParentEnded(
                client=found.client_id,
                grant=found.grant_id,
                agreement=found.id,
                parent=session.account_id or "",
            )
            await self._record(tx, event, family, caller)
        return True

    async def _end_grant(
        self, tx: Transaction, found: Agreement, child: PersonSecrets, caller: Caller
    ) -> None:
        grant = await find_grant(tx, found.person_id, found.grant_id) if found.grant_id else None
        if grant is not None:
            person = Person(found.person_id, grant.subject, child)
            act = Act(person, caller.now, caller.trace_id, by="parent")
            await self.decisions.revoke(tx, grant.id, act)

    async def is_late(self, family: Family, now: int) -> bool:
        """Whether nobody has to answer any more: its time is over, or the child is 15 and answers alone."""
        async with self.server.db.reading() as tx:
            return now >= family.agreement.expires_at or not await self.is_minor(tx, family, now)

    async def is_minor(self, tx: Transaction, family: Family, now: int) -> bool:
        """Whether the child is still under 15."""
        child_id, day = family.agreement.person_id, today(now)
        account = await find_account(tx, child_id)
        if account is None:
            return False
        kept = await load(tx, Owner(child_id, family.child.data_key), "birthdate")
        by_account = open_age(family.child, child_id, account.sealed_age)
        return still_minor(by_account, day) or still_minor(of_age_by_profile({"birthdate": kept.items}), day)

    async def _record(
        self,
        tx: Transaction,
        event: ParentAsked | ParentAnswered | ParentEnded,
        family: Family,
        caller: Caller,
    ) -> None:
        trace = caller.trace_id
        await self.server.ledger.append(tx, event, person=family.child, now=caller.now, request_id=trace)
