"""What a person says of requests besides yes: not this one, and no more from this app."""

from typing import NamedTuple

from consent.ledger.events import Event
from foundation.database import Transaction
from foundation.errors import AccordError
from idp.ciba import rows
from idp.ciba.events import BackchannelBlocked, BackchannelUnblocked
from idp.context import Server
from idp.people.callers import Caller
from idp.people.security import Her, her_of
from idp.polling import store
from idp.polling.events import PolledRefused
from idp.polling.store import PolledRow
from keys.holding import hold_person


class Refusing(NamedTuple):
    """One person's no, being carried out."""

    server: Server
    caller: Caller

    async def refuse(self, asked_id: str) -> bool:
        """Not this one; False when it was answered already. Raises AccordError for what is not hers."""
        async with self.server.db.transaction() as tx:
            row = await own(tx, asked_id, self._her.account_id)
            return await self._refuse(tx, row)

    async def block(self, client_id: str) -> int:
        """No more from this app; how many that waited were refused. The app is told nothing but their no."""
        her, now = self._her, self.caller.now
        async with self.server.db.transaction() as tx:
            await hold_person(tx, her.account_id)
            fresh = await tx.run(rows.BLOCK, person_id=her.account_id, client_id=client_id, blocked_at=now)
            waiting = await store.waiting_for(tx, her.account_id, now)
            refused = [await self._refuse(tx, row) for row in waiting if row.client_id == client_id]
            if fresh:
                await self._record(tx, BackchannelBlocked(client=client_id, refused=sum(refused)))
        return sum(refused)

    async def unblock(self, client_id: str) -> bool:
        """It may ask again; False when it might already."""
        async with self.server.db.transaction() as tx:
            ended = await tx.run(rows.UNBLOCK, person=self._her.account_id, app=client_id) > 0
            if ended:
                await self._record(tx, BackchannelUnblocked(client=client_id))
        return ended

    @property
    def _her(self) -> Her:
        return her_of(self.caller.session)

    async def _refuse(self, tx: Transaction, row: PolledRow) -> bool:
        answered = await store.answer(tx, row.id, self.caller.now)
        if answered:
            await self._record(tx, PolledRefused(client=row.client_id, kind=row.kind, polled=row.id))
        return answered

    async def _record(self, tx: Transaction, event: Event) -> None:
        caller, person = self.caller, self._her.person
        await self.server.ledger.append(tx, event, person=person, now=caller.now, request_id=caller.trace_id)


async def own(tx: Transaction, asked_id: str, account_id: str | None) -> PolledRow:
    """A request to this person. Raises AccordError not_found, whoever else's it may be."""
    row = await store.find(tx, asked_id)
    if row is None or account_id is None or row.account_id != account_id:
        raise AccordError("not_found", "There is no such request to this account.", status=404)
    return row
