"""What changes a grant: accepting, refusing, withdrawing; each with its record, receipt and ledger event.

Every method is a step of the caller's unit of work. An expected conflict is a value, and then nothing was
written; what raises must end the unit.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from consent.acts import Act, Decided, ItemChange, Kind, Notice, Refused, Stale, Transition
from consent.choices import Choice
from consent.coverage import Ask, PauseReason, Standing
from consent.grants import (
    ADD_REVISION,
    CHANGE_GRANT,
    END_GRANT,
    LAPSE_GRANT,
    LOCK_HERS,
    LOCK_OPEN,
    OPEN_GRANT,
    REMEMBER_ANSWERS,
    RENEW_GRANT,
    dump,
    terms_json,
)
from consent.ledger.append import Ledger, Recorded
from consent.ledger.events import Event
from consent.narrowing.rule import Narrowing, forgotten, narrowed
from consent.records.keeping import Records
from consent.records.parties import Holder
from consent.records.receipts import Sign
from consent.transitions import (
    after_answer,
    answered_by,
    first_standing,
    kind_of,
    paused,
    reopened,
    resumed,
    with_choice,
    with_items,
)
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import new_id

Observer = Callable[[Transaction, Transition, Act, Recorded], Awaitable[None]]
"""Is told of every change of a grant, in its unit: what it writes commits with the change, or not at all."""


@dataclass(frozen=True, slots=True)
class Decisions:
    """The steps that change grants.

    sign: signs receipts, with their own key. issuer: this server's URL. observer: told of each change.
    holder: who runs this server; None where nobody said.
    """

    ledger: Ledger
    sign: Sign
    issuer: str
    observer: Observer | None = None
    holder: Holder | None = None

    async def asked(self, tx: Transaction, ask: Ask, notice: Notice, act: Act) -> Recorded:
        """Record that the person was shown `ask`, as `notice`."""
        return (await self._records.asked(tx, ask, notice, act)).recorded

    async def accept(self, tx: Transaction, ask: Ask, choice: Choice, act: Act) -> Decided | Stale:
        """Record that the person answered `ask` with `choice`: a new grant, or a revision of hers.

        Stale when the grant changed since `ask` was made; of two first acceptances at once, one is.
        """
        client_id = ask.request.asker.client_id
        found = await tx.first(LOCK_OPEN, person_id=act.person.id, client_id=client_id)
        if (None if found is None else (found.id, found.revision)) != ask.basis:
            return Stale()
        if found is None:
            return await self._open(tx, ask, choice, act)
        if not found.lives(act.now):
            await self.lapse(tx, found.id, act)
            return await self._open(tx, ask, choice, act)
        if ask.why == "fresh":
            await self.revoke(tx, found.id, act)
            return await self._open(tx, ask, choice, act)
        standing = found.standing()
        after = after_answer(standing, ask, choice, act.now)
        return await self._change(tx, standing, after, act, renewed=ask.whole)

    async def refuse(self, tx: Transaction, ask: Ask, act: Act) -> Refused | Stale:
        """Record a refusal. A first one leaves no memory; that of a change is remembered, not asked again.

        Refusing to let a paused grant go on leaves it paused, and is not remembered: the app may not go on.
        """
        standing = ask.standing if ask.why == "changed" else None
        if standing is not None and not await tx.run(
            REMEMBER_ANSWERS,
            grant_id=standing.grant_id,
            basis=standing.revision,
            answered_json=dump(answered_by(ask)),
        ):
            return Stale()
        recorded = (await self._records.refused(tx, ask, act)).recorded
        return Refused(standing if standing is not None and standing.meets(ask.request) else None, recorded)

    async def revoke(self, tx: Transaction, grant_id: str, act: Act) -> Decided | None:
        """End one of the person's grants, whatever its revision. None: another's, or ended already."""
        return await self._end(tx, "revoked", grant_id, act)

    async def lapse(self, tx: Transaction, grant_id: str, act: Act) -> Decided | None:
        """Record that a grant came to its term. None: it lives, it ended already, or it is another's."""
        return await self._end(tx, "expired", grant_id, act)

    async def pause(self, tx: Transaction, grant_id: str, reason: PauseReason, act: Act) -> Decided | None:
        """Let a grant open nothing until she says so. None: paused already, ended, or another's."""
        standing = await self._lock(tx, grant_id, act)
        if standing is None or standing.paused_at is not None:
            return None
        return await self._change(tx, standing, paused(standing, reason, act.now), act)

    async def resume(self, tx: Transaction, grant_id: str, act: Act) -> Decided | None:
        """Let a paused grant open again what it did. None: not paused, ended, or another's."""
        standing = await self._lock(tx, grant_id, act)
        if standing is None or standing.paused_at is None:
            return None
        return await self._change(tx, standing, resumed(standing), act)

    async def revoke_scope(self, tx: Transaction, grant_id: str, scope: str, act: Act) -> Decided | None:
        """Take one scope out of a grant; one that the app cannot do without takes the whole grant along.

        None when there was nothing to take: not shared, another's grant, or an ended one.
        """
        standing = await self._lock(tx, grant_id, act)
        if standing is None or scope not in standing.choice.scopes:
            return None
        choice = standing.choice.without(scope)
        if scope in standing.required or not choice.scopes:
            return await self._end(tx, "revoked", grant_id, act)
        return await self._change(tx, standing, with_choice(standing, choice), act)

    async def narrow(self, tx: Transaction, grant_id: str, narrowing: Narrowing, act: Act) -> Decided | None:
        """Take back part of what is shared, or end it earlier.

        To take all of it, or what the app cannot do without, ends the grant. None when it takes nothing away,
        or as for `revoke_scope`.
        """
        standing = await self._lock(tx, grant_id, act)
        after = None if standing is None else narrowed(standing, narrowing, act.now)
        if standing is None or after is None:
            return None
        shared = after.choice.scopes.keys()
        if not shared or not (standing.required & standing.choice.scopes.keys()) <= shared:
            return await self._end(tx, "revoked", grant_id, act)
        return await self._change(tx, standing, after, act)

    async def ask_again(self, tx: Transaction, grant_id: str, act: Act) -> Recorded | None:
        """Forget what she declined, so that the app may ask it once more. None: there is nothing."""
        standing = await self._lock(tx, grant_id, act)
        answers = {} if standing is None else forgotten(standing)
        if standing is None or answers == standing.answered:
            return None
        values = {"grant_id": grant_id, "basis": standing.revision, "answered_json": dump(answers)}
        await tx.run(REMEMBER_ANSWERS, **values)
        return await self._record(tx, reopened(standing, answers), act)

    async def change_items(
        self, tx: Transaction, grant_id: str, change: ItemChange, act: Act
    ) -> Decided | None:
        """Share items that came after the grant, or hold some back. None as for `revoke_scope`."""
        if change.share and not act.person.alone:
            raise AccordError("needs_parent", "Under 15, sharing more takes a parent.", status=403)
        standing = await self._lock(tx, grant_id, act)
        choice = None if standing is None else with_items(standing.choice, change)
        if standing is None or choice is None:
            return None
        return await self._change(tx, standing, with_choice(standing, choice), act)

    async def _lock(self, tx: Transaction, grant_id: str, act: Act) -> Standing | None:
        """A living grant of the person, locked: nothing comes between this and the write that follows."""
        row = await tx.first(LOCK_HERS, grant_id=grant_id, person_id=act.person.id)
        return row.standing() if row is not None and row.lives(act.now) else None

    async def _open(self, tx: Transaction, ask: Ask, choice: Choice, act: Act) -> Decided | Stale:
        standing = first_standing(new_id(act.now), ask, choice, act)
        opened = await tx.run(
            OPEN_GRANT,
            **_columns(standing),
            id=standing.grant_id,
            person_id=act.person.id,
            client_id=standing.client_id,
            subject=standing.subject,
            granted_at=standing.granted_at,
            redeemed_at=None,
            revoked_at=None,
            end_reason=None,
        )
        if not opened:
            return Stale()  # another acceptance came first
        return await self._tell(tx, Transition("given", None, standing), act)

    async def _change(
        self, tx: Transaction, before: Standing, after: Standing, act: Act, *, renewed: bool = False
    ) -> Decided:
        """Write the next revision of a locked grant; a row that moved all the same ends the unit.

        renewed: she answered the whole question again, so a "once" may be used again.
        """
        statement = RENEW_GRANT if renewed else CHANGE_GRANT
        await tx.one(statement, **_columns(after), grant_id=after.grant_id, basis=before.revision)
        return await self._tell(tx, Transition(kind_of(before, after), before, after), act)

    async def _end(self, tx: Transaction, kind: Kind, grant_id: str, act: Act) -> Decided | None:
        """End a grant for good, `kind` being "revoked" or "expired"."""
        hers = {"grant_id": grant_id, "person_id": act.person.id, "now": act.now}
        if kind == "expired":
            row = await tx.first(LAPSE_GRANT, **hers)
        else:
            row = await tx.first(END_GRANT, **hers, reason="returned" if act.by == "app" else "withdrawn")
        return None if row is None else await self._tell(tx, Transition(kind, None, row.standing()), act)

    async def _tell(self, tx: Transaction, transition: Transition, act: Act) -> Decided:
        """Record a change: its event, its signed receipt, its place in the grant's history."""
        recorded, receipt = await self._records.changed(tx, transition, act)
        after = transition.after
        await tx.run(
            ADD_REVISION,
            grant_id=after.grant_id,
            revision=after.revision,
            kind=transition.kind,
            decided_at=transition.moment(act.now),
            choice_json=after.choice.to_json(),
            terms_json=terms_json(after.terms, after.required),
            event_id=recorded.event_id,
            leaf_hash=recorded.leaf_hash,
        )
        if self.observer is not None:
            await self.observer(tx, transition, act, recorded)
        return Decided(after, recorded, receipt)

    @property
    def _records(self) -> Records:
        return Records(self.ledger, self.sign, self.holder or Holder(self.issuer))

    async def _record(self, tx: Transaction, event: Event, act: Act) -> Recorded:
        return await self.ledger.append(
            tx, event, person=act.person.secrets, now=act.now, request_id=act.request_id
        )


def _columns(standing: Standing) -> dict[str, Any]:
    """The columns that change with a revision."""
    return {
        "revision": standing.revision,
        "fetch_type": standing.choice.fetch_type,
        "choice_json": standing.choice.to_json(),
        "terms_json": terms_json(standing.terms, standing.required),
        "answered_json": dump(standing.answered),
        "expires_at": standing.expires_at,
        "paused_at": standing.paused_at,
        "pause_reason": standing.pause_reason,
    }
