"""Letters that the projection queued become mails: each once, in one unit with the end of its row."""

from typing import NamedTuple

import orjson
import structlog
from sqlalchemy import bindparam, delete, select
from sqlmodel import col

from consent.ledger.moments import moment_of
from consent.limits import ONCE
from consent.mirror.outcomes import FRESH
from consent.mirror.post import Data, Post
from consent.mirror.tables import ConsentLetter
from consent.tables import Grant
from foundation.database import Database
from foundation.errors import AccordError
from foundation.statements import Statement, Write

log = structlog.get_logger("consent")

BATCH = 50


class _Row(NamedTuple):
    event_id: str
    person_id: str
    grant_id: str
    revision: int
    template: str
    terms_json: str
    choice_json: str
    expires_at: int


_DUE = Statement(
    select(
        col(ConsentLetter.event_id),
        col(ConsentLetter.person_id),
        col(ConsentLetter.grant_id),
        col(ConsentLetter.revision),
        col(ConsentLetter.template),
        col(Grant.terms_json),
        col(Grant.choice_json),
        col(Grant.expires_at),
    )
    .join(Grant, col(Grant.id) == col(ConsentLetter.grant_id))
    .order_by(col(ConsentLetter.event_id))
    .limit(BATCH),
    _Row,
)
_WITH_RECEIPT = {
    "consent-given",
    "consent-given-once",
    "consent-widened",
    "consent-revoked",
    "consent-expired",
}
_DONE = Write(delete(ConsentLetter).where(col(ConsentLetter.event_id) == bindparam("event_id")))


class Letters:
    """Sends what is queued; any number of processes."""

    def __init__(self, db: Database, post: Post) -> None:
        self._db = db
        self._post = post

    async def send(self, now: int) -> int:
        """Turn queued letters into mails; how many were taken."""
        taken = 0
        while True:
            async with self._db.reading() as tx:
                rows = await tx.all(_DUE)
            taken += sum([await self._send_safely(row, now) for row in rows])
            if len(rows) < BATCH:
                return taken

    async def _send_safely(self, row: _Row, now: int) -> bool:
        """One that breaks its sender is given up, so that it keeps nobody else's waiting."""
        try:
            return await self._send_one(row, now)
        except AccordError:
            raise
        except Exception:
            log.exception("a letter could not be written", event_id=row.event_id, template=row.template)
            async with self._db.transaction() as tx:
                return await tx.run(_DONE, event_id=row.event_id) > 0

    async def _send_one(self, row: _Row, now: int) -> bool:
        """False when another node took it."""
        mail = _mail_of(row, now)
        async with self._db.transaction() as tx:
            if not await tx.run(_DONE, event_id=row.event_id):
                return False
            if mail is not None:
                await self._post.write(tx, row.person_id, row.template, mail, now)
        return True


def _mail_of(row: _Row, now: int) -> Data | None:
    """What the text needs; None for what is no news any more, or was blanked by an erasure."""
    happened = moment_of(row.event_id)
    recipient = orjson.loads(row.terms_json)["elements"].get("recipient")
    short = orjson.loads(row.choice_json)["duration"] == ONCE
    if recipient is None or now - happened > FRESH or (short and row.template == "consent-expired"):
        return None
    path = f"/account/apps/{row.grant_id}"
    if row.template.startswith("dispute-"):
        path = "/account/history/disputes"
    elif row.template in _WITH_RECEIPT:
        path += f"/receipts/{row.revision}"
    return {"app": recipient["name"], "at": happened, "until": row.expires_at, "path": path}
