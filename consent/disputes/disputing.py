"""What is done about a dispute, each a step of the caller's unit, with its event."""

from dataclasses import dataclass
from typing import Literal, NamedTuple

from consent.acts import Act
from consent.decisions import Decisions
from consent.disputes.events import (
    Action,
    DisputeAnswered,
    DisputeClosed,
    DisputeOpened,
    DisputeRead,
    Outcome,
)
from consent.disputes.life import MOST_OPEN, new_code
from consent.disputes.rows import (
    ANSWER,
    CLOSE,
    COUNT_OPEN,
    LEAF,
    OPEN,
    OPEN_ABOUT,
    DisputeRow,
    seal_words,
)
from consent.grants import GrantRow, find_grant
from consent.ledger.events import Event
from consent.ledger.leaf import Leaf, LeafError, parse_leaf
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id, new_id
from keys.people import PersonSecrets


class Doubted(NamedTuple):
    """An event of her history, and the grant that it took place under."""

    leaf: Leaf
    grant: GrantRow


class Desk(NamedTuple):
    """Who answers, when. person: the opened keys of whoever the dispute is of."""

    person: PersonSecrets
    now: int
    request_id: str | None


async def find_doubted(tx: Transaction, person_id: str, event_id: str) -> Doubted:
    """An event of hers. Raises AccordError not_found (404) for another's, or none."""
    row = await tx.first(LEAF, event_id=event_id) if is_id(event_id) else None
    try:
        leaf = parse_leaf("" if row is None else row.leaf)
    except LeafError:
        raise _nothing_there() from None
    grant = await find_grant(tx, person_id, leaf.grant or "")
    if grant is None:
        raise _nothing_there()
    return Doubted(leaf, grant)


@dataclass(frozen=True, slots=True)
class Disputing:
    """The steps. decisions: what pauses and withdraws, and the ledger that all of it is told to."""

    decisions: Decisions

    async def open(self, tx: Transaction, doubted: Doubted, action: Action, note: str, act: Act) -> str:
        """Open a dispute; its id. One that is open about the same event is that one, and nothing is done.

        Raises AccordError too_many_disputes (429).
        """
        person, grant, leaf = act.person, doubted.grant, doubted.leaf
        if (await tx.one(COUNT_OPEN, person_id=person.id)).disputes >= MOST_OPEN:
            raise AccordError("too_many_disputes", "Wait until those that are open are answered.", status=429)
        dispute_id, code = new_id(act.now), new_code()
        opened = await tx.run(
            OPEN,
            id=dispute_id,
            code=code,
            person_id=person.id,
            grant_id=grant.id,
            client_id=grant.client_id,
            event_id=leaf.id,
            about_at=leaf.time,
            state="open",
            action=action,
            outcome=None,
            opened_at=act.now,
            changed_at=act.now,
            sealed_note=seal_words(person.secrets, dispute_id, "note", note),
            sealed_answer=None,
        )
        if not opened:
            there = await tx.one(OPEN_ABOUT, person_id=person.id, grant_id=grant.id, event_id=leaf.id)
            return there.id
        event = DisputeOpened(
            client=grant.client_id,
            grant=grant.id,
            revision=grant.revision,
            dispute=code,
            about=leaf.id,
            action=action,
            note=note,
        )
        await self._tell(tx, event, Desk(person.secrets, act.now, act.request_id))
        await self._stop(tx, grant, action, act)
        return dispute_id

    async def read(self, tx: Transaction, dispute: DisputeRow, desk: Desk) -> None:
        """Record that an administrator reads it."""
        event = DisputeRead(client=dispute.client_id, grant=dispute.grant_id, dispute=dispute.code)
        await self._tell(tx, event, desk)

    async def answer(
        self, tx: Transaction, dispute: DisputeRow, outcome: Outcome, words: str, desk: Desk
    ) -> bool:
        """Answer an open dispute; False when it was answered or closed meanwhile."""
        sealed = seal_words(desk.person, dispute.id, "answer", words)
        if not await tx.run(ANSWER, dispute_id=dispute.id, new_outcome=outcome, sealed=sealed, now=desk.now):
            return False
        event = DisputeAnswered(
            client=dispute.client_id,
            grant=dispute.grant_id,
            dispute=dispute.code,
            finding=outcome,
            answer=words,
        )
        await self._tell(tx, event, desk)
        return True

    async def close(
        self, tx: Transaction, dispute: DisputeRow, by: Literal["person", "administrator"], desk: Desk
    ) -> bool:
        """Close a dispute; False when it was closed already."""
        if not await tx.run(CLOSE, dispute_id=dispute.id, now=desk.now):
            return False
        event = DisputeClosed(client=dispute.client_id, grant=dispute.grant_id, dispute=dispute.code, by=by)
        await self._tell(tx, event, desk)
        return True

    async def _stop(self, tx: Transaction, grant: GrantRow, action: Action, act: Act) -> None:
        """What ended or rests already stays as it is."""
        if action == "paused":
            await self.decisions.pause(tx, grant.id, "person", act)
        elif action == "withdrawn":
            await self.decisions.revoke(tx, grant.id, act)

    async def _tell(self, tx: Transaction, event: Event, desk: Desk) -> None:
        await self.decisions.ledger.append(
            tx, event, person=desk.person, now=desk.now, request_id=desk.request_id
        )


def _nothing_there() -> AccordError:
    return AccordError("not_found", "There is no such event in this account's history.", status=404)
