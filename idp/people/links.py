"""Links sent by e-mail: `em_<id>.<secret>`, usable once, for a while.

A mail can carry a secret in nothing but an address: so it stands there for one request, which moves it into a
cookie (pages/by_mail.py). Links live shortly and die at first use, and opening one only shows a form (mail
filters open links too); the form's POST spends it.
"""

import hmac
import re
import secrets
from typing import NamedTuple

import orjson
from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import col

from foundation.clock import DAY, HOUR
from foundation.database import Transaction
from foundation.ids import new_id
from foundation.statements import Statement, Write
from idp.people.tables import EmailToken
from keys.seal import derive, keyed_hash, seal, unseal

REGISTER = "register"
RESET = "reset"
_LIFETIMES = {REGISTER: DAY, RESET: HOUR}
LONGEST_LIFE = DAY
_SHAPE = re.compile(r"em_([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)


class Carried(NamedTuple):
    """What a link carries on to whoever opens it.

    email: the address to register, "" for a reset. request_id, next: where she was going when she asked,
    which only the browser of session_id may go on to.
    """

    email: str = ""
    request_id: str = ""
    next: str = ""
    session_id: str = ""


class Link(NamedTuple):
    """A link that is ours, unused and in time."""

    account_id: str | None
    carried: Carried


class _Row(NamedTuple):
    secret_hash: bytes
    purpose: str
    account_id: str | None
    sealed: bytes
    expires_at: int


_INSERT = Write(insert(EmailToken))
_FIND = Statement(
    select(
        col(EmailToken.secret_hash),
        col(EmailToken.purpose),
        col(EmailToken.account_id),
        col(EmailToken.sealed),
        col(EmailToken.expires_at),
    ).where(col(EmailToken.id) == bindparam("token_id")),
    _Row,
)
_SPEND = Write(delete(EmailToken).where(col(EmailToken.id) == bindparam("token_id")))
_FORGET = Write(delete(EmailToken).where(col(EmailToken.account_id) == bindparam("account_id")))


def id_of(unverified: str) -> str:
    """The id in a link's token, which a page may show; "" for what cannot be one of ours."""
    match = _SHAPE.fullmatch(unverified)
    return match[1] if match else ""


class Links:
    """Makes, reads and spends links. token_hash: `ServerSecrets.token_hash`."""

    def __init__(self, token_hash: bytes) -> None:
        self._token_hash = token_hash
        self._seal_key = derive(token_hash, "accord e-mail links v1")

    async def make(
        self, tx: Transaction, purpose: str, carried: Carried, now: int, account_id: str | None = None
    ) -> str:
        """The text of a fresh link's token. purpose: REGISTER or RESET."""
        token_id, secret = new_id(now), secrets.token_urlsafe(32)
        await tx.run(
            _INSERT,
            id=token_id,
            secret_hash=keyed_hash(self._token_hash, secret.encode()),
            purpose=purpose,
            account_id=account_id,
            sealed=seal(self._seal_key, orjson.dumps([*carried]), _place(token_id)),
            expires_at=now + _LIFETIMES[purpose],
        )
        return f"em_{token_id}.{secret}"

    async def read(self, tx: Transaction, purpose: str, unverified: str, now: int) -> Link | None:
        """The link of hostile text, unspent; None when not ours, of another purpose, used or too old."""
        match = _SHAPE.fullmatch(unverified)
        row = await tx.first(_FIND, token_id=match[1]) if match else None
        if match is None or row is None:
            return None
        proved = hmac.compare_digest(row.secret_hash, keyed_hash(self._token_hash, match[2].encode()))
        if not proved or row.purpose != purpose or now >= row.expires_at:
            return None
        carried = Carried(*orjson.loads(unseal(self._seal_key, row.sealed, _place(match[1]))))
        return Link(row.account_id, carried)

    async def spend(self, tx: Transaction, purpose: str, unverified: str, now: int) -> Link | None:
        """Use a link up: under any race, one caller gets it and the others get None."""
        link = await self.read(tx, purpose, unverified, now)
        if link is None or await tx.run(_SPEND, token_id=unverified[3:35]) != 1:
            return None
        return link

    async def forget(self, tx: Transaction, account_id: str) -> None:
        """Void every link of an account: its password has just changed."""
        await tx.run(_FORGET, account_id=account_id)


def _place(token_id: str) -> bytes:
    return b"email_token:" + token_id.encode()
