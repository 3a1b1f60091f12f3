"""The server's root secret: random, sealed under the master key, from which working keys are derived.

It stands in the database so that every node has the same and so that changing the master key re-seals one
row instead of ending every session and token.
"""

import contextlib
import os
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from foundation.database import Transaction
from foundation.errors import SettingsError
from foundation.statements import Statement, Write, upsert
from keys.master import WrongMasterKeyError
from keys.seal import KEY_BYTES, SealError, derive, seal, unseal
from keys.tables import ServerSecret

_ROOT = "root"


class _SealedRow(NamedTuple):
    sealed: bytes


_THIS = select(col(ServerSecret.sealed)).where(col(ServerSecret.name) == bindparam("name"))
_FIND = Statement(_THIS, _SealedRow)
_LOCK = Statement(_THIS.with_for_update(), _SealedRow)
# Of two nodes that start together on an empty database, one makes the secret and both use it.
_INSERT: Statement[Any] = Write(upsert(ServerSecret, ["name"], []))
_SEAL_ANEW = Write(
    update(ServerSecret)
    .where(col(ServerSecret.name) == bindparam("which"))
    .values(sealed=bindparam("sealed"))
)


@dataclass(frozen=True, slots=True, repr=False)
class ServerSecrets:
    """Working keys, 32 bytes each. One purpose a key: a value made for one proves nothing for another."""

    token_hash: bytes  # keyed hash of codes, access tokens, session and e-mail secrets
    refresh: bytes  # derives refresh tokens from line and generation
    lookup: bytes  # keyed hash by which an e-mail address is found
    form: bytes  # form tokens
    people: bytes  # wraps per-person keys
    signing: bytes  # seals private signing keys
    signals: bytes  # seals what partners are still to be told
    dpop: bytes  # makes the nonces of proofs of possession
    sid: bytes  # makes what each app knows a session by

    @classmethod
    def from_root(cls, root: bytes) -> "ServerSecrets":
        """The working keys of a root secret."""
        return cls(**{name: derive(root, f"accord {name} v1") for name in cls.__slots__})


async def load_secrets(tx: Transaction, master_key: bytes, now: int) -> ServerSecrets:
    """The server's secrets; made at the first start.

    Raises WrongMasterKeyError when the master key is not the one that sealed them.
    """
    row = await tx.first(_FIND, name=_ROOT)
    if row is None:
        sealed = seal(master_key, os.urandom(KEY_BYTES), _ROOT.encode())
        await tx.run(_INSERT, name=_ROOT, sealed=sealed, created_at=now)
        row = await tx.one(_FIND, name=_ROOT)
    return ServerSecrets.from_root(_opened(master_key, row))


async def reseal_root(tx: Transaction, old: bytes, new: bytes) -> bool:
    """Seal the root under another master key; False when that one opens it already.

    Nobody else changes it meanwhile. Raises SettingsError when there is none, or neither opens it.
    """
    row = await tx.first(_LOCK, name=_ROOT)
    if row is None:
        raise SettingsError("This database holds nothing sealed yet: start it with the new key")
    with contextlib.suppress(SealError):
        unseal(new, row.sealed, _ROOT.encode())
        return False
    await tx.run(_SEAL_ANEW, which=_ROOT, sealed=seal(new, _opened(old, row), _ROOT.encode()))
    return True


def _opened(master_key: bytes, row: _SealedRow) -> bytes:
    try:
        return unseal(master_key, row.sealed, _ROOT.encode())
    except SealError:
        raise WrongMasterKeyError from None


async def hold_secrets(tx: Transaction) -> None:
    """Wait for any other unit that holds the server's secrets: what is made once is made under this."""
    await tx.first(_LOCK, name=_ROOT)


async def has_secrets(tx: Transaction) -> bool:
    """Whether this database already holds sealed rows."""
    return await tx.first(_FIND, name=_ROOT) is not None
