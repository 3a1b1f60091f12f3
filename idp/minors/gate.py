"""At the consent screen: whether a parent agreed to exactly this, and keeping what is to be shown to one."""

from dataclasses import dataclass
from typing import Literal

from foundation.clock import DAY
from foundation.database import Transaction
from foundation.ids import new_id
from idp.context import Server
from idp.minors import rows
from idp.minors.proposals import Child, Proposal, Ticks
from idp.minors.rows import Agreement, Told, seal_told
from keys.holding import hold_person
from keys.people import PersonSecrets

LIFETIME = DAY  # from the child's choice to its use: "together" is the same day
Standing = Literal["needed", "asked", "agreed", "refused"]
METHOD = "with_parent"
_SHOWN: tuple[Standing, ...] = ("asked", "agreed", "refused")


@dataclass(frozen=True, slots=True)
class Last:
    """How far a child's last choice on this question has come, and her ticks then."""

    standing: Standing
    ticks: Ticks | None = None
    agreement: Agreement | None = None


class Gate:
    """What the authorization endpoint asks of this room."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def last(self, child: Child) -> Last:
        """How far she has come."""
        found = await self._newest(child)
        for standing in _SHOWN:
            if found is not None and found.state == standing:
                return Last(standing, found.told(_keys(child)).ticks, found)
        return Last("needed")

    async def agreed(self, child: Child, proposal: Proposal) -> Agreement | None:
        """The agreement that covers exactly this choice, or None."""
        found = await self._newest(child)
        return found if found and found.state == "agreed" and found.choice == proposal.digest else None

    async def draft(self, child: Child, proposal: Proposal) -> str:
        """Keep a choice for a parent to see; the path where the child names one.

        The same choice, made again, leads to where it already is.
        """
        found = await self._newest(child)
        if found and found.state in {"drafted", "asked"} and found.choice == proposal.digest:
            return path_of(found.id)
        agreement_id = new_id(child.now)
        async with self._server.db.transaction() as tx:
            await hold_person(tx, _id(child))
            await rows.add(tx, _drafted(agreement_id, child, proposal))
        return path_of(agreement_id)

    async def _newest(self, child: Child) -> Agreement | None:
        client_id = child.ask.request.asker.client_id
        async with self._server.db.reading() as tx:
            return await rows.newest(tx, _id(child), client_id, child.question, child.now)


async def spend(tx: Transaction, agreement: Agreement, grant_id: str, now: int) -> bool:
    """The child's own click: her consent rests on this agreement. False when it was used or taken back."""
    return await rows.use(tx, agreement.id, grant_id, now)


def path_of(agreement_id: str) -> str:
    """Where the child goes on with a parent."""
    return f"/with-a-parent/{agreement_id}"


def _drafted(agreement_id: str, child: Child, proposal: Proposal) -> Agreement:
    ticks = {name: list(values) for name, values in proposal.ticks.items()}
    told = Told(child.pending_id, ticks, proposal.scopes, dict(proposal.summary), child.session.email)
    return Agreement(
        id=agreement_id,
        person_id=_id(child),
        client_id=child.ask.request.asker.client_id,
        state="drafted",
        parent_id=None,
        question=child.question,
        choice=proposal.digest,
        sealed=seal_told(agreement_id, told, _keys(child)),
        drafted_at=child.now,
        expires_at=child.now + LIFETIME,
        decided_at=None,
        grant_id=None,
    )


def _id(child: Child) -> str:
    if child.session.account_id is None:
        raise LookupError("nobody is signed in")
    return child.session.account_id


def _keys(child: Child) -> PersonSecrets:
    if child.session.person is None:
        raise LookupError("nobody is signed in")
    return child.session.person
