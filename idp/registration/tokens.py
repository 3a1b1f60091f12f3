"""Initial access tokens (RFC 7591 section 3): `iat_<row>.<secret>`, good for a number of registrations."""

import hmac
import re
import secrets
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.statements import Statement, Write
from idp.clients.declarations import Hand
from idp.registration.policy import Policy
from idp.registration.tables import RegistrationToken
from keys.seal import keyed_hash

State = Literal["good", "revoked", "over"]
PAGE = 20
LONGEST_CONTACT = 200
_AFTER_EVERY_ID = "g"  # ids are hexadecimal
_TEXT = re.compile(r"iat_([0-9a-f]{32})\.([A-Za-z0-9_-]{43})", re.ASCII)


class TokenRow(NamedTuple):
    """A row of `registration_token`; times in microseconds."""

    id: str
    secret_hash: bytes
    policy_json: str
    contact: str
    uses: int
    uses_left: int
    created_at: int
    expires_at: int
    revoked_at: int | None
    made_by: str | None

    @property
    def policy(self) -> Policy:
        return Policy.model_validate_json(self.policy_json)

    @property
    def used(self) -> int:
        """How many apps registered by it."""
        return self.uses - self.uses_left

    def state(self, now: int) -> State:
        """What may be done with it at `now`: an app may register by one that is good."""
        if self.revoked_at is not None:
            return "revoked"
        return "good" if now < self.expires_at and self.uses_left > 0 else "over"


_COLUMNS = tuple(col(getattr(RegistrationToken, name)) for name in TokenRow._fields)
_INSERT = Write(insert(RegistrationToken))
_FIND = Statement(select(*_COLUMNS).where(col(RegistrationToken.id) == bindparam("token_id")), TokenRow)
_LIST = Statement(
    select(*_COLUMNS)
    .where(col(RegistrationToken.id) < bindparam("before"))
    .order_by(col(RegistrationToken.id).desc())
    .limit(bindparam("most")),
    TokenRow,
)
# Its own guard: of any number of registrations at once, as many as are left find one.
_SPEND = Write(
    update(RegistrationToken)
    .where(
        col(RegistrationToken.id) == bindparam("token_id"),
        col(RegistrationToken.uses_left) > 0,
        col(RegistrationToken.revoked_at).is_(None),
        col(RegistrationToken.expires_at) > bindparam("now"),
    )
    .values(uses_left=col(RegistrationToken.uses_left) - 1)
)
_REVOKE = Write(
    update(RegistrationToken)
    .where(col(RegistrationToken.id) == bindparam("token_id"), col(RegistrationToken.revoked_at).is_(None))
    .values(revoked_at=bindparam("now"))
)


class Wish(NamedTuple):
    """A token to make. uses: how many registrations. expires_at: microseconds."""

    policy: Policy
    uses: int
    expires_at: int
    contact: str = ""


async def make(tx: Transaction, wish: Wish, hash_key: bytes, hand: Hand) -> tuple[str, str]:
    """A new token: its id, and its text, which is stored nowhere."""
    token_id, secret = new_id(hand.now), secrets.token_urlsafe(32)
    await tx.run(
        _INSERT,
        id=token_id,
        secret_hash=keyed_hash(hash_key, secret.encode()),
        policy_json=wish.policy.model_dump_json(),
        contact=wish.contact,
        uses=wish.uses,
        uses_left=wish.uses,
        created_at=hand.now,
        expires_at=wish.expires_at,
        revoked_at=None,
        made_by=hand.account_id,
    )
    return token_id, f"iat_{token_id}.{secret}"


async def find(tx: Transaction, unverified: str, hash_key: bytes, now: int) -> TokenRow:
    """The token of this text, which still serves. Raises AccordError `invalid_token`."""
    match = _TEXT.fullmatch(unverified)
    row = None if match is None else await tx.first(_FIND, token_id=match[1])
    if match is None or row is None:
        raise invalid_token()
    shown = keyed_hash(hash_key, match[2].encode())
    if not hmac.compare_digest(shown, row.secret_hash) or row.state(now) != "good":
        raise invalid_token()
    return row


async def listed(tx: Transaction, *, before: str = "", most: int = PAGE) -> list[TokenRow]:
    """The tokens, the newest first, whatever they are still good for. before: id of the last one shown."""
    return await tx.all(_LIST, before=before or _AFTER_EVERY_ID, most=most)


async def spend(tx: Transaction, token_id: str, now: int) -> None:
    """Use it once. Raises AccordError `invalid_token` where nothing of it is left."""
    if not await tx.run(_SPEND, token_id=token_id, now=now):
        raise invalid_token()


async def revoke(tx: Transaction, token_id: str, now: int) -> bool:
    """Nobody registers by it any more; False when that was so already."""
    return await tx.run(_REVOKE, token_id=token_id, now=now) > 0


def invalid_token() -> AccordError:
    """For a token that does not open registration, whatever is wrong with it (RFC 6750 section 3.1)."""
    return AccordError(
        "invalid_token",
        "This token is missing, unknown, used up, expired or revoked: ask this server's operator for one.",
        status=401,
        headers={"WWW-Authenticate": 'Bearer error="invalid_token"'},
    )
