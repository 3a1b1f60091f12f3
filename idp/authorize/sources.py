"""Where a request comes from: its own parameters, or what they point to.

An app may push its request ahead (RFC 9126), or send a signed object, by value or by reference (RFC 9101).
What the request is then is what was pushed or signed: parameters beside it count for nothing, so nobody on
the way can change it. OpenID Connect Core section 6 would merge the two; unsigned words beside signed ones
are what an attacker writes, so here they must agree with the object and add nothing.
"""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from joserfc.jwk import KeySet

from foundation.clock import to_seconds
from foundation.outbound.problems import OutboundError
from idp.authorize.checks import Refusal
from idp.authorize.pushed import store
from idp.authorize.request import AuthorizeRequest, parse_request
from idp.authorize.signed import LONGEST, TYP, Reader, key_named, read_object
from idp.clients.jwks import read_jwks
from idp.clients.registry import Client, find_client
from idp.context import Server

_NOT_PUSHED = Refusal(
    "invalid_request_uri",
    "This request_uri is not one that this application was given, or it was used, or has expired.",
)
_NOT_REGISTERED = Refusal(
    "invalid_request_uri", "request_uri is one that was pushed, or one that the application registered."
)
_NOT_FETCHED = Refusal("invalid_request_uri", "Nothing could be fetched from this request_uri.")
_ACCEPT = f"application/{TYP}, application/jwt"


class Sources(NamedTuple):
    """What requests are resolved with. before_fetch: may refuse it, as anyone can make us fetch."""

    server: Server
    before_fetch: Callable[[], Awaitable[None]]

    async def resolved(self, came: AuthorizeRequest) -> AuthorizeRequest:
        """The request that `came` is or points to.

        With its `flaw` where it points to nothing: whether the app hears of that depends on the redirect URI
        that came along, if one did (checks.py).
        """
        if came.request_uri is None and came.request is None:
            return came
        if came.repeated:
            return flawed(came, Refusal("invalid_request", f"{came.repeated[0]} appears more than once."))
        if came.request is not None and came.request_uri is not None:
            return flawed(came, Refusal("invalid_request", "request and request_uri exclude each other."))
        if came.request_uri is not None and came.request_uri.startswith(store.URN):
            return await self._pushed(came, came.request_uri)
        client = await self._client(came)
        if client is None:
            return came  # nobody whose words we would read: the checks say so
        text = came.request or await self._fetched(came.request_uri or "", client)
        return flawed(came, text) if isinstance(text, Refusal) else await self.signed(came, text, client)

    async def signed(self, came: AuthorizeRequest, text: str, client: Client) -> AuthorizeRequest:
        """The request in an object of this app's."""
        server = self.server
        keys = await keys_of(server, client, key_named(text))
        reader = Reader(client.id, client.metadata, server.issuer, to_seconds(server.clock.now()))
        read = read_object(text, keys, reader)
        if isinstance(read, Refusal):
            return flawed(came, read)
        asked = parse_request(read)
        if came.response_type not in {"", asked.response_type}:  # OpenID Connect Core section 6.1
            return flawed(
                came, Refusal("invalid_request", "response_type differs from that of the request object.")
            )
        return asked.model_copy(update={"client_id": client.id, "signed": True, "pushed": came.pushed})

    async def _pushed(self, came: AuthorizeRequest, request_uri: str) -> AuthorizeRequest:
        key, now = self.server.secrets.token_hash, self.server.clock.now()
        async with self.server.db.reading() as tx:
            found = await store.bring(tx, request_uri, came.client_id, key, now)
        return flawed(came, _NOT_PUSHED) if found is None else found

    async def _client(self, came: AuthorizeRequest) -> Client | None:
        async with self.server.db.reading() as tx:
            client = await find_client(tx, came.client_id)
        known = client is not None and not client.suspended and client.metadata.profile == came.profile
        return client if known else None

    async def _fetched(self, uri: str, client: Client) -> str | Refusal:
        """The object at an address that the app registered; no other is ever asked."""
        # A fragment tells its versions apart for those who cache (OpenID Connect Core section 6.2), and we do
        # not; what counts is the signature.
        address = uri.partition("#")[0]
        registered = {one.partition("#")[0] for one in client.metadata.request_uris}
        if address not in registered:
            return _NOT_REGISTERED
        await self.before_fetch()
        try:
            answer = await self.server.outbound.fetch(address, accept=_ACCEPT, most=LONGEST)
        except OutboundError:
            return _NOT_FETCHED
        return answer.body.decode("ascii", "replace").strip()


async def keys_of(server: Server, client: Client, kid: str | None) -> KeySet | None:
    """The keys that an app registered or publishes; None for none."""
    if client.metadata.jwks:
        return read_jwks(client.metadata.jwks)
    await server.app_keys.renewed_for(client, kid)
    return server.app_keys.of(client)


def flawed(came: AuthorizeRequest, refusal: Refusal) -> AuthorizeRequest:
    """The request as it came, pointing to nothing that could be read."""
    return came.model_copy(update={"flaw": tuple(refusal)})
