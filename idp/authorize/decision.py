"""Carrying out an answer: grant, pending request and code in one transaction, then back to the app."""

from dataclasses import dataclass

from consent.acts import Act, Notice, Person, Stale
from consent.choices import Choice
from consent.coverage import Ask, Standing
from consent.decisions import Decisions
from foundation.database import Transaction
from idp.authorize import pending
from idp.authorize.flow import Turn, gone, settle
from idp.authorize.issue import Occasion, issue_code, let_go_on
from idp.authorize.modes import Back
from idp.clients.subjects import subject_for
from idp.context import Server
from idp.faces import Face
from idp.minors.gate import METHOD, spend
from idp.minors.rows import Agreement
from idp.people.ending import hold_session
from idp.people.session import Session
from keys.holding import hold_person


@dataclass(frozen=True, slots=True)
class Decider:
    """One answer being carried out. now: microseconds; request_id: trace id.

    agreement: the parent's, on which the consent of somebody under 15 rests.
    """

    server: Server
    decisions: Decisions
    turn: Turn
    session: Session
    now: int
    request_id: str
    agreement: Agreement | None = None

    async def shown(self, ask: Ask, notice: Notice) -> None:
        """Record that she was asked, and what she was shown; once a pending request."""
        async with self.server.db.transaction() as tx:
            if await pending.show(tx, self.turn.row.id, self.now):
                await self.decisions.asked(tx, ask, notice, self._act(notice))

    async def accept(self, ask: Ask, choice: Choice, notice: Notice) -> Back | None:
        """Record the choice and give the code: what goes back to the app. None: the grant changed meanwhile.

        Raises AccordError when the request was answered already; then nothing of this answer is kept.
        """
        async with self.server.db.transaction() as tx:
            await self._hold(tx)
            decided = await self.decisions.accept(tx, ask, choice, self._act(notice))
            if isinstance(decided, Stale):
                return None
            if self.turn.request.grant_id not in {None, decided.standing.grant_id}:
                raise gone()  # its term came while she answered: what the app named is no more
            if self.agreement and not await spend(tx, self.agreement, decided.standing.grant_id, self.now):
                raise gone()  # the parent took it back in this very moment
            return await self._back_with_code(tx, decided.standing)

    async def refuse(self, ask: Ask, notice: Notice) -> Back | None:
        """Record the refusal; an older grant that suffices lets sign-in go on. None: the grant changed."""
        async with self.server.db.transaction() as tx:
            await self._hold(tx)
            refused = await self.decisions.refuse(tx, ask, self._act(notice))
            if isinstance(refused, Stale):
                return None
            if refused.kept is not None:
                return await self._back_with_code(tx, refused.kept)
            await self._spend(tx)
        return self._denied()

    async def leave(self) -> Back:
        """She goes back to the app before she answered: no decision of hers, so none is recorded."""
        async with self.server.db.transaction() as tx:
            await self._spend(tx)
        return self._denied()

    async def go_on(self, standing: Standing) -> Back:
        """A standing grant answers it already: give the code."""
        async with self.server.db.transaction() as tx:
            await self._hold(tx)
            return await self._back_with_code(tx, standing)

    async def _hold(self, tx: Transaction) -> None:
        """What is written for her here has one order with an erasure, and with a sign-out.

        The session is held before anything else that both may want: pending request, grant, line.
        """
        account_id = self.session.account_id
        if account_id is None:
            raise gone()
        await hold_person(tx, account_id)
        if not await hold_session(tx, account_id, self.session.id):
            raise gone()  # she signed out in this very moment: no app may get a code any more

    async def _back_with_code(self, tx: Transaction, standing: Standing) -> Back:
        await self._spend(tx)
        occasion = Occasion(self.turn.request, standing, self.session, self.now, self.request_id)
        if self.turn.request.polled:
            await let_go_on(self.server, tx, occasion)
            return self._back({})
        code = await issue_code(self.server, tx, occasion)
        told = self._face.told(self.turn.request, standing.choice)
        return self._back({"code": code} | told)

    def _denied(self) -> Back:
        return self._back({"error": "access_denied", "error_description": self._face.denial})

    def _back(self, parameters: dict[str, str]) -> Back:
        return Back(self.turn.request, self.turn.client, parameters)

    @property
    def _face(self) -> Face:
        return self.server.face(self.turn.request.profile)

    async def _spend(self, tx: Transaction) -> None:
        await settle(tx, self.turn, self.session, self.now)

    def _act(self, notice: Notice) -> Act:
        session = self.session
        if session.account_id is None or session.person is None:
            raise gone()
        person = Person(session.account_id, subject_for(self.turn.client, session.person), session.person)
        method = METHOD if self.agreement else "web_form"
        return Act(person, self.now, self.request_id, notice, method)
