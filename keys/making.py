"""Where keys come from: made here and sealed at rest, or made by a PKCS#11 module that never lets them out.

A key is made before the unit that stores its row: generating RSA takes a tenth of a second here, seconds in
hardware, and neither is anything to hold a transaction for. One that no row came of is discarded.
"""

import asyncio
import json
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from joserfc.jwk import ECKey, Key, KeyParameters, OKPKey, RSAKey

from foundation.ids import new_id
from keys.seal import seal

FILE = "file"  # how `signing_key.backend` calls what is sealed at rest
RSA_BITS = 2048


class Slot(NamedTuple):
    """What a key is for: a purpose ("token", "receipt", "ledger") and a JOSE algorithm."""

    purpose: str
    alg: str


class Made(NamedTuple):
    """A key without a row yet. public_jwk: JSON. sealed: its private part, nothing where a module has it."""

    slot: Slot
    kid: str
    public_jwk: str
    sealed: bytes
    backend: str


class UnfitError(Exception):
    """A module has no mechanism for an algorithm: its key is made here."""


class Module(Protocol):
    """A maker of keys that are not ours to hold (keys/hardware)."""

    backend: str

    async def make(self, slot: Slot, kid: str) -> Made:
        """A key of that name. Raises UnfitError, SignerUnavailableError."""
        ...

    async def destroy(self, kid: str) -> None:
        """Undo `make`."""
        ...


class Maker:
    """Makes what is asked for, where it belongs: in the module, if there is one, those of its `purposes`."""

    def __init__(
        self, secret: bytes, module: Module | None = None, purposes: frozenset[str] = frozenset({"token"})
    ) -> None:
        self._secret = secret
        self._module = module
        self._purposes = purposes

    @property
    def backends(self) -> frozenset[str]:
        """Whose keys can sign here."""
        return frozenset({FILE} if self._module is None else {FILE, self._module.backend})

    async def make(self, slots: Sequence[Slot], now: int) -> list[Made]:
        """A key for each of `slots`. Raises SignerUnavailableError."""
        return [await self._make(slot, new_id(now)) for slot in slots]

    async def discard(self, left: Sequence[Made]) -> None:
        """Keys that no row came of."""
        for made in left:
            if self._module is not None and made.backend == self._module.backend:
                await self._module.destroy(made.kid)

    async def _make(self, slot: Slot, kid: str) -> Made:
        if self._module is not None and slot.purpose in self._purposes:
            try:
                return await self._module.make(slot, kid)
            except UnfitError:
                pass
        # Generating runs beside the loop: the library lets go of the interpreter meanwhile.
        return await asyncio.to_thread(sealed_key, slot, kid, self._secret)


def sealed_key(slot: Slot, kid: str, secret: bytes) -> Made:
    """A key made here, sealed under a 32-byte secret."""
    key = _generate(slot, kid)
    private = json.dumps(key.as_dict(private=True)).encode()
    public = json.dumps(key.as_dict(private=False), sort_keys=True)
    return Made(slot, kid, public, seal(secret, private, kid.encode()), FILE)


def _generate(slot: Slot, kid: str) -> Key:
    parameters: KeyParameters = {"kid": kid, "alg": slot.alg, "use": "sig"}
    if slot.alg in {"RS256", "PS256"}:
        return RSAKey.generate_key(RSA_BITS, parameters)
    if slot.alg == "EdDSA":
        return OKPKey.generate_key("Ed25519", parameters)
    if slot.alg == "ES256":
        return ECKey.generate_key("P-256", parameters)
    raise ValueError(f"no key is made for {slot}")
