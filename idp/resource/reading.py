"""One recorded read: check, record, read, in one transaction; what leaves is what was recorded.

A read looks first, holding nothing; the unit that records it finds what it saw again, unchanged, or it looks
anew. What was let out a few seconds ago needs no look: the unit that records it finds all that decided it
unchanged (rows.py), or there is a look after all.
"""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import orjson
from starlette.requests import Request

from consent.counting import HeldBack
from consent.events import DataRead
from foundation.database import ConflictError, Transaction
from foundation.errors import AccordError
from idp.context import Server
from idp.dpop.uses import spent
from idp.resource.bearer import (
    Access,
    Shown,
    invalid_token,
    look_access,
    opened_again,
    shown_token,
)
from idp.resource.possession import spend_proof
from idp.resource.recording import Moment, MovedError, Ready, counted, read_limit_reached, record_read
from idp.resource.rows import can_be_again
from idp.resource.telling import Form
from idp.token.text import OWN_MARK, Mark, unverified_jti
from keys.holding import is_held

Besides = Callable[[Transaction], Awaitable[None]]


class Reading(NamedTuple):
    """What one read lets out: the answer's data, and what the ledger says of it.

    besides: what is written with it, in its unit; it may refuse the read. form: how it is told, None for
    JSON. lasting: only what was found with the token decided it, so that it is the same while that is.
    """

    data: Any
    scopes: str
    fields: tuple[str, ...]
    items: tuple[str, ...]
    besides: Besides | None = None
    form: Form | None = None
    lasting: bool = False


_LONGEST_KEPT = 16_384  # bytes of an answer that is remembered
Reader = Callable[[Transaction, Access, Request], Awaitable[Reading]]


async def recorded_read(
    server: Server, request: Request, dataset: str, reader: Reader, *, mark: Mark = OWN_MARK
) -> tuple[Access, Any, str]:
    """One recorded read: the token's access, the data that may leave, and the event's id. See `recorded`."""
    looked = await recorded(server, request, dataset, reader, mark=mark)
    return looked.access, looked.reading.data, looked.ready.drafted.event_id


async def recorded(  # noqa: PLR0913  # what is read, how, and by what token
    server: Server,
    request: Request,
    dataset: str,
    reader: Reader,
    *,
    mark: Mark = OWN_MARK,
    shown: Shown | None = None,
) -> "Looked":
    """One recorded read, and all that it looked at.

    mark: of the tokens that are taken. shown: the token, where it is not in the header.

    The token is looked at and the answer made ready before the unit, which records the read only if all is
    still as it was seen; nothing leaves unless that has committed (invariants 1 and 2), a refusal for coming
    too often included.
    """
    moment = Moment(server.clock.now(), request.scope["state"]["trace_id"])
    shown = shown_token(server, request, mark) if shown is None else shown
    read = _Read(server, request, shown, dataset, reader, moment)
    looked = read.as_before()
    if looked is not None:
        try:
            await read.record_at_once(looked)
        except MovedError:  # something changed since, or its proof was used
            server.reads.forget(read.key)
        else:
            return looked
    try:
        async with server.db.reading(ahead=True) as tx:
            looked = await read.look(tx)
    except AccordError:
        await server.db.settled()  # what it was refused for must stand
        raise
    try:
        held = await read.record_at_once(looked)
    except MovedError:  # somebody decided meanwhile: look again, where nobody can
        async with server.db.transaction() as tx:
            await is_held(tx, looked.access.person_id)  # before her grant, as an erasure does
            looked = await read.look(tx, hold=True)
            held = await read.record(tx, looked)
    if held is not None:
        raise read_limit_reached(held, moment.now)
    read.keep(looked)
    return looked


class Looked(NamedTuple):
    """What may leave, and the event that says so."""

    access: Access
    reading: Reading
    ready: Ready

    @property
    def writes_its_event_alone(self) -> bool:
        """Whether nothing is counted with it, and nothing held or written but its proof."""
        access, reading, ready = self
        return not access.chain and reading.besides is None and counted(access, ready.event.dataset) is None


class _Told(NamedTuple):
    """What was let out, to be told again."""

    access: Access
    reading: Reading
    event: DataRead


class _Read(NamedTuple):
    server: Server
    request: Request
    shown: Shown
    dataset: str
    reader: Reader
    moment: Moment

    @property
    def key(self) -> tuple[str, str]:
        """What is remembered of it stands under this."""
        return unverified_jti(self.shown.text, self.shown.mark) or "", self.dataset

    def keep(self, looked: Looked) -> None:
        """Remember what left, where nothing but what was found with the token decided it."""
        access, reading, ready = looked
        if not (reading.lasting and looked.writes_its_event_alone and can_be_again(access.row, self.dataset)):
            return
        text = orjson.dumps(reading.data)
        if len(text) <= _LONGEST_KEPT:
            told = _Told(access, reading._replace(data=orjson.Fragment(text)), ready.event)
            self.server.reads.keep(self.key, told)

    def as_before(self) -> Looked | None:
        """What left a moment ago for the same call, with its new event made ready; None to look at it.

        A refusal is never told from memory.
        """
        now, trace = self.moment
        told: _Told | None = self.server.reads.get(self.key)
        if told is None:
            return None
        try:
            access = opened_again(self.server, told.access, self.shown, now)
        except AccordError:
            return None
        if access is None:
            return None
        drafted = self.server.ledger.draft(told.event, person=access.person, now=now, request_id=trace)
        return Looked(access, told.reading, Ready(told.event, drafted, again=True))

    async def look(self, tx: Transaction, *, hold: bool = False) -> Looked:
        """What would leave, with its event made ready. hold: see `look_access`. Raises AccordError."""
        now, trace = self.moment
        access = await look_access(self.server, tx, self.shown, self.dataset, now, hold=hold)
        if access is None:
            raise invalid_token(self.request, "no live token")
        reading = await self.reader(tx, access, self.request)
        behalf = access.behalf
        event = DataRead(
            client=access.client_id,
            grant=access.grant_id,
            revision=access.revision,
            scopes=reading.scopes,
            dataset=self.dataset,
            fields=" ".join(reading.fields),
            count=len(reading.items),
            items=reading.items,
            behalf=None if behalf is None else behalf.client_id,
            behalf_grant=None if behalf is None else behalf.grant_id,
        )
        drafted = self.server.ledger.draft(event, person=access.person, now=now, request_id=trace)
        return Looked(access, reading, Ready(event, drafted))

    async def record_at_once(self, looked: Looked) -> HeldBack | None:
        """Write the event, and what goes with it, if all is as seen. Raises MovedError, AccordError."""
        if not looked.writes_its_event_alone:
            async with self.server.db.transaction() as tx:
                return await self.record(tx, looked)
        access, _, ready = looked
        if access.proof is not None:
            ready = ready._replace(spent=(spent(access.proof.proof),))
        try:
            async with self.server.db.transaction(single=True) as tx:
                return await record_read(self.server, tx, access, ready, self.moment)
        except ConflictError:  # its proof is being used elsewhere, as will be found out
            raise MovedError from None

    async def record(self, tx: Transaction, looked: Looked) -> HeldBack | None:
        """Write it in a unit of several statements. Raises MovedError, AccordError."""
        access, reading, ready = looked
        await spend_proof(tx, access.proof)
        if reading.besides is not None:
            await reading.besides(tx)
        return await record_read(self.server, tx, access, ready, self.moment)
