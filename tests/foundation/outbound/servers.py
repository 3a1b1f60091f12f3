"""Servers on the loopback that answer as a script says, over TCP or TLS; and a network that leads to them."""

import asyncio
import contextlib
import datetime as dt
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpcore2
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from foundation.outbound.fetching import Limits, Outbound
from foundation.outbound.network import Resolve
from foundation.outbound.targets import read_exempt

Script = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Authority:
    """A certificate authority of the test's own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
        self._certificate = self._issue(self.name, self._key, days=1, ca=True, names=[])

    def trusting(self) -> ssl.SSLContext:
        text = self._certificate.public_bytes(serialization.Encoding.PEM).decode()
        return ssl.create_default_context(cadata=text)

    def serving(self, *hosts: str, days: int = 1) -> ssl.SSLContext:
        """A server's side, with a certificate for these hosts that ends after so many days."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, hosts[0])])
        certificate = self._issue(subject, key, days=days, ca=False, names=[_name(host) for host in hosts])
        path = self._folder / f"{hosts[0].replace(':', '_')}{days}.pem"
        private = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        path.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(path)
        return context

    def _issue(self, subject: x509.Name, key: Any, *, days: int, ca: bool, names: Any) -> x509.Certificate:
        now = dt.datetime.now(dt.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self.name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - dt.timedelta(days=10))
            .not_valid_after(now + dt.timedelta(days=days))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        if names:
            builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
        return builder.sign(self._key, hashes.SHA256())


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ip_address(host))
    except ValueError:
        return x509.DNSName(host)


@contextlib.asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A server on the loopback for the length of the block; its port."""
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            with contextlib.suppress(ConnectionError, ssl.SSLError, asyncio.CancelledError):
                await script(reader, writer)
            writer.transport.abort()
        finally:
            running.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.sleep(0.01)  # those cancelled end, their transports close


async def request_of(reader: asyncio.StreamReader) -> str:
    """The head of the request, as it was sent."""
    return (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")


def saying(*parts: bytes, pause: float = 0.0) -> Script:
    """A server that reads the request, then says these parts, whatever they are, and hangs up."""

    async def script(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await request_of(reader)
        for part in parts:
            writer.write(part)
            await writer.drain()
            if pause:
                await asyncio.sleep(pause)

    return script


def document(body: bytes, *headers: bytes, status: bytes = b"200 OK") -> bytes:
    """A whole sound answer."""
    lines = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *headers]
    return b"\r\n".join([*lines, b"", body])


class Leading(httpcore2.AsyncNetworkBackend):
    """A network in which every address is served by one port of the loopback; it remembers who was asked."""

    def __init__(self, port: int, *, dead: tuple[str, ...] = ()) -> None:
        self.asked: list[tuple[str, int]] = []
        self._port = port
        self._dead = dead
        self._real = httpcore2.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109  # httpcore's interface
        *_: Any,
        **__: Any,
    ) -> httpcore2.AsyncNetworkStream:
        self.asked.append((host, port))
        if host in self._dead:
            raise httpcore2.ConnectError
        return await self._real.connect_tcp("127.0.0.1", self._port, timeout)


@contextlib.contextmanager
def way_out(exempt: str = "", *, seconds: float = 2.0, at_once: int = 8, **options: Any):
    """An Outbound, closed after."""
    outbound = Outbound(read_exempt(exempt), limits=Limits(seconds, at_once), **options)
    try:
        yield outbound
    finally:
        outbound.close()


def names(**known: list[str]) -> Resolve:
    """A resolver that knows these names; `_` stands for a dot."""

    def resolve(host: str, _port: int) -> list[str]:
        return known.get(host.replace(".", "_"), [])

    return resolve
