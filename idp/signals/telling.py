"""Consent's observer: a change of a grant becomes a row of the outbox, in the transaction of the change.

Nothing is sent here: what the transaction did not commit, nobody hears of.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson

from consent.acts import Act, Transition
from consent.ledger.append import Recorded
from foundation.database import Transaction
from foundation.ids import OrderedIds
from idp.signals.kinds import said_of
from idp.signals.rows import ADD_SIGNAL
from idp.signals.tables import EVENTS
from keys.seal import SealError, seal, unseal


class News(NamedTuple):
    """One event about one grant. name, detail: as in kinds.py. subject: what the app knows the person by.

    event_id: of the ledger. erase_by: by when the app is asked to have erased, None when it is not. channel:
    see tables.py.
    """

    client_id: str
    grant_id: str
    revision: int
    name: str
    detail: Mapping[str, Any]
    subject: str
    event_id: str
    erase_by: int | None = None
    channel: str = EVENTS


class Telling:
    """Writes the outbox. key: `ServerSecrets.signals`."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._ids = OrderedIds()

    async def observe(self, tx: Transaction, transition: Transition, act: Act, recorded: Recorded) -> None:
        """Called by every decision (`consent.decisions.Observer`)."""
        said = said_of(transition, act.by)
        if said is None:
            return
        grant = transition.after
        news = News(
            grant.client_id,
            grant.grant_id,
            grant.revision,
            said.name,
            said.detail,
            grant.subject,
            recorded.event_id,
        )
        await self.tell(tx, news, act.now, occurred_at=transition.moment(act.now))

    async def tell(self, tx: Transaction, news: News, now: int, *, occurred_at: int | None = None) -> str:
        """Tell an app once the caller's unit commits; the token's `jti`. occurred_at: left out, `now`."""
        signal_id = self._ids.new(now)
        await tx.run(
            ADD_SIGNAL,
            id=signal_id,
            client_id=news.client_id,
            channel=news.channel,
            grant_id=news.grant_id,
            revision=news.revision,
            event=news.name,
            detail_json=orjson.dumps(news.detail).decode(),
            occurred_at=now if occurred_at is None else occurred_at,
            event_id=news.event_id,
            sealed_subject=self.seal_subject(signal_id, news.subject),
            state="queued",
            next_attempt_at=now,
            erase_by=news.erase_by,
        )
        return signal_id

    def seal_subject(self, signal_id: str, subject: str) -> bytes:
        """What the app knows her by, under the server's key: her own may be gone before it is delivered."""
        return seal(self._key, subject.encode(), _subject_place(signal_id))

    def open_subject(self, signal_id: str, sealed: bytes | None) -> str | None:
        """The same, opened; None when it is gone, or was not sealed here."""
        if sealed is None:
            return None
        try:
            return unseal(self._key, sealed, _subject_place(signal_id)).decode()
        except SealError:
            return None

    def seal_words(self, signal_id: str, words: str) -> bytes | None:
        """An app's own words about an event; None for none. They may say anything, so they are sealed."""
        return seal(self._key, words.encode(), b"signal-words:" + signal_id.encode()) if words else None

    def open_words(self, signal_id: str, sealed: bytes | None) -> str:
        """The same, opened; "" when there are none, or they were not sealed here."""
        try:
            return unseal(self._key, sealed, b"signal-words:" + signal_id.encode()).decode() if sealed else ""
        except SealError:
            return ""


def _subject_place(signal_id: str) -> bytes:
    return b"signal:" + signal_id.encode()
