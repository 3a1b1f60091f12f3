"""How an app wants to be told: pushed to an address of its own, or polling (also when it said nothing)."""

import re
from typing import Any, Literal, NamedTuple
from urllib.parse import urlsplit

from sqlalchemy import bindparam, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement, Write, upsert
from idp.context import Server
from idp.signals.events import SignalsConfigured
from idp.signals.tables import EVENTS, SignalStream
from keys.seal import SealError, seal, unseal

Delivery = Literal["push", "poll"]
_HEADER = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]{0,998}[\x21-\x7e])?", re.ASCII).fullmatch


class StreamRow(NamedTuple):
    """A row of `signal_stream`; see its class for the meaning and the units."""

    client_id: str
    channel: str
    delivery: str
    push_url: str | None
    sealed_authorization: bytes | None
    changed_at: int
    failures: int
    open_until: int
    leased_until: int
    holder: str
    reached_at: int | None
    failed_at: int | None
    failure: str | None


STREAM_COLUMNS = tuple(col(getattr(SignalStream, name)) for name in StreamRow._fields)
_FIND = Statement(
    select(*STREAM_COLUMNS).where(
        col(SignalStream.client_id) == bindparam("client_id"),
        col(SignalStream.channel) == bindparam("channel"),
    ),
    StreamRow,
)
_EVERY = Statement(
    select(*STREAM_COLUMNS).where(col(SignalStream.channel) == EVENTS).order_by(col(SignalStream.client_id)),
    StreamRow,
)
_KEY = ("client_id", "channel")
_PUT: Statement[Any] = Write(
    upsert(SignalStream, _KEY, [name for name in StreamRow._fields if name not in _KEY])
)
_OPEN: Statement[Any] = Write(upsert(SignalStream, _KEY, []))
_FRESH = {
    "failures": 0,
    "open_until": 0,
    "leased_until": 0,
    "holder": "",
    "reached_at": None,
    "failed_at": None,
    "failure": None,
}


class Wish(NamedTuple):
    """How an app is to be told from now on. push_url: "" to poll. authorization: "" for no such header.

    by: who says so.
    """

    push_url: str
    authorization: str
    by: Literal["operator", "partner"]


async def find_stream(tx: Transaction, client_id: str, channel: str = EVENTS) -> StreamRow | None:
    """How an app is told by a channel; None for events where it said nothing: it polls."""
    return await tx.first(_FIND, client_id=client_id, channel=channel)


async def every_stream(tx: Transaction) -> list[StreamRow]:
    """Every app that said how it is told of events."""
    return await tx.all(_EVERY)


async def open_stream(tx: Transaction, client_id: str, channel: str, now: int) -> None:
    """Let what is queued by a channel be pushed; nothing changes where it is already."""
    how = {"delivery": "push", "push_url": None, "sealed_authorization": None, "changed_at": now}
    await tx.run(_OPEN, client_id=client_id, channel=channel, **how, **_FRESH)


def check_wish(server: Server, wish: Wish) -> None:
    """Refuse an address that would never be reached, or what is no header. Raises AccordError."""
    if wish.push_url:
        server.outbound.check(wish.push_url)
    if wish.authorization and not _HEADER(wish.authorization):
        raise AccordError(
            "bad_authorization",
            "What the Authorization header is to say is at most 1000 printable ASCII characters.",
        )


async def configure(server: Server, tx: Transaction, client_id: str, wish: Wish, now: int) -> None:
    """Tell an app as it wishes, from now on; what waits for it is delivered that way. See `check_wish`."""
    delivery: Delivery = "push" if wish.push_url else "poll"
    await tx.run(
        _PUT,
        client_id=client_id,
        channel=EVENTS,
        delivery=delivery,
        push_url=wish.push_url or None,
        sealed_authorization=_sealed(server, client_id, wish.authorization if wish.push_url else ""),
        changed_at=now,
        **_FRESH,
    )
    host = urlsplit(wish.push_url).netloc if wish.push_url else None
    event = SignalsConfigured(client=client_id, delivery=delivery, host=host, by=wish.by)
    await server.ledger.append(tx, event, person=None, now=now, request_id=None)


def authorization_of(server: Server, stream: StreamRow) -> str:
    """What the Authorization header of a push says; "" for none, or one that was not sealed here."""
    if stream.sealed_authorization is None:
        return ""
    try:
        return unseal(server.secrets.signals, stream.sealed_authorization, _place(stream.client_id)).decode()
    except SealError:
        return ""


def _sealed(server: Server, client_id: str, authorization: str) -> bytes | None:
    if not authorization:
        return None
    return seal(server.secrets.signals, authorization.encode(), _place(client_id))


def _place(client_id: str) -> bytes:
    return b"signal-stream:" + client_id.encode()
