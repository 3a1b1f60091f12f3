"""The signing ring: the keys of the database, opened and ready, shared by one process.

The ring is a snapshot. A rotation elsewhere is seen at the next `refresh` (a background task calls it every
few seconds); until then this process signs with the previous key, which is still published.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey
from sqlalchemy import select
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement
from keys.lifecycle import KeyState, is_published, state_of
from keys.seal import unseal
from keys.sign import Signer
from keys.tables import SigningKey


class KeyRow(NamedTuple):
    """A row of `signing_key`."""

    kid: str
    purpose: str
    alg: str
    public_jwk: str
    sealed: bytes
    staged_at: int
    activated_at: int | None
    retired_at: int | None


ALL_KEYS = Statement(
    select(
        col(SigningKey.kid),
        col(SigningKey.purpose),
        col(SigningKey.alg),
        col(SigningKey.public_jwk),
        col(SigningKey.sealed),
        col(SigningKey.staged_at),
        col(SigningKey.activated_at),
        col(SigningKey.retired_at),
    ).order_by(col(SigningKey.staged_at), col(SigningKey.kid)),
    KeyRow,
)

_IMPORTERS: dict[str, Any] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}


def open_key(row: KeyRow, signing_secret: bytes) -> Key:
    """The private key of a row. Raises SealError."""
    return import_key(json.loads(unseal(signing_secret, row.sealed, row.kid.encode())))


def import_key(jwk: dict[str, Any]) -> Key:
    """The key of a JWK of ours (RFC 7517)."""
    key: Key = _IMPORTERS[jwk["kty"]].import_key(jwk)
    return key


class KeyRing:
    """Signers by purpose and algorithm, and the public keys to publish."""

    def __init__(self, signing_secret: bytes) -> None:
        self._signing_secret = signing_secret
        self._rows: Sequence[KeyRow] = ()
        self._signers: dict[tuple[str, str], Signer] = {}

    async def refresh(self, tx: Transaction, now: int) -> None:
        """Take the keys as the database has them now; a key already open is not opened again."""
        rows = await tx.all(ALL_KEYS)
        if rows == self._rows:
            return
        opened = {signer.kid: signer for signer in self._signers.values()}
        signers: dict[tuple[str, str], Signer] = {}
        for row in rows:
            if state_of(row, now) is KeyState.ACTIVE:
                signers[row.purpose, row.alg] = opened.get(row.kid) or Signer(
                    row.kid, row.alg, open_key(row, self._signing_secret)
                )
        self._rows, self._signers = rows, signers

    def signer(self, purpose: str, alg: str) -> Signer:
        """The active signer; KeyError when the ring has none (readiness says so before traffic comes)."""
        return self._signers[purpose, alg]

    def has(self, purpose: str, alg: str) -> bool:
        """Whether an active key exists."""
        return (purpose, alg) in self._signers

    def rows(self) -> Sequence[KeyRow]:
        """Every key, oldest first, as last read."""
        return self._rows

    def jwks(self, purpose: str, now: int) -> dict[str, Any]:
        """The JWK Set (RFC 7517 section 5) of a purpose: staged, active and retiring keys."""
        return {
            "keys": [
                json.loads(row.public_jwk)
                for row in self._rows
                if row.purpose == purpose and is_published(row, now)
            ]
        }

    def ed25519(self, purpose: str) -> Ed25519PrivateKey:
        """The raw Ed25519 key of a purpose (the ledger's signed notes are not JWS)."""
        private = self._signers[purpose, "EdDSA"].key.private_key
        if not isinstance(private, Ed25519PrivateKey):
            raise TypeError("not an Ed25519 key")
        return private
