"""The signing ring: the keys of the database, opened and ready, shared by one process.

The ring is a snapshot. A rotation elsewhere is seen at the next `refresh` (a background task calls it every
few seconds); until then this process signs with the previous key, which is still published.
"""

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from joserfc.jwk import Key
from sqlalchemy import select
from sqlmodel import col

from foundation.database import Transaction
from foundation.statements import Statement
from keys.lifecycle import KeyState, is_published, state_of
from keys.making import FILE
from keys.seal import unseal
from keys.sign import Signer, import_key, unb64url
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
    backend: str
    revoked_at: int | None
    revoked_for: str | None


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
        col(SigningKey.backend),
        col(SigningKey.revoked_at),
        col(SigningKey.revoked_for),
    ).order_by(col(SigningKey.staged_at), col(SigningKey.kid)),
    KeyRow,
)


def open_key(row: KeyRow, signing_secret: bytes) -> Key:
    """The private key of a row. Raises SealError."""
    return import_key(json.loads(unseal(signing_secret, row.sealed, row.kid.encode())))


class KeyRing:
    """Signers by purpose and algorithm, and the public keys to publish."""

    def __init__(self, signing_secret: bytes) -> None:
        self._signing_secret = signing_secret
        self._rows: Sequence[KeyRow] = ()
        self._signers: dict[tuple[str, str], Signer] = {}
        self._begun: dict[tuple[str, str], Signer] = {}

    async def refresh(self, tx: Transaction, now: int) -> None:
        """Take the keys as the database has them now; a key already open is not opened again."""
        rows = await tx.all(ALL_KEYS)
        if rows == self._rows:
            return
        opened = {signer.kid: signer for signer in (*self._signers.values(), *self._begun.values())}
        signers: dict[tuple[str, str], Signer] = {}
        for row in rows:
            if state_of(row, now) is KeyState.ACTIVE:
                signers[row.purpose, row.alg] = opened.get(row.kid) or self._open(row)
        ahead = {row.kid for row in rows if _stands_ahead(row)}
        begun = {slot: signer for slot, signer in self._begun.items() if signer.kid in ahead}
        self._rows, self._signers, self._begun = rows, signers, begun

    def _open(self, row: KeyRow) -> Signer:
        """A row's signer; where a module has the key, only what reaches that module can sign with it."""
        key = open_key(row, self._signing_secret) if row.backend == FILE else None
        return Signer(row.kid, row.alg, key)

    def signer(self, purpose: str, alg: str) -> Signer:
        """The active signer. Where nothing was ever signed, the key that stands published ahead begins.

        Raises KeyError when the ring has none (readiness says so before traffic comes).
        """
        try:
            return self._signers[purpose, alg]
        except KeyError:
            return self._begin(purpose, alg)

    def _begin(self, purpose: str, alg: str) -> Signer:
        slot = purpose, alg
        if slot not in self._begun:
            ahead = [row for row in self._rows if (row.purpose, row.alg) == slot and _stands_ahead(row)]
            if not ahead:
                raise KeyError(slot)
            self._begun[slot] = self._open(ahead[-1])
        return self._begun[slot]

    def begun(self) -> Sequence[tuple[str, str]]:
        """Whose key ahead began to sign here, and is to be activated: purpose and algorithm."""
        return list(self._begun)

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

    def ed25519(self, purpose: str) -> tuple[Signer, bytes]:
        """The signer of a purpose and its raw public key (the ledger's signed notes are not JWS)."""
        signer = self._signers[purpose, "EdDSA"]
        jwk = next(json.loads(row.public_jwk) for row in self._rows if row.kid == signer.kid)
        if jwk.get("crv") != "Ed25519":
            raise TypeError("not an Ed25519 key")
        return signer, unb64url(jwk["x"])


def _stands_ahead(row: KeyRow) -> bool:
    return row.activated_at is None and row.retired_at is None and row.revoked_at is None
