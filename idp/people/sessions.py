"""Sessions: who is signed in, in which browser, since when, until when.

The row holds a keyed hash of the secret; the account, its role and her keys are read with it on every
request, so that locking, erasing or signing out takes effect at once, on every node.
"""

import hmac
import secrets
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.clock import MINUTE, SECOND
from foundation.database import Transaction
from foundation.ids import new_id
from foundation.settings import Settings
from foundation.statements import Statement, Write
from idp.people import tables
from idp.people.accounts import Holder, open_age, open_email
from idp.people.cookies import Cookies, Credential
from idp.people.session import OpenBrowser, Session
from idp.people.tables import Account
from keys.people import PeopleKeys, PersonSecrets
from keys.seal import keyed_hash, seal, unseal
from keys.tables import PersonKey

_SEEN_EVERY = MINUTE


class _Found(NamedTuple):
    id: str
    root: str | None
    secret_hash: bytes
    account_id: str
    amr: str
    auth_time: int
    last_seen_at: int
    expires_at: int
    role: str
    locale: str
    sealed_email: bytes
    sealed_age: bytes | None
    wrapped: bytes


class _Listed(NamedTuple):
    id: str
    created_at: int
    last_seen_at: int
    sealed_agent: bytes


_row = tables.Session
_INSERT = Write(insert(_row))
_FIND = Statement(
    select(
        col(_row.id),
        col(_row.root),
        col(_row.secret_hash),
        col(_row.account_id),
        col(_row.amr),
        col(_row.auth_time),
        col(_row.last_seen_at),
        col(_row.expires_at),
        col(Account.role),
        col(Account.locale),
        col(Account.sealed_email),
        col(Account.sealed_age),
        col(PersonKey.wrapped),
    )
    .join(Account, col(Account.id) == col(_row.account_id))
    .join(PersonKey, col(PersonKey.person_id) == col(_row.account_id))
    .where(col(_row.id) == bindparam("session_id"), col(Account.locked_at).is_(None)),
    _Found,
)
_SEEN = Write(
    update(_row)
    .where(col(_row.id) == bindparam("session_id"), col(_row.last_seen_at) < bindparam("now"))
    .values(last_seen_at=bindparam("now"))
)
_OF_ACCOUNT = col(_row.account_id) == bindparam("account_id")
_LIST = Statement(
    select(col(_row.id), col(_row.created_at), col(_row.last_seen_at), col(_row.sealed_agent))
    .where(_OF_ACCOUNT, col(_row.expires_at) > bindparam("now"), col(_row.last_seen_at) > bindparam("idle"))
    .order_by(col(_row.last_seen_at).desc(), col(_row.id)),
    _Listed,
)


class Sessions:
    """Opens and finds sessions; ending.py ends them. token_hash: `ServerSecrets.token_hash`."""

    def __init__(self, settings: Settings, token_hash: bytes, keys: PeopleKeys) -> None:
        self.cookies = Cookies(settings, token_hash)
        self._idle = settings.session_idle_seconds * SECOND
        self._lifetime = settings.session_seconds * SECOND
        self._token_hash = token_hash
        self._keys = keys

    def anonymous(self, now: int) -> Session:
        """A fresh browser in which nobody is signed in."""
        return Session(*self.cookies.new_anonymous(now))

    async def find(self, tx: Transaction, unverified: Credential, now: int) -> tuple[Session, bool] | None:
        """The live session of a cookie, and whether it is time to write that it was seen."""
        if self.cookies.is_anonymous(unverified):
            return (Session(*unverified), False) if self.cookies.is_fresh(unverified, now) else None
        row = await tx.first(_FIND, session_id=unverified.id)
        if row is None or not hmac.compare_digest(row.secret_hash, self._hash(unverified.secret)):
            return None
        if now >= row.expires_at or now >= row.last_seen_at + self._idle:
            return None
        return self._session(row, unverified.secret), now - row.last_seen_at >= _SEEN_EVERY

    async def open(  # noqa: PLR0913  # the unit, who, how, where, when, instead of what
        self, tx: Transaction, holder: Holder, amr: str, agent: str, now: int, *, renews: str | None = None
    ) -> Session:
        """A new session with a new id and secret. amr: RFC 8176 values. agent: see agents.py.

        renews: the root of her session that this one takes the place of.
        """
        account, person = holder
        session_id, secret = new_id(now), secrets.token_urlsafe(32)
        await tx.run(
            _INSERT,
            id=session_id,
            root=renews,
            secret_hash=self._hash(secret),
            account_id=account.id,
            amr=amr,
            auth_time=now,
            created_at=now,
            last_seen_at=now,
            expires_at=now + self._lifetime,
            sealed_agent=seal(person.data_key, agent.encode(), _place(session_id)),
        )
        return Session(
            id=session_id,
            secret=secret,
            account_id=account.id,
            role=account.role,
            email=holder.email,
            locale=account.locale,
            amr=amr,
            auth_time=now,
            expires_at=now + self._lifetime,
            person=person,
            renews=renews,
            of_age_on=holder.of_age_on,
        )

    async def seen(self, tx: Transaction, session_id: str, now: int) -> None:
        """She is still there."""
        await tx.run(_SEEN, session_id=session_id, now=now)

    async def browsers(
        self, tx: Transaction, account_id: str, person: PersonSecrets, now: int
    ) -> list[OpenBrowser]:
        """Her live sessions, the most recent first."""
        rows = await tx.all(_LIST, account_id=account_id, now=now, idle=now - self._idle)
        return [
            OpenBrowser(
                row.id,
                row.created_at,
                row.last_seen_at,
                unseal(person.data_key, row.sealed_agent, _place(row.id)).decode(),
            )
            for row in rows
        ]

    def _session(self, row: _Found, secret: str) -> Session:
        person = self._keys.open(row.account_id, row.wrapped)
        return Session(
            id=row.id,
            secret=secret,
            account_id=row.account_id,
            role=row.role,
            email=open_email(person, row.account_id, row.sealed_email),
            locale=row.locale,
            amr=row.amr,
            auth_time=row.auth_time,
            expires_at=row.expires_at,
            person=person,
            renews=row.root,
            of_age_on=open_age(person, row.account_id, row.sealed_age),
        )

    def _hash(self, secret: str) -> bytes:
        return keyed_hash(self._token_hash, secret.encode())


def _place(session_id: str) -> bytes:
    return b"session.agent:" + session_id.encode()
