"""What people do about a request, each a step of the caller's unit, with its event."""

from dataclasses import dataclass
from typing import NamedTuple

from consent.ledger.events import Event
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id, new_id
from idp.context import Server
from idp.people.accounts import find_account, open_holder
from idp.unmasking import rows
from idp.unmasking.events import UnmaskApproved, UnmaskLooked, UnmaskRefused, UnmaskRequested
from idp.unmasking.finding import event_of, holder_of
from idp.unmasking.life import ANSWER_WITHIN, MOST_OPEN, Decision, Unmask, Verdict, Wish, not_open, open_until
from idp.unmasking.rows import Words, open_words, seal_words
from keys.holding import PersonErasedError, is_held, take_person
from keys.people import PersonSecrets
from keys.seal import derive


class Staff(NamedTuple):
    """Who acts, when. secrets: her opened keys."""

    account_id: str
    secrets: PersonSecrets
    now: int
    request_id: str


@dataclass(frozen=True, slots=True)
class Unmasking:
    """The steps."""

    server: Server

    async def ask(self, tx: Transaction, wish: Wish, staff: Staff) -> str | None:
        """Ask; the request's id. None: the pseudonym stands in no event. Raises too_many_unmaskings (429)."""
        event_id = await event_of(tx, wish.pseudonym)
        if event_id is None:
            return None
        if await take_person(tx, staff.account_id) is None:  # one at a time: of two, one would be the last
            raise PersonErasedError
        if await rows.unanswered(tx, staff.account_id, staff.now) >= MOST_OPEN:
            raise AccordError(
                "too_many_unmaskings", "Wait until those that are open are answered.", status=429
            )
        unmask_id = new_id(staff.now)
        blank = Unmask(*(None,) * len(Unmask._fields))  # type: ignore[arg-type]  # what is not said below is null
        row = blank._replace(
            id=unmask_id,
            asker_id=staff.account_id,
            pseudonym=wish.pseudonym,
            event_id=event_id,
            sealed=seal_words(self._key, unmask_id, Words(wish.reason, wish.case)),
            hours=wish.hours,
            quiet_days=wish.quiet_days,
            expires_at=staff.now + ANSWER_WITHIN,
            walked_to="",
            looks=0,
        )
        await rows.add(tx, row)
        event = UnmaskRequested(
            unmask=unmask_id,
            pseudonym=wish.pseudonym,
            hours=wish.hours,
            quiet_days=wish.quiet_days,
            reason=wish.reason,
            case=wish.case,
        )
        await self._tell(tx, event, staff)
        return unmask_id

    async def decide(self, tx: Transaction, row: Unmask, said: Decision, staff: Staff) -> None:
        """Yes or no. Raises unmask_closed (409) for the asker herself, and for whoever comes too late."""
        until = open_until(row, staff.now) if said == "approved" else row.expires_at
        if not await rows.decide(tx, row.id, Verdict(said, staff.account_id, until, staff.now)):
            raise not_open()
        if said == "refused":
            await self._tell(tx, UnmaskRefused(unmask=row.id, pseudonym=row.pseudonym), staff)
            return
        event = UnmaskApproved(unmask=row.id, pseudonym=row.pseudonym, until=until)
        await self._tell(tx, event, staff)
        person_id = await holder_of(tx, self.server.people, row)
        if person_id is not None and await is_held(tx, person_id):
            await rows.found(tx, row.id, person_id, staff.now)

    async def look(self, tx: Transaction, row: Unmask, staff: Staff) -> str:
        """The address of whoever it is. Raises unmask_closed (409) for everybody but the asker, in time."""
        if not await rows.look(tx, row.id, staff.account_id, staff.now):
            raise not_open()
        found = await rows.find(tx, row.id)
        account = await find_account(tx, found.person_id or "") if found is not None else None
        holder = await open_holder(tx, self.server.people, account)
        if holder is None:  # erased in this very moment
            raise not_open()
        await self._tell(tx, UnmaskLooked(unmask=row.id, pseudonym=row.pseudonym), staff)
        return holder.email

    async def find(self, tx: Transaction, unmask_id: str) -> Unmask:
        """A request of a hostile id. Raises not_found (404)."""
        row = await rows.find(tx, unmask_id) if is_id(unmask_id) else None
        if row is None:
            raise AccordError("not_found", "There is no such request.", status=404)
        return row

    def words(self, row: Unmask) -> Words:
        """Why it was asked."""
        return open_words(self._key, row)

    @property
    def _key(self) -> bytes:
        return derive(self.server.secrets.people, "accord unmasking v1")

    async def _tell(self, tx: Transaction, event: Event, staff: Staff) -> None:
        await self.server.ledger.append(
            tx, event, person=staff.secrets, now=staff.now, request_id=staff.request_id
        )
