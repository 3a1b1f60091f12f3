"""Every request that leaves Cap Coaching: to Accord's origin alone, bounded in time and size.

A discovery document that named another host would otherwise make us send our secret, or a person's token,
there.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
from authlib.integrations.httpx_client import AsyncOAuth2Client

from examples.coach.problems import UnavailableError
from examples.kit.settings import Settings, origin_of

Wire = Callable[[], httpx2.AsyncBaseTransport]
"""Makes the transport of one conversation with Accord; tests give one that stays in the process."""

Token = dict[str, Any]
"""A token answer as Authlib keeps it: access_token, token_type, expires_at (seconds), scope…"""

_ANSWER_BYTES = 1_000_000
_CALL_SECONDS = 10.0


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Wraps a transport: refuses other origins, and gives up on an answer that is too slow or too big."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, origin: str) -> None:
        self._inner = inner
        self._origin = origin

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        if origin_of(str(request.url)) != self._origin:
            raise UnavailableError("refused to call another origin than the issuer's")
        request.headers["accept-encoding"] = "identity"  # the size cap counts what we would unpack
        try:
            async with asyncio.timeout(_CALL_SECONDS):
                response = await self._inner.handle_async_request(request)
                try:
                    body = await _capped(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            raise httpx2.ReadTimeout("Accord took too long", request=request) from None
        return httpx2.Response(response.status_code, headers=response.headers, content=body)

    async def aclose(self) -> None:
        await self._inner.aclose()


async def _capped(response: httpx2.Response) -> bytes:
    if response.headers.get("content-encoding", "identity") != "identity":
        raise UnavailableError("Accord's answer is compressed though we asked it not to be")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > _ANSWER_BYTES:
            raise UnavailableError("Accord's answer is too big")
    return bytes(body)


def real_wire() -> Wire:
    """TLS settings are loaded once; a transport a conversation shares them."""
    context = httpx2.create_ssl_context()
    return lambda: httpx2.AsyncHTTPTransport(verify=context)


def plain_client(settings: Settings, wire: Wire) -> httpx2.AsyncClient:
    """A client without credentials, for what anyone may read (discovery, keys)."""
    return httpx2.AsyncClient(transport=GuardedTransport(wire(), origin_of(settings.issuer)))


def oauth_client(
    settings: Settings,
    wire: Wire,
    *,
    token: Token | None = None,
    token_endpoint: str | None = None,
    on_new_token: Callable[..., Awaitable[None]] | None = None,
) -> AsyncOAuth2Client:
    """Authlib's client for ONE person: it keeps the token in itself, so it is never shared.

    No `scope` is set on it: Authlib would repeat it at refresh, and ask for more than was granted.
    """
    return AsyncOAuth2Client(
        client_id=settings.client_id,
        client_secret=settings.client_secret,
        token_endpoint_auth_method="client_secret_basic",  # noqa: S106  # a method's name
        code_challenge_method="S256",
        token=token,
        token_endpoint=token_endpoint,
        update_token=on_new_token,
        leeway=5,
        transport=GuardedTransport(wire(), origin_of(settings.issuer)),
    )
