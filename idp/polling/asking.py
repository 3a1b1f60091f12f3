"""From what an app sends to the request that a person will answer."""

from collections.abc import Iterable, Mapping

from foundation.database import Transaction
from foundation.ids import new_id
from idp.authorize import pending
from idp.authorize.defaults import completed
from idp.authorize.request import AuthorizeRequest, parse_request
from idp.clients.registry import Client
from idp.polling import store
from idp.polling.kinds import KINDS, Kind
from idp.polling.store import PolledRow
from idp.polling.text import new_text
from keys.seal import keyed_hash


def asking(
    kind: Kind, client: Client, form: Mapping[str, str], names: Iterable[str], now: int
) -> AuthorizeRequest:
    """The request in a form, under an id of its own; still to be checked.

    names: of the parameters that a request of this kind has; others are not read.
    """
    came = parse_request({name: [form[name]] for name in names if name in form})
    marks = {"client_id": client.id, "polled": new_id(now), "polled_kind": kind.name}
    return completed(came.model_copy(update=marks), client)


def polled(asked: AuthorizeRequest, hash_key: bytes, *, expires_at: int) -> tuple[str, PolledRow]:
    """What the app polls with, and the row to keep. expires_at: microseconds, store.LONGEST away at most."""
    text, secret = new_text(KINDS[asked.polled_kind], asked.polled)
    row = PolledRow(
        id=asked.polled,
        kind=asked.polled_kind,
        client_id=asked.client_id,
        secret_hash=keyed_hash(hash_key, secret.encode()),
        request_json=asked.model_dump_json(exclude_defaults=True),
        interval=store.INTERVAL,
        expires_at=expires_at,
    )
    return text, row


async def bring(tx: Transaction, row: PolledRow, session_id: str, now: int) -> str | None:
    """The pending request that a polled one becomes in one browser; None for every other.

    The same browser gets the same again, until it has answered.
    """
    if row.pending_id is not None:
        known = await pending.find(tx, row.pending_id, now)
        own = known is not None and known.session_id == session_id and known.decided_at is None
        return row.pending_id if own else None
    # Of two at once one takes it; what the other saved is known to nobody.
    saved = await pending.save(tx, row.request, session_id, now=now, lifetime=row.expires_at - now)
    return saved if await store.take(tx, row.id, saved, now) else None
