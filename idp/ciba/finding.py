"""Who is meant: looked up after the app was answered, in the background.

The endpoint does the same for a hint that leads to somebody and for one that leads to nobody, in the same
time; what is found here is told to the person alone. Requests that she does not want to see, or that come
too thick, stay with nobody and expire like a hint that leads nowhere.
"""

from typing import Literal

import structlog

from foundation.clock import SECOND
from foundation.database import Transaction
from idp.ciba import limits, rows
from idp.ciba.events import BackchannelHeld, BackchannelTold
from idp.ciba.rows import AskedRow
from idp.ciba.sealing import Meant, Seals, seal_message
from idp.clients.registry import Client, find_client
from idp.people.accounts import AccountRow, Holder, find_account, find_by_digest, open_holder
from idp.people.addresses import digest_of_text
from idp.people.room import People
from idp.polling import store
from idp.polling.store import PolledRow

log = structlog.get_logger("ciba")

MAIL = "backchannel-asked"
PAGE = "/account/requests"
_PIECE = 50
_LATER = 5 * SECOND


class Finder:
    """Looks up who is meant, one unit a request."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._server = people.server
        self._seals = Seals(people.server)

    async def find_all(self) -> int:
        """Everything that waits to be looked up; how many there were."""
        now = self._server.clock.now()
        async with self._server.db.reading() as tx:
            waiting = await tx.all(rows.TO_FIND, now=now, most=_PIECE)
        for one in waiting:
            try:
                async with self._server.db.transaction() as tx:
                    await self._find(tx, one.id, now)
            except Exception:
                # One that breaks us must not hold up the others.
                log.exception("somebody could not be looked up", request=one.id)
                async with self._server.db.transaction() as tx:
                    await tx.run(rows.PUT_OFF, asked_id=one.id, later=now + _LATER)
        return len(waiting)

    async def _find(self, tx: Transaction, asked_id: str, now: int) -> None:
        asked = await tx.first(rows.CLAIM, asked_id=asked_id)
        if asked is None:
            return  # another node did
        meant, polled = self._seals.open_meant(asked.id, asked.sealed), await store.find(tx, asked.id)
        holder = None if meant is None else await self._holder(tx, meant)
        client = await find_client(tx, asked.client_id)
        told = b""
        if meant and holder and client and not client.suspended and polled and polled.is_open(now):
            told = await self._tell(tx, asked, (meant, holder, client, polled), now)
        await tx.run(rows.SEAL, asked_id=asked.id, told=told)

    async def _holder(self, tx: Transaction, meant: Meant) -> Holder | None:
        """Whose account it is, where she can sign in to answer."""
        account: AccountRow | None
        if meant.kind == "address":
            account = await find_by_digest(tx, digest_of_text(self._server.secrets.lookup, meant.text))
        else:
            account = await find_account(tx, meant.text)
        if account is None or not account.may_sign_in or account.role != "person":
            return None
        return await open_holder(tx, self._server.people, account)

    async def _tell(
        self, tx: Transaction, asked: AskedRow, found: tuple[Meant, Holder, Client, PolledRow], now: int
    ) -> bytes:
        """Let it wait on her page and write to her, or keep it from her; its message, sealed for her."""
        meant, holder, client, polled = found
        append, person = self._server.ledger.append, holder.person
        if reason := await _held(tx, holder.id, client.id, now):
            held = BackchannelHeld(client=client.id, asked=asked.id, reason=reason)
            await append(tx, held, person=person, now=now, request_id=None)
            return b""
        await tx.run(rows.ADDRESS, asked_id=asked.id, account=holder.id)
        throttle = self._people.throttle
        mailed = await throttle.wait_after(tx, limits.MAILS, holder.id.encode(), now) == 0
        if mailed:
            data = {
                "app": client.metadata.name,
                "until": polled.expires_at,
                "link": f"{self._server.issuer}{PAGE}",
            }
            await self._people.outbox.write_to(holder, tx, MAIL, data, now)
        told = BackchannelTold(client=client.id, asked=asked.id, mailed=mailed, message=meant.message)
        await append(tx, told, person=person, now=now, request_id=None)
        return seal_message(person, asked.id, meant.message)


async def how_many_wait(tx: Transaction, person_id: str, now: int) -> int:
    """Requests that wait for an answer of hers."""
    return len(await store.waiting_for(tx, person_id, now))


async def _held(
    tx: Transaction, person_id: str, client_id: str, now: int
) -> Literal["blocked", "too_many"] | None:
    """Why she is not shown it."""
    if await tx.first(rows.BLOCKED, person=person_id, app=client_id) is not None:
        return "blocked"
    waiting = [one for one in await store.waiting_for(tx, person_id, now) if one.client_id == client_id]
    # An app that names her in two ways has as much room with her as one that names her in one.
    return "too_many" if len(waiting) >= limits.MOST_OPEN else None
