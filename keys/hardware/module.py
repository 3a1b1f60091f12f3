"""Signing with keys of a PKCS#11 module, and making them: always in another process, never for ever.

What the module does not do in time is refused (503), never signed with another key; its process is then
ended, since nothing else ends a call that hangs, and a fresh one takes its place.
"""

import asyncio
import subprocess
import sys
from collections.abc import Sequence
from typing import Any

import orjson
import structlog

from foundation.errors import SettingsError
from keys.hardware.access import BACKEND, Access
from keys.making import Made, Slot, UnfitError
from keys.sign import Signer, SignerUnavailableError
from keys.signing import Asked, Draft, Signing

_PROGRAM = "keys.hardware.process"
_LONGEST_MAKING = 30.0  # seconds: RSA in hardware is slow

log = structlog.get_logger("keys")


class HardwareModule:
    """Makes and destroys keys in the token, each time in a process of its own (keys.making.Module)."""

    backend = BACKEND

    def __init__(self, access: Access) -> None:
        self._access = access
        self._refused = ""

    async def make(self, slot: Slot, kid: str) -> Made:
        """A key in the token. Raises UnfitError, SignerUnavailableError, SettingsError for a refused PIN."""
        jwk = await self._once(make=[kid, slot.alg])
        return Made(slot, kid, orjson.dumps(jwk, option=orjson.OPT_SORT_KEYS).decode(), b"", BACKEND)

    async def destroy(self, kid: str) -> None:
        """Take a key out of the token. Raises as `make`."""
        await self._once(destroy=kid)

    async def about(self) -> dict[str, str]:
        """What the token says of itself, once it let us in. Raises as `make`."""
        said: dict[str, str] = await self._once()
        return said

    async def _once(self, **told: object) -> Any:  # noqa: ANN401  # JSON
        if self._refused:
            raise pin_refused(self._refused)
        answer = await asyncio.to_thread(self._run, {"access": list(self._access), **told})
        if "refused" in answer:
            self._refused = answer["refused"]
            raise pin_refused(self._refused)
        if "unfit" in answer:
            raise UnfitError
        if "done" not in answer:
            raise SignerUnavailableError(f"the PKCS#11 module: {answer.get('failed', 'ended')}")
        return answer["done"]

    @staticmethod
    def _run(told: dict[str, object]) -> dict[str, Any]:
        try:
            ended = subprocess.run(  # noqa: S603  # our own module
                [sys.executable, "-m", _PROGRAM],
                input=orjson.dumps(told),
                capture_output=True,
                timeout=_LONGEST_MAKING,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"failed": "it hung"}
        answer: dict[str, Any] = orjson.loads(ended.stdout) if ended.stdout else {}
        return answer


def pin_refused(how: str) -> SettingsError:
    """Never tried again by itself: a token locks after a few."""
    return SettingsError(f"The PKCS#11 token refused ACCORD_PKCS11_PIN ({how}): set it right and start again")


class HardwareSigning(Signing):
    """Signs in a process that has the module. Without it, nothing is signed."""

    program = _PROGRAM

    def __init__(self, access: Access) -> None:
        super().__init__()
        self._access = access
        self._open = False
        self._heard_at = 0.0  # or began to be, of this loop's clock

    async def sign(self, drafts: Sequence[Draft]) -> list[str]:
        """As Signing. Raises SignerUnavailableError when the module does not answer in time."""
        if self._transport is None:
            raise SignerUnavailableError("the PKCS#11 module is not there")
        loop = asyncio.get_running_loop()
        asked_at = loop.time()
        try:
            async with asyncio.timeout(self._access.patience):
                return await super().sign(drafts)
        except TimeoutError:
            silent = loop.time() - max(self._heard_at, asked_at if self._open else 0)
            # What was heard meanwhile works, and has too much to do; what starts may take its time.
            if silent >= (self._access.patience if self._open else _LONGEST_MAKING):
                self._end_process("pkcs11_module_hangs")
            raise SignerUnavailableError("the PKCS#11 module took too long") from None

    def _give(self, signer: Signer) -> None:
        if signer.key is not None:  # of a batch that holds both kinds
            super()._give(signer)
            return
        self._given.add(signer.kid)
        self._outgoing.append(orjson.dumps({"kid": signer.kid, "alg": signer.alg, "jwk": None}))

    def _end_process(self, why: str) -> None:
        log.error(why)
        if self._process is not None:
            self._process.kill()
        if self._transport is not None:
            self._transport.abort()

    # --- what asyncio calls --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._open, self._heard_at = False, asyncio.get_running_loop().time()
        if self._transport is not None:
            self._transport.write(orjson.dumps(list(self._access)) + b"\n")
        hello: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        hello.add_done_callback(self._greeted)
        self._waiting.append(Asked((), hello))

    def data_received(self, data: bytes) -> None:
        self._heard_at = asyncio.get_running_loop().time()
        super().data_received(data)

    def _answer(self, asked: Asked, texts: list[str] | None) -> None:
        if texts is not None:
            super()._answer(asked, texts)
        elif not asked.answer.done():
            asked.answer.set_exception(SignerUnavailableError("the PKCS#11 module did not sign"))
            if self._transport is not None:  # it lives, and could not: not after opening again either
                self._end_process("pkcs11_module_refuses")

    def _greeted(self, hello: asyncio.Future[Any]) -> None:
        if hello.cancelled() or hello.exception() is not None:
            return
        said = hello.result()
        if "refused" in said:
            self._stopping = True  # no further try: a token locks after a few
            log.critical("pkcs11_pin_refused", how=said["refused"])
        elif "done" not in said:
            log.error("pkcs11_module_failed", how=said.get("failed"))
        else:
            self._open = True
            log.info("pkcs11_module_opened", **said["done"])


class MixedSigning(Signing):
    """Signs with keys of both kinds. apart: those that are ours in a process of their own, too."""

    def __init__(self, access: Access, *, apart: bool) -> None:
        super().__init__()
        self._apart = apart
        self.hardware = HardwareSigning(access)

    async def sign(self, drafts: Sequence[Draft]) -> list[str]:
        """As Signing; a batch in which the module has a key is signed where the module is."""
        if all(draft.signer.key is not None for draft in drafts):
            return await super().sign(drafts)
        return await self.hardware.sign(drafts)

    async def start(self) -> None:
        """Start the processes."""
        if self._apart:
            await super().start()
        await self.hardware.start()

    async def stop(self) -> None:
        """End them."""
        await self.hardware.stop()
        await super().stop()
