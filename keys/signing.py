"""Signing beside the event loop: a process of its own, fed over a socket pair.

Two signatures cost as much as a third of a token request, and a thread gives none of that back under the
interpreter's lock. So the loop goes on with other requests while another core signs; a batch is one line of
JSON out and one line in, answered in the order asked. It costs speed when that process is gone, never
service: what it leaves unanswered, and what comes until it is back, is signed here.
"""

import asyncio
import contextlib
import hashlib
import socket
import subprocess
import sys
from collections import deque
from collections.abc import Sequence
from typing import Any, NamedTuple

import orjson
import structlog

from keys.sign import Signer, SignerUnavailableError, b64url

# Lines that go together, either way: one write each would cost more than the signatures; all of a crowd's in
# one would leave each side idle while the other works.
BURST = 4
_PAUSE_SECONDS = 1.0  # before a process that ended is replaced
_PATIENCE_SECONDS = 5.0  # for it to end when it is told to

log = structlog.get_logger("keys")


class Draft(NamedTuple):
    """A JWS to be signed.

    typ: media type for its header, none for what `of_text` made. bound_by: claim that is to hold the half
    hash of the text signed just before it in the batch (`at_hash`, OpenID Connect Core section 3.1.3.6).
    """

    signer: Signer
    typ: str
    claims: dict[str, Any]
    bound_by: str | None = None


def of_text(signer: Signer, text: str) -> Draft:
    """A text that is no JWS, to be signed as it stands: its signature alone comes back, base64url."""
    return Draft(signer, "", {"text": text})


def sign_in_turn(drafts: Sequence[Draft]) -> list[str]:
    """The compact JWS of each draft."""
    texts: list[str] = []
    for draft in drafts:
        if draft.bound_by is not None:
            draft.claims[draft.bound_by] = half_hash(texts[-1], draft.signer.alg)
        signer = draft.signer
        texts.append(
            signer.sign(draft.typ, draft.claims) if draft.typ else signer.sign_text(draft.claims["text"])
        )
    return texts


def half_hash(value: str, alg: str) -> str:
    """The left half of a hash of `value`, base64url: `at_hash` (OpenID Connect Core section 3.1.3.6).

    The hash is that of the ID token's algorithm: SHA-256, but SHA-512 for Ed25519 (RFC 8032 section 5.1).
    """
    if alg == "EdDSA":
        return b64url(hashlib.sha512(value.encode()).digest()[:32])
    return b64url(hashlib.sha256(value.encode()).digest()[:16])


class Asked(NamedTuple):
    """Drafts whose signatures somebody waits for."""

    drafts: Sequence[Draft]
    answer: asyncio.Future[list[str]]


class Signing(asyncio.Protocol):
    """Signs drafts: here, or in a process of its own between `start` and `stop`."""

    program = "keys.signing_process"

    def __init__(self) -> None:
        self._transport: asyncio.WriteTransport | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._waiting: deque[Asked] = deque()
        self._outgoing: list[bytes] = []  # lines that leave at the end of this turn of the loop
        self._begun = b""  # of an answer that has not arrived whole
        self._given: set[str] = set()  # kids of the keys that the process has
        self._replacing: asyncio.Task[None] | None = None
        self._stopping = False

    async def sign(self, drafts: Sequence[Draft]) -> list[str]:
        """The compact JWS of each draft, in order."""
        if self._transport is None:
            return sign_in_turn(drafts)
        loop = asyncio.get_running_loop()
        if not self._outgoing:
            loop.call_soon(self._flush)  # with what else is asked in this turn of the loop
        for draft in drafts:
            if draft.signer.kid not in self._given:
                self._give(draft.signer)
        self._outgoing.append(
            orjson.dumps([(draft.signer.kid, draft.typ, draft.claims, draft.bound_by) for draft in drafts])
        )
        asked = Asked(drafts, loop.create_future())
        self._waiting.append(asked)
        if len(self._outgoing) >= BURST:
            self._flush()
        return await asked.answer

    def _give(self, signer: Signer) -> None:
        if signer.key is None:
            raise SignerUnavailableError("the key is in a PKCS#11 module, and none is set")
        self._given.add(signer.kid)
        key = {"kid": signer.kid, "alg": signer.alg, "jwk": signer.key.as_dict(private=True)}
        self._outgoing.append(orjson.dumps(key))

    def _flush(self) -> None:
        outgoing, self._outgoing = self._outgoing, []
        if outgoing and self._transport is not None:
            self._transport.write(b"\n".join([*outgoing, b""]))

    # --- the process ---------------------------------------------------------------------------------

    async def start(self) -> None:
        """Start the process; from now on it signs."""
        ours, its = socket.socketpair()
        with its:
            self._process = subprocess.Popen(  # noqa: ASYNC220, S603  # forks in a millisecond; our own module
                [sys.executable, "-m", self.program, str(its.fileno())],
                pass_fds=[its.fileno()],
                stdin=subprocess.DEVNULL,
            )
        await asyncio.get_running_loop().create_unix_connection(lambda: self, sock=ours)

    async def stop(self) -> None:
        """End the process; what is still asked is signed here."""
        self._stopping = True
        if self._replacing is not None:
            self._replacing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._replacing
        if self._transport is not None:
            self._transport.close()  # the end of its input is what it waits for
        if self._process is not None:
            await asyncio.to_thread(_end, self._process)

    @property
    def pid(self) -> int | None:
        """The process that signs now; None when signatures are made here."""
        return None if self._transport is None or self._process is None else self._process.pid

    # --- what asyncio calls --------------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._given.clear()
        self._begun = b""
        self._transport = transport  # type: ignore[assignment]  # a socket's transport writes

    def data_received(self, data: bytes) -> None:
        *lines, self._begun = (self._begun + data).split(b"\n")
        for line in lines:
            self._answer(self._waiting.popleft(), orjson.loads(line))

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's signature
        self._transport = None
        while self._waiting:
            self._answer(self._waiting.popleft(), None)
        if not self._stopping:
            log.warning("signing_process_ended")
            self._replacing = asyncio.get_running_loop().create_task(self._replace())

    def _answer(self, asked: Asked, texts: list[str] | None) -> None:
        if asked.answer.done():
            return  # its request was cancelled meanwhile
        try:
            asked.answer.set_result(sign_in_turn(asked.drafts) if texts is None else texts)
        except Exception as error:  # whatever it is, the request that asked is to be told
            asked.answer.set_exception(error)

    async def _replace(self) -> None:
        if self._process is not None:
            await asyncio.to_thread(_end, self._process)
        await asyncio.sleep(_PAUSE_SECONDS)
        await self.start()


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(_PATIENCE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
