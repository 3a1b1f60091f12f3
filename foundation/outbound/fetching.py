"""`Outbound.fetch` gets a document, `Outbound.post` sends one, within limits; `OutboundError` says why not.

No redirect is followed (its target was not what was checked), no proxy is taken from the environment, no
cookie is kept, no connection is reused, nothing is decompressed. HTTP itself is httpcore's.
"""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property

import httpcore2

from foundation.outbound.addresses import may_be_public
from foundation.outbound.network import GuardedNetwork, Resolve, Wires, look_up
from foundation.outbound.problems import (
    TooMuchError,
    bad_answer,
    bad_url,
    forbidden,
    redirected,
    refused,
    told,
)
from foundation.outbound.targets import Place, Target, is_exempt, read_target

SECONDS = 3.0
AT_ONCE = 8
MOST_BYTES = 65_536
_FRAMING_BYTES = 65_536  # headers, chunk sizes, trailers
_USER_AGENT = b"Accord"


@dataclass(frozen=True, slots=True)
class Answer:
    """A document, from an answer with status 200.

    media_type: of Content-Type, lower case, without parameters; "" for none. headers: by lower-case name.
    """

    media_type: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back for a document that was sent; `status` is anything but a redirect.

    media_type, headers: as for `Answer`.
    """

    status: int
    media_type: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Parcel:
    """What is sent. media_type: of its body. headers: further ones, such as Authorization, in ASCII.

    accept: the media types wanted in return.
    """

    media_type: str
    body: bytes
    accept: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # they hold secrets


@dataclass(frozen=True, slots=True)
class Limits:
    """seconds: of a whole fetch, waiting for its turn included. at_once: fetches that run together."""

    seconds: float = SECONDS
    at_once: int = AT_ONCE


class Outbound:
    """The way out of one process.

    exempt: hosts that the guard lets pass, over http too. trust: the certificate authorities (default: the
    machine's). backend, resolve: how sockets are opened and names looked up.
    """

    def __init__(
        self,
        exempt: frozenset[Place] = frozenset(),
        *,
        limits: Limits | None = None,
        trust: ssl.SSLContext | None = None,
        backend: httpcore2.AsyncNetworkBackend | None = None,
        resolve: Resolve = look_up,
    ) -> None:
        self._exempt = exempt
        self._limits = limits or Limits()
        self._given_trust = trust
        self._turns = asyncio.Semaphore(self._limits.at_once)
        self._lookups = ThreadPoolExecutor(self._limits.at_once, thread_name_prefix="look-up")
        self._wires = Wires(backend or httpcore2.AnyIOBackend(), resolve, self._lookups)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        # When first needed: reading every authority's certificate is most of what a short command would do.
        return self._given_trust or httpcore2.default_ssl_context()

    def close(self) -> None:
        """Let go of the threads that look names up; one that hangs is not waited for."""
        self._lookups.shutdown(wait=False, cancel_futures=True)

    def check(self, url: str) -> Target:
        """Refuse what no fetch would be tried for, without touching the network. The parts of the URL.

        Raises OutboundError `outbound_bad_url` or `outbound_forbidden`.
        """
        try:
            target = read_target(url)
        except ValueError as error:
            raise bad_url(f"This is no address to fetch: {error}.") from None
        if not is_exempt(target, self._exempt):
            if target.scheme != "https":
                raise bad_url("An address to fetch begins with https://.")
            if not may_be_public(target.host):
                raise forbidden(target.host)
        return target

    async def fetch(self, url: str, *, accept: str, most: int = MOST_BYTES) -> Answer:
        """The document behind `url`. accept: the media types wanted. most: bytes of its body.

        The caller checks `media_type`, and holds no unit of the database open meanwhile.
        Raises OutboundError with a code `outbound_…`, whatever the other side does.
        """
        reply = await self._exchange("GET", url, [(b"Accept", accept.encode("ascii"))], None, most)
        if reply.status != 200:
            raise refused(f"{self.check(url).host}: {reply.status}")
        return Answer(reply.media_type, reply.headers, reply.body)

    async def post(self, url: str, parcel: Parcel, *, most: int = MOST_BYTES) -> Reply:
        """What the server behind `url` says of a document sent to it. most: bytes of its answer's body.

        Raises OutboundError with a code `outbound_…` as `fetch` does, except that a status is the caller's to
        judge. Whether the other side took the document is then unknown.
        """
        headers = [
            (b"Accept", parcel.accept.encode("ascii")),
            (b"Content-Type", parcel.media_type.encode("ascii")),
            (b"Content-Length", b"%d" % len(parcel.body)),
            *((name.encode("ascii"), value.encode("ascii")) for name, value in parcel.headers.items()),
        ]
        return await self._exchange("POST", url, headers, parcel.body, most)

    async def _exchange(
        self, method: str, url: str, headers: list[tuple[bytes, bytes]], body: bytes | None, most: int
    ) -> Reply:
        target = self.check(url)
        every = [
            (b"Host", target.netloc.encode()),
            (b"User-Agent", _USER_AGENT),
            *headers,
            (b"Accept-Encoding", b"identity"),  # a small answer must not become a big one
            (b"Connection", b"close"),
        ]
        with told(target.host):
            async with asyncio.timeout(self._limits.seconds), self._turns:
                return await self._ask(target, method, every, body, most)

    async def _ask(
        self, target: Target, method: str, headers: list[tuple[bytes, bytes]], body: bytes | None, most: int
    ) -> Reply:
        async with (
            self._connection(target, most) as connection,
            connection.stream(method, _url(target), headers=headers, content=body) as response,
        ):
            named = _headers(response)
            _check_head(target.host, response.status, named)
            text = await _body(response, most)
        media_type = named.get("content-type", "").partition(";")[0].strip().lower()
        return Reply(response.status, media_type, named, text)

    @contextlib.asynccontextmanager
    async def _connection(
        self, target: Target, most: int
    ) -> AsyncIterator[httpcore2.AsyncConnectionInterface]:
        network = GuardedNetwork(
            self._wires,
            exempt=is_exempt(target, self._exempt),
            most=2 * most + _FRAMING_BYTES,  # a body in small chunks is mostly framing
            seconds=self._limits.seconds,
        )
        trust = self._trust if target.scheme == "https" else None
        async with (
            contextlib.aclosing(network),
            httpcore2.AsyncHTTPConnection(
                _url(target).origin, ssl_context=trust, network_backend=network
            ) as connection,
        ):
            yield connection


def _url(target: Target) -> httpcore2.URL:
    return httpcore2.URL(
        scheme=target.scheme.encode(),
        host=target.host.encode(),
        port=target.port,
        target=target.path.encode(),
    )


async def _body(response: httpcore2.Response, most: int) -> bytes:
    body = bytearray()
    async with contextlib.aclosing(response.aiter_stream()) as chunks:
        async for chunk in chunks:
            body += chunk
            if len(body) > most:
                raise TooMuchError
    return bytes(body)


def _headers(response: httpcore2.Response) -> dict[str, str]:
    named: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        named[name] = f"{named[name]}, {value}" if name in named else value
    return named


def _check_head(host: str, status: int, headers: Mapping[str, str]) -> None:
    if 300 <= status < 400:
        raise redirected(f"{host}: {status}")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise bad_answer(f"{host}: compressed, though asked not to be")
