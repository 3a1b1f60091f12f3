"""Making sure that an app whose client_id is an address is let in, and still what it was let in as.

The address is fetched outside any unit, seldom, and by nobody's choice alone: each host and each network has
so many fetches in a quarter of an hour. What cannot be fetched is taken for what it was, for a day.
"""

import re
from collections.abc import Mapping

from starlette.requests import Request

from foundation.clock import DAY, HOUR, MINUTE, SECOND
from foundation.database import ConflictError, Transaction
from foundation.errors import AccordError
from foundation.outbound.problems import OutboundError
from idp.clients.declarations import Hand
from idp.clients.registry import Registration, suspend_client
from idp.context import Server
from idp.documents import store
from idp.documents.events import ClientChanged
from idp.documents.reading import MOST_BYTES, Document, bad_document, host_in, names_document, read_document
from idp.people.throttle import Limit, Throttle, network_of
from idp.registration.reaching import check_reachable
from idp.registration.registering import Newcomer, admit
from keys.seal import derive

KEPT = DAY  # how long what was pinned outlives an address that fails
SHORTEST, USUAL, LONGEST = 5 * MINUTE, 15 * MINUTE, HOUR  # what its Cache-Control may say, within bounds
BY_HOST = Limit("document.host", 60, 15 * MINUTE)
BY_NETWORK = Limit("document.network", 60, 15 * MINUTE)
_ACCEPT = "application/json"
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age=\"?([0-9]{1,9})\b", re.ASCII | re.IGNORECASE)


async def ensure(server: Server, client_id: str, request: Request) -> None:
    """See to it that an app is here, if an address can name one; for any other client_id nothing happens.

    Raises AccordError `bad_client_document` or `too_many_documents` where nothing is known of it.
    """
    if not server.settings.client_id_documents or not names_document(client_id):
        return
    host, now = host_in(client_id), server.clock.now()
    async with server.db.reading() as tx:
        row = await store.find_document(tx, client_id)
    if row is not None and now < row.fresh_until:
        return
    try:
        await _count(server, host, request)
        read, fresh = await _fetched(server, client_id)
    except AccordError:
        if row is not None and now < row.checked_at + KEPT:
            return
        raise
    try:
        async with server.db.transaction() as tx:
            await _settle(server, tx, read, Hand(now, request_id=_trace(request)), now + fresh)
    except ConflictError:
        return  # somebody else let it in meanwhile


async def _count(server: Server, host: str, request: Request) -> None:
    throttle = Throttle(derive(server.secrets.lookup, "accord throttle v1"))
    network = network_of(request.client.host if request.client else None)
    now = server.clock.now()
    async with server.db.transaction() as tx:
        seconds = await throttle.wait_after(tx, BY_NETWORK, network, now)
        if not seconds:  # whoever is stopped here keeps no host from others
            seconds = await throttle.wait_after(tx, BY_HOST, host.encode(), now)
    if seconds:
        raise AccordError(
            "too_many_documents",
            "Too many applications' addresses were looked at. Nothing was kept; wait, then try again.",
            status=429,
            headers={"Retry-After": str(seconds)},
        )


async def _fetched(server: Server, client_id: str) -> tuple[Document, int]:
    """What stands at an address, and for how long it may be taken for the present."""
    try:
        answer = await server.outbound.fetch(client_id, accept=_ACCEPT, most=MOST_BYTES)
    except OutboundError as error:
        raise bad_document(f"nothing could be fetched from it: {error.description}".rstrip(".")) from None
    read = read_document(client_id, answer.media_type, answer.body)
    await check_reachable(server.outbound, read.asked.metadata)
    return read, _freshness(answer.headers)


def _freshness(headers: Mapping[str, str]) -> int:
    """RFC 9111 section 5.2.2, within our bounds."""
    found = _MAX_AGE.search(headers.get("cache-control", ""))
    return USUAL if found is None else min(max(int(found[1]) * SECOND, SHORTEST), LONGEST)


def _trace(request: Request) -> str:
    return str(request.scope["state"]["trace_id"])


async def _settle(server: Server, tx: Transaction, read: Document, hand: Hand, fresh_until: int) -> None:
    """Let it in with what stands there now, or hold it to what it was let in with."""
    client_id = read.address
    row = await store.find_document(tx, client_id)
    if row is None:
        await store.pin(tx, store.DocumentRow(client_id, read.digest, None, hand.now, fresh_until))
        newcomer = Newcomer(Registration(client_id, read.asked.metadata), read.asked, vouched=False)
        await admit(server, tx, newcomer, hand)
        return
    changed = None if read.digest == row.digest else read.text
    await store.see(tx, row._replace(changed=changed, checked_at=hand.now, fresh_until=fresh_until))
    if changed is not None and await suspend_client(tx, client_id, hand.now):
        event = ClientChanged(client=client_id, pinned=row.digest, found=read.digest)
        await server.ledger.append(tx, event, person=None, now=hand.now, request_id=hand.request_id)
