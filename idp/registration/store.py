"""The registrations of apps that registered by themselves, in the database."""

import hmac
import secrets
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement, Write
from idp.clients.tables import Client
from idp.registration.policy import Policy
from idp.registration.tables import ClientRegistration
from keys.seal import keyed_hash


class RegistrationRow(NamedTuple):
    """A row of `client_registration`; times in microseconds."""

    client_id: str
    token_hash: bytes
    policy_json: str
    token_id: str | None
    software_statement: str | None
    issued_at: int
    deleted_at: int | None

    @property
    def policy(self) -> Policy:
        return Policy.model_validate_json(self.policy_json)


_OF_APP = col(ClientRegistration.client_id) == bindparam("of_app")
_FIND = Statement(
    select(*(col(getattr(ClientRegistration, name)) for name in RegistrationRow._fields)).where(_OF_APP),
    RegistrationRow,
)
_INSERT = Write(insert(ClientRegistration))
# Both name the token that was shown: of any number of calls with it, one changes anything.
_AS_SHOWN = (
    _OF_APP,
    col(ClientRegistration.token_hash) == bindparam("shown"),
    col(ClientRegistration.deleted_at).is_(None),
)
_ROTATE = Write(
    update(ClientRegistration)
    .where(*_AS_SHOWN)
    .values(token_hash=bindparam("fresh"), software_statement=bindparam("brought"))
)
_DELETE = Write(update(ClientRegistration).where(*_AS_SHOWN).values(deleted_at=bindparam("now")))
_PUT = Write(
    update(Client)
    .where(col(Client.id) == bindparam("of_app"))
    .values(metadata_json=bindparam("text"), secret_hash=bindparam("kept"))
)


async def find_registration(tx: Transaction, client_id: str) -> RegistrationRow | None:
    """How an app registered; None for one that did not do so by itself, or has ended."""
    row = await tx.first(_FIND, of_app=client_id)
    return None if row is None or row.deleted_at is not None else row


async def has_ended(tx: Transaction, client_id: str) -> bool:
    """Whether an app ended itself: nobody brings it back."""
    row = await tx.first(_FIND, of_app=client_id)
    return row is not None and row.deleted_at is not None


def proves(row: RegistrationRow, unverified: str, hash_key: bytes) -> bool:
    """Whether this text is the app's registration access token."""
    return hmac.compare_digest(keyed_hash(hash_key, unverified.encode()), row.token_hash)


def fresh_token(hash_key: bytes) -> tuple[str, bytes]:
    """A registration access token: its text, and the keyed hash that is kept of it."""
    text = f"rat_{secrets.token_urlsafe(32)}"
    return text, keyed_hash(hash_key, text.encode())


async def keep(tx: Transaction, row: RegistrationRow) -> None:
    """Keep how a new app registered."""
    await tx.run(_INSERT, **row._asdict())


async def rotate(tx: Transaction, row: RegistrationRow, token_hash: bytes, statement: str | None) -> bool:
    """Let another token take the place of the one that was shown; False where it served already."""
    return (
        await tx.run(_ROTATE, of_app=row.client_id, shown=row.token_hash, fresh=token_hash, brought=statement)
        > 0
    )


async def end(tx: Transaction, row: RegistrationRow, now: int) -> bool:
    """Let the token and the registration be worth nothing; False where another call did."""
    return await tx.run(_DELETE, of_app=row.client_id, shown=row.token_hash, now=now) > 0


async def put(tx: Transaction, client_id: str, metadata_json: str, secret_hash: bytes | None) -> None:
    """Write an app's registration anew."""
    await tx.run(_PUT, of_app=client_id, text=metadata_json, kept=secret_hash)
