"""Accounts: made, found, given a new password. Hashing is done before, off the loop and outside the unit."""

from dataclasses import dataclass, field
from datetime import date
from typing import Literal, NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.ids import new_id
from foundation.statements import Statement, Write
from idp.people.addresses import Address, digest_of
from idp.people.tables import Account, AccountAddress
from keys.people import PeopleKeys, PersonSecrets
from keys.seal import seal, unseal

Role = Literal["person", "partner", "auditor", "administrator"]
ROLES: tuple[Role, ...] = ("person", "partner", "auditor", "administrator")


class AccountRow(NamedTuple):
    """What signing in and recovery read of an account."""

    id: str
    sealed_email: bytes
    role: str
    password_hash: str
    locale: str
    email_verified_at: int | None
    locked_at: int | None
    sealed_age: bytes | None = None

    @property
    def may_sign_in(self) -> bool:
        return self.locked_at is None and self.email_verified_at is not None


class Holder(NamedTuple):
    """An account with its person's keys opened, for one unit of work."""

    account: AccountRow
    person: PersonSecrets

    @property
    def id(self) -> str:
        return self.account.id

    @property
    def email(self) -> str:
        """Her address as she wrote it. Raises SealError."""
        return open_email(self.person, self.account.id, self.account.sealed_email)

    @property
    def of_age_on(self) -> date | None:
        """The day she turns 15, None for somebody who is. Raises SealError."""
        return open_age(self.person, self.account.id, self.account.sealed_age)


_COLUMNS = (
    col(Account.id),
    col(Account.sealed_email),
    col(Account.role),
    col(Account.password_hash),
    col(Account.locale),
    col(Account.email_verified_at),
    col(Account.locked_at),
    col(Account.sealed_age),
)
_BY_DIGEST = Statement(
    select(*_COLUMNS)
    .join(AccountAddress, col(AccountAddress.account_id) == col(Account.id))
    .where(col(AccountAddress.digest) == bindparam("digest")),
    AccountRow,
)
_BY_ID = Statement(select(*_COLUMNS).where(col(Account.id) == bindparam("account_id")), AccountRow)
# Held until the unit ends, so that a password change and a sign-in with the old one cannot pass each other.
_HELD = Statement(
    select(*_COLUMNS).where(col(Account.id) == bindparam("account_id")).with_for_update(key_share=True),
    AccountRow,
)
_INSERT = Write(insert(Account))
_REACHED_BY = Write(insert(AccountAddress))
_FORGET_ADDRESS = Write(
    delete(AccountAddress).where(col(AccountAddress.account_id) == bindparam("account_id"))
)
_REPLACE_PASSWORD = Write(
    update(Account)
    .where(col(Account.id) == bindparam("account_id"), col(Account.password_hash) == bindparam("known_hash"))
    .values(password_hash=bindparam("new_hash"))
)
_LOCK = Write(
    update(Account)
    .where(col(Account.id) == bindparam("account_id"), col(Account.locked_at).is_(None))
    .values(locked_at=bindparam("now"))
)
_COME_OF_AGE = Write(
    update(Account).where(col(Account.id) == bindparam("account_id")).values(sealed_age=None)
)
_PROVE_EMAIL = Write(
    update(Account)
    .where(col(Account.id) == bindparam("account_id"), col(Account.email_verified_at).is_(None))
    .values(email_verified_at=bindparam("now"))
)


@dataclass(frozen=True, slots=True)
class Draft:
    """An account about to be made; its password is already hashed."""

    address: Address
    password_hash: str = field(repr=False)
    role: Role = "person"
    locale: str = "fr"
    verified: bool = True
    of_age_on: date | None = None  # the day she turns 15; None for somebody who is


