"""Keys that outlive a person's own: what must be kept after an erasure is sealed under one a piece.

Each such key is encrypted (HPKE, RFC 9180) to the public half of the *vault's* key pair. Putting evidence
away needs no secret; taking it out needs the private half, which is sealed under the master key, apart from
all that a serving process derives its work from, and is opened for one piece at a time. The caller (idp/)
decides who may, and tells the ledger in the same transaction.
"""

import os
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement, Write, upsert
from keys.master import WrongMasterKeyError
from keys.seal import KEY_BYTES, SealError, derive, seal, unseal
from keys.tables import EvidenceKey, EvidenceVault

_VAULT = "vault"
_HPKE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_LABEL = b"accord evidence key v1\0"


class _VaultRow(NamedTuple):
    public_key: bytes
    sealed: bytes


class _KeyRow(NamedTuple):
    wrapped: bytes
    destroy_at: int


class DueRow(NamedTuple):
    id: str


_FIND_VAULT = Statement(
    select(col(EvidenceVault.public_key), col(EvidenceVault.sealed)).where(
        col(EvidenceVault.name) == bindparam("name")
    ),
    _VaultRow,
)
# Of two first erasures at once, one makes the vault and both use it.
_MAKE_VAULT: Statement[Any] = Write(upsert(EvidenceVault, ["name"], []))
_SEAL_ANEW = Write(
    update(EvidenceVault)
    .where(col(EvidenceVault.name) == bindparam("which"))
    .values(sealed=bindparam("sealed"))
)
_INSERT = Write(insert(EvidenceKey))
_FIND = Statement(
    select(col(EvidenceKey.wrapped), col(EvidenceKey.destroy_at)).where(
        col(EvidenceKey.id) == bindparam("key_id")
    ),
    _KeyRow,
)
_DESTROY = Write(delete(EvidenceKey).where(col(EvidenceKey.id) == bindparam("key_id")))
_DUE = Statement(
    select(col(EvidenceKey.id))
    .where(col(EvidenceKey.destroy_at) <= bindparam("now"))
    .order_by(col(EvidenceKey.destroy_at))
    .limit(bindparam("most")),
    DueRow,
)


class Vault:
    """Where evidence keys are put. public_key: X25519, 32 bytes. It cannot take out what it took in."""

    def __init__(self, public_key: bytes) -> None:
        self._public = X25519PublicKey.from_public_bytes(public_key)

    async def new_key(self, tx: Transaction, key_id: str, destroy_at: int) -> bytes:
        """A fresh 32-byte key for one piece of evidence, kept until `destroy_at` (microseconds).

        Raises ConflictError when the piece has a key.
        """
        key = os.urandom(KEY_BYTES)
        wrapped = _HPKE.encrypt(key, self._public, _LABEL + key_id.encode())
        await tx.run(_INSERT, id=key_id, wrapped=wrapped, destroy_at=destroy_at)
        return key


async def open_vault(tx: Transaction, master_key: bytes, now: int) -> Vault:
    """The vault, made at the first erasure; its private half is not opened."""
    row = await tx.first(_FIND_VAULT, name=_VAULT)
    if row is None:
        private = X25519PrivateKey.generate()
        sealed = seal(_sealing(master_key), private.private_bytes_raw(), _VAULT.encode())
        public = private.public_key().public_bytes_raw()
        await tx.run(_MAKE_VAULT, name=_VAULT, public_key=public, sealed=sealed, created_at=now)
        row = await tx.one(_FIND_VAULT, name=_VAULT)
    return Vault(row.public_key)


async def reseal_vault(tx: Transaction, old: bytes, new: bytes, now: int) -> None:
    """Seal the private half under another master key. Raises SettingsError when `old` does not open it.

    Where there is no vault it is made: a process that still has the old key would make one under that.
    """
    await open_vault(tx, old, now)
    private = _opened(old, await tx.one(_FIND_VAULT, name=_VAULT))
    await tx.run(_SEAL_ANEW, which=_VAULT, sealed=seal(_sealing(new), private, _VAULT.encode()))


async def take_key(tx: Transaction, master_key: bytes, key_id: str, now: int) -> bytes | None:
    """The key of one piece of evidence; None when there is none, or its time is over.

    The one place where the vault's private half is used. Raises SettingsError for another master key.
    """
    vault, row = await tx.first(_FIND_VAULT, name=_VAULT), await tx.first(_FIND, key_id=key_id)
    if vault is None or row is None or row.destroy_at <= now:
        return None
    private = X25519PrivateKey.from_private_bytes(_opened(master_key, vault))
    try:
        return _HPKE.decrypt(row.wrapped, private, _LABEL + key_id.encode())
    except (InvalidTag, ValueError) as error:
        raise SealError("an evidence key does not open") from error


async def keys_due(tx: Transaction, now: int, most: int) -> list[DueRow]:
    """At most `most` pieces whose time is over at `now`, the oldest first."""
    return await tx.all(_DUE, now=now, most=most)


async def destroy_key(tx: Transaction, key_id: str) -> bool:
    """What was sealed under it opens for nobody any more. False when there was none."""
    return await tx.run(_DESTROY, key_id=key_id) > 0


def _opened(master_key: bytes, vault: _VaultRow) -> bytes:
    try:
        return unseal(_sealing(master_key), vault.sealed, _VAULT.encode())
    except SealError:
        raise WrongMasterKeyError from None


def _sealing(master_key: bytes) -> bytes:
    return derive(master_key, "accord evidence vault v1")
