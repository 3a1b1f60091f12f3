"""The outbox: an e-mail is a row, written in the transaction of what it tells of, and sent afterwards.

Recipient and contents are sealed under the person's own key, so that erasing her erases her mails; before she
has an account (registration), under the server's.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.clock import DAY, MINUTE
from foundation.database import Transaction
from foundation.ids import new_id
from foundation.statements import Statement, Write
from idp.people.accounts import Holder
from idp.people.tables import OutboxMail
from keys.people import PeopleKeys
from keys.seal import SealError, derive, seal, unseal

KEPT = 7 * DAY
# Minutes until the next attempt, by how many were made; after the last, the mail is given up.
_BACKOFF = (1, 5, 15, 60, 240, 720)


class Mail(NamedTuple):
    """A mail to somebody who has no account. data: what its text needs (see mails.py)."""

    template: str
    locale: str
    to: str  # the address as it was typed
    data: Mapping[str, Any]


class Letter(NamedTuple):
    """A mail taken out of the outbox and opened."""

    id: str
    template: str
    locale: str
    to: str
    data: Mapping[str, Any]
    state: str
    attempts: int


class _Row(NamedTuple):
    id: str
    account_id: str | None
    template: str
    locale: str
    sealed: bytes
    state: str
    attempts: int
    next_attempt_at: int | None


_COLUMNS = (
    col(OutboxMail.id),
    col(OutboxMail.account_id),
    col(OutboxMail.template),
    col(OutboxMail.locale),
    col(OutboxMail.sealed),
    col(OutboxMail.state),
    col(OutboxMail.attempts),
    col(OutboxMail.next_attempt_at),
)
_INSERT = Write(insert(OutboxMail))
_RECENT = Statement(select(*_COLUMNS).order_by(col(OutboxMail.id).desc()).limit(bindparam("most")), _Row)
_DUE = Statement(
    select(*_COLUMNS)
    .where(col(OutboxMail.next_attempt_at) <= bindparam("now"))
    .order_by(col(OutboxMail.next_attempt_at))
    .limit(1),
    _Row,
)
_CLAIM = Write(
    update(OutboxMail)
    .where(
        col(OutboxMail.id) == bindparam("mail_id"),
        col(OutboxMail.attempts) == bindparam("known_attempts"),
        col(OutboxMail.next_attempt_at).is_not(None),
    )
    .values(attempts=col(OutboxMail.attempts) + 1, next_attempt_at=bindparam("later"))
)
_CLOSE = Write(
    update(OutboxMail)
    .where(col(OutboxMail.id) == bindparam("mail_id"))
    .values(state=bindparam("new_state"), next_attempt_at=None)
)
_WIPE = Write(update(OutboxMail).where(col(OutboxMail.id) == bindparam("mail_id")).values(sealed=b""))


class Outbox:
    """Queues and hands out mails. people: `ServerSecrets.people`, from which its own key is derived."""

    def __init__(self, keys: PeopleKeys, people: bytes) -> None:
        self._keys = keys
        self._server_key = derive(people, "accord outbox v1")

    async def queue(self, tx: Transaction, mail: Mail, now: int) -> None:
        """Send `mail` once the caller's unit commits."""
        await _insert(tx, mail, None, self._server_key, now)

    async def write_to(
        self, holder: Holder, tx: Transaction, template: str, data: Mapping[str, Any], now: int
    ) -> None:
        """The same to an account's own address, in its own language."""
        mail = Mail(template, holder.account.locale, holder.email, data)
        await _insert(tx, mail, holder.id, holder.person.data_key, now)

    async def recent(self, tx: Transaction, most: int) -> list[Letter]:
        """The newest mails that still can be read, for the demo's page."""
        letters = [await self._open(tx, row) for row in await tx.all(_RECENT, most=most)]
        return [letter for letter in letters if letter is not None]

    async def claim(self, tx: Transaction, now: int) -> Letter | None:
        """The next mail to send, kept from other senders until its next attempt; None when nothing is due.

        A sender that dies meanwhile loses nothing: the mail comes due again (and may then arrive twice).
        """
        row = await tx.first(_DUE, now=now)
        if row is None:
            return None
        letter = await self._open(tx, row) if row.attempts < len(_BACKOFF) else None
        if letter is None:  # erased since, unreadable, or fatal to every sender that tried
            await self.close(tx, row.id, "failed")
            return None
        later = now + _BACKOFF[row.attempts] * MINUTE
        claimed = await tx.run(_CLAIM, mail_id=row.id, known_attempts=row.attempts, later=later)
        return letter if claimed else None

    async def close(self, tx: Transaction, mail_id: str, state: str) -> None:
        """sent, failed: its contents are wiped. shown: kept for the demo's page."""
        await tx.run(_CLOSE, mail_id=mail_id, new_state=state)
        if state != "shown":
            await tx.run(_WIPE, mail_id=mail_id)

    @staticmethod
    def is_last_attempt(letter: Letter) -> bool:
        return letter.attempts + 1 >= len(_BACKOFF)

    async def _open(self, tx: Transaction, row: _Row) -> Letter | None:
        key: bytes | None = self._server_key
        if row.account_id is not None:
            person = await self._keys.find(tx, row.account_id)
            key = person.data_key if person else None
        if key is None or not row.sealed:
            return None
        try:
            to, data = orjson.loads(unseal(key, row.sealed, _place(row.id)))
        except SealError:
            return None
        return Letter(row.id, row.template, row.locale, to, data, row.state, row.attempts)


async def _insert(tx: Transaction, mail: Mail, account_id: str | None, key: bytes, now: int) -> None:
    mail_id = new_id(now)
    await tx.run(
        _INSERT,
        id=mail_id,
        account_id=account_id,
        template=mail.template,
        locale=mail.locale,
        sealed=seal(key, orjson.dumps([mail.to, mail.data]), _place(mail_id)),
        state="queued",
        attempts=0,
        next_attempt_at=now,
    )


def _place(mail_id: str) -> bytes:
    return b"outbox_mail:" + mail_id.encode()
