"""Telling an app that there is an answer (CIBA Core section 10.2): the background task that pings.

A ping says which request and nothing more: the app then asks the token endpoint. It is tried a few times over
some minutes; an app that is not reached loses nothing, as it may poll all along.
"""

import asyncio
import random

import orjson
import structlog

from foundation.clock import SECOND
from foundation.errors import AccordError
from foundation.outbound.fetching import Limits, Outbound, Parcel
from foundation.outbound.problems import OutboundError
from idp.ciba import rows
from idp.ciba.rows import AskedRow, DueRow
from idp.ciba.sealing import Seals
from idp.clients.registry import find_client
from idp.context import Server
from idp.signals.backoff import pause

log = structlog.get_logger("ciba")

MOST = 7  # attempts: about five minutes of them
AT_ONCE = 8
_SECONDS = 5.0  # of one ping
_ALONE = 2 * 5 * SECOND  # whoever sends one has it for longer than that takes
_TICK_SECONDS = 0.5
_MOST_BYTES = 8192


class Pinger:
    """Pings for one process. outbound: left out, a way out of its own: slow apps hold up nobody else."""

    def __init__(self, server: Server, outbound: Outbound | None = None) -> None:
        self._server = server
        self._seals = Seals(server)
        self._outbound = outbound or Outbound(
            server.settings.outbound_exempt, limits=Limits(_SECONDS, AT_ONCE)
        )

    async def run(self) -> None:
        """Until cancelled. No failure ends it: what is due stays due."""
        try:
            while True:
                try:
                    await self.ping_all()
                except AccordError as error:
                    log.warning("pings wait for the database", error_code=error.code)
                except Exception:
                    log.exception("pings could not be sent")
                await asyncio.sleep(_TICK_SECONDS)
        finally:
            self._outbound.close()

    async def ping_all(self) -> int:
        """Send what is due; how many arrived."""
        now = self._server.clock.now()
        async with self._server.db.reading() as tx:
            due = await tx.all(rows.TO_PING, now=now, most=AT_ONCE)
        return sum(await asyncio.gather(*(self._ping(one, now) for one in due)))

    async def _ping(self, due: DueRow, now: int) -> bool:
        later = now + max(pause(due.pings + 1, random.random()), _ALONE)  # noqa: S311  # spreads load, guards nothing
        async with self._server.db.transaction() as tx:
            taken = await tx.first(rows.TAKE_PING, asked_id=due.id, now=now, later=later)
            client = None if taken is None else await find_client(tx, taken.client_id)
        if taken is None:
            return False  # another node has it
        gone = client is None or client.suspended
        address = None if gone or client is None else client.metadata.backchannel_client_notification_endpoint
        arrived = address is not None and await self._post(address, taken)
        if arrived or address is None or taken.pings >= MOST:
            async with self._server.db.transaction() as tx:
                await tx.run(rows.END_PING, asked_id=due.id)
        return arrived

    async def _post(self, address: str, taken: AskedRow) -> bool:
        """Whether the app took it: 200 or 204, whatever else it says (section 10.2)."""
        ping = self._seals.open_ping(taken.id, taken.sealed_ping)
        if ping is None:
            return False
        body = orjson.dumps({"auth_req_id": ping.auth_req_id})
        headers = {"Authorization": f"Bearer {ping.bearer}"}
        parcel = Parcel("application/json", body, "application/json", headers)
        try:
            reply = await self._outbound.post(address, parcel, most=_MOST_BYTES)
        except OutboundError as error:
            log.info("an app was not pinged", client_id=taken.client_id, error_code=error.code)
            return False
        return reply.status in {200, 204}