async def insert_account(tx: Transaction, keys: PeopleKeys, lookup: bytes, draft: Draft, now: int) -> Holder:
    """A new account and its person's fresh keys. lookup: `ServerSecrets.lookup`.

    Raises ConflictError when the address has an account.
    """
    account_id = new_id(now)
    person = await keys.create(tx, account_id)
    row = AccountRow(
        id=account_id,
        sealed_email=seal(person.data_key, draft.address.text.encode(), _place(account_id)),
        role=draft.role,
        password_hash=draft.password_hash,
        locale=draft.locale,
        email_verified_at=now if draft.verified else None,
        locked_at=None,
        sealed_age=seal_age(person, account_id, draft.of_age_on),
    )
    await tx.run(_REACHED_BY, digest=digest_of(lookup, draft.address), account_id=account_id)
    await tx.run(_INSERT, created_at=now, **row._asdict())
    return Holder(row, person)


async def find_by_digest(tx: Transaction, digest: bytes) -> AccountRow | None:
    """The account of an address's digest."""
    return await tx.first(_BY_DIGEST, digest=digest)


async def forget_address(tx: Transaction, account_id: str) -> bool:
    """No address leads to this account any more; False when none did."""
    return await tx.run(_FORGET_ADDRESS, account_id=account_id) > 0


async def find_account(tx: Transaction, account_id: str) -> AccountRow | None:
    """The account of an id, or None."""
    return await tx.first(_BY_ID, account_id=account_id)


async def hold_account(tx: Transaction, account_id: str) -> AccountRow | None:
    """The account, whose password nobody else can change before this unit ends."""
    return await tx.first(_HELD, account_id=account_id)


async def open_holder(tx: Transaction, keys: PeopleKeys, account: AccountRow | None) -> Holder | None:
    """An account's holder; None when there is no account, or she was erased."""
    person = await keys.find(tx, account.id) if account is not None else None
    return Holder(account, person) if account is not None and person is not None else None


async def replace_password(tx: Transaction, account_id: str, known_hash: str, new_hash: str) -> bool:
    """Compare and swap: False when the password is no longer the one that the caller verified."""
    swapped = await tx.run(_REPLACE_PASSWORD, account_id=account_id, known_hash=known_hash, new_hash=new_hash)
    return swapped > 0


async def prove_email(tx: Transaction, account_id: str, now: int) -> None:
    """She read a mail sent to her address."""
    await tx.run(_PROVE_EMAIL, account_id=account_id, now=now)


async def come_of_age(tx: Transaction, account_id: str) -> None:
    """She is 15: nothing about her age is kept any more."""
    await tx.run(_COME_OF_AGE, account_id=account_id)


async def lock_account(tx: Transaction, account_id: str, now: int) -> bool:
    """Let her sign in no more, and end what is open at once; False when it was locked, or is not there."""
    return await tx.run(_LOCK, account_id=account_id, now=now) > 0


def open_email(secrets: PersonSecrets, account_id: str, sealed_email: bytes) -> str:
    """The address as she wrote it. Raises SealError."""
    return unseal(secrets.data_key, sealed_email, _place(account_id)).decode()


def seal_age(secrets: PersonSecrets, account_id: str, of_age_on: date | None) -> bytes | None:
    """The day she turns 15, as the account keeps it."""
    if of_age_on is None:
        return None
    return seal(secrets.data_key, of_age_on.isoformat().encode(), _age_place(account_id))


def open_age(secrets: PersonSecrets, account_id: str, sealed_age: bytes | None) -> date | None:
    """The day she turns 15; None for somebody who is. Raises SealError."""
    if sealed_age is None:
        return None
    return date.fromisoformat(unseal(secrets.data_key, sealed_age, _age_place(account_id)).decode())


class EmailClaim(NamedTuple):
    """What userinfo and ID tokens say (OpenID Connect Core section 5.1)."""

    email: str
    email_verified: bool


async def email_claim(tx: Transaction, account_id: str, secrets: PersonSecrets) -> EmailClaim | None:
    """Her address and whether she proved that it is hers; None when there is no such account."""
    row = await find_account(tx, account_id)
    if row is None:
        return None
    return EmailClaim(open_email(secrets, row.id, row.sealed_email), row.email_verified_at is not None)


def _place(account_id: str) -> bytes:
    return b"account.email:" + account_id.encode()


def _age_place(account_id: str) -> bytes:
    return b"account.age:" + account_id.encode()
