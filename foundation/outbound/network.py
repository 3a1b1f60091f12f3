"""Sockets of outgoing requests: a name is resolved once, and what was checked is what is connected to.

httpcore asks this backend for each connection; between the check and the connection nothing looks the name
up again, so that a name server which changes its mind (DNS rebinding) changes nothing.
"""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

import httpcore2
from httpcore2 import AsyncNetworkBackend, AsyncNetworkStream

from foundation.outbound.addresses import is_public
from foundation.outbound.problems import ForbiddenAddressError, TooMuchError, UnresolvedError

Resolve = Callable[[str, int], list[str]]
"""The IP addresses of a name, in the order in which to try them; raises OSError. It may block."""

_TRIED_ADDRESSES = 4
# Parsed in one go: thousands of chunks of one byte are in 64 kB, and nobody else is served meanwhile.
_SLICE_BYTES = 2048


def look_up(host: str, port: int) -> list[str]:
    """The addresses of a name, as this machine resolves names."""
    # As bytes: the codec for other scripts' names would refuse some of ours with errors of its own.
    found = socket.getaddrinfo(host.encode("ascii"), port, type=socket.SOCK_STREAM)
    return [str(place[0]) for *_, place in found]


@dataclass(frozen=True, slots=True)
class Wires:
    """How a fetch reaches the network. lookups: threads of their own, as a name server may hang."""

    backend: AsyncNetworkBackend
    resolve: Resolve
    lookups: Executor


class GuardedNetwork(AsyncNetworkBackend):
    """The network as one fetch may use it.

    exempt: whether the operator lets this host be at any address. most: bytes to read, all in all.
    seconds: for one attempt to connect when several addresses are there to try, shared among them.
    """

    def __init__(self, wires: Wires, *, exempt: bool, most: int, seconds: float) -> None:
        self._wires = wires
        self._exempt = exempt
        self._most = most
        self._seconds = seconds
        self._opened: AsyncNetworkStream | None = None

    async def aclose(self) -> None:
        """Close the connection, however the fetch ended: cut off in a handshake, httpcore leaves it open."""
        if self._opened is not None:
            await self._opened.aclose()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109, ARG002  # httpcore's interface; ours bounds the whole fetch
        local_address: str | None = None,  # noqa: ARG002  # httpcore's interface; nobody sets it
        socket_options: Iterable[Any] | None = None,  # noqa: ARG002  # httpcore's interface; nobody sets them
    ) -> AsyncNetworkStream:
        addresses = await self._addresses(host, port)
        if not self._exempt:
            _check(addresses)
        *first, last = addresses[:_TRIED_ADDRESSES]
        share = self._seconds / (len(first) + 1)
        for address in first:
            with contextlib.suppress(httpcore2.ConnectError, httpcore2.ConnectTimeout):
                return await self._connect(address, port, share)
        return await self._connect(last, port, share)

    async def _connect(self, address: str, port: int, seconds: float) -> AsyncNetworkStream:
        self._opened = await self._wires.backend.connect_tcp(address, port, seconds)
        return _Metered(self._opened, self._most)

    async def _addresses(self, host: str, port: int) -> list[str]:
        try:
            return [ip_address(host).compressed]
        except ValueError:
            pass  # a name
        running = asyncio.get_running_loop()
        try:
            found = await running.run_in_executor(self._wires.lookups, self._wires.resolve, host, port)
        except (OSError, UnicodeError):
            found = []
        if not found:
            raise UnresolvedError
        return list(dict.fromkeys(found))


def _check(addresses: list[str]) -> None:
    """One address off the public Internet is enough to refuse the name: nobody honest mixes them."""
    for address in addresses:
        if not is_public(ip_address(address)):
            raise ForbiddenAddressError(address)


class _Metered(AsyncNetworkStream):
    """A connection that ends when its peer has sent too much, headers and framing included."""

    def __init__(self, inner: AsyncNetworkStream, left: int) -> None:
        self._inner = inner
        self._left = left

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109  # httpcore's interface
        data = await self._inner.read(min(max_bytes, _SLICE_BYTES), timeout)
        await asyncio.sleep(0)  # TLS may have more at hand: others get their turn all the same
        self._left -= len(data)
        if self._left < 0:
            raise TooMuchError
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109  # httpcore's interface
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
    ) -> AsyncNetworkStream:
        return _Metered(await self._inner.start_tls(ssl_context, server_hostname, timeout), self._left)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401  # httpcore's interface
        return self._inner.get_extra_info(info)
