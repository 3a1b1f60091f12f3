"""How an app proves who it is at a protocol endpoint (RFC 6749 section 2.3, OpenID Connect Core section 9).

Reading the credentials is apart from believing them: `read_credentials` says who claims what, so that one
query can load the app, and `verify` decides on what was loaded.
"""

import base64
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote_plus

from starlette.requests import Request

from foundation.clock import SECOND
from foundation.errors import AccordError
from foundation.web.lean import header
from idp.clients.assertion import (
    ASSERTION_TYPE,
    AssertionUse,
    UnverifiedAssertion,
    prove_assertion,
    read_assertion,
)
from idp.clients.published_keys import PublishedKeys
from idp.clients.registry import Client
from idp.mtls.certificate import Presented
from idp.mtls.proving import proves

_CHALLENGE = {"WWW-Authenticate": 'Basic realm="accord", charset="UTF-8"'}
_CLIENT_ID_MAX = 200


class Credentials(NamedTuple):
    """What a request presents, unverified. method is the one its shape implies."""

    client_id: str
    method: str
    secret: str = ""
    assertion: UnverifiedAssertion | None = None

    def __repr__(self) -> str:
        return f"Credentials({self.method})"  # never the secret


def invalid_client(detail: str) -> AccordError:
    """The one answer to a failed authentication: it never says which part was wrong."""
    return AccordError(
        "invalid_client",
        "The application could not be authenticated: check its client_id, its credentials, and that it uses "
        "the authentication method it was registered with.",
        status=401,
        detail=detail,
        headers=_CHALLENGE,
    )


def authorization_of(request: Request) -> str | None:
    """The Authorization header. Raises AccordError `invalid_request` for several: none outranks another."""
    given = header(request, b"authorization")
    if len(given) > 1:
        raise AccordError("invalid_request", "Send one Authorization header.")
    return given[0] if given else None


def read_credentials(authorization: str | None, form: Mapping[str, str]) -> Credentials:
    """The credentials of a request: exactly one way of presenting them.

    Raises AccordError `invalid_request` for several ways at once, or where nothing says who asks;
    `invalid_client` for what nobody could be.
    """
    ways = [authorization is not None, "client_secret" in form, "client_assertion" in form]
    if sum(ways) > 1:
        raise AccordError("invalid_request", "Use one client authentication method, not several.")
    if authorization is not None:
        return _read_basic(authorization, form.get("client_id"))
    if "client_assertion" in form:
        return _read_assertion(form)
    client_id = form.get("client_id", "")
    if not client_id:
        raise AccordError("invalid_request", "Say which application asks: authenticate, or send client_id.")
    if not _is_plausible(client_id):
        raise invalid_client("no client_id that could be one")
    if "client_secret" in form:
        return Credentials(client_id, "client_secret_post", form["client_secret"])
    return Credentials(client_id, "none")


def _is_plausible(client_id: str) -> bool:
    """Whether it could be an app's id; what no column stores must not reach one."""
    return 0 < len(client_id) <= _CLIENT_ID_MAX and client_id.isprintable()


def _read_basic(authorization: str, form_client_id: str | None) -> Credentials:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise invalid_client("not a Basic header")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except ValueError:  # not base64, not ASCII, or not UTF-8 inside
        raise invalid_client("a Basic header that does not decode") from None
    # Both halves are form-urlencoded before they are joined (RFC 6749 section 2.3.1).
    client_id, _, secret = pair.partition(":")
    if "%" in pair or "+" in pair:
        client_id, secret = unquote_plus(client_id), unquote_plus(secret)
    if form_client_id is not None and form_client_id != client_id:
        raise AccordError("invalid_request", "client_id differs between the header and the body.")
    if not _is_plausible(client_id):
        raise invalid_client("no client_id in the Basic header")
    return Credentials(client_id, "client_secret_basic", secret)


def _read_assertion(form: Mapping[str, str]) -> Credentials:
    if form.get("client_assertion_type") != ASSERTION_TYPE:
        raise invalid_client("unknown client_assertion_type")
    assertion = read_assertion(form["client_assertion"])
    if assertion is None or not _is_plausible(assertion.client_id):
        raise invalid_client("an assertion that cannot be read")
    if form.get("client_id", assertion.client_id) != assertion.client_id:
        raise invalid_client("an assertion of another client_id")
    return Credentials(assertion.client_id, "private_key_jwt", assertion=assertion)


class Verifier(NamedTuple):
    """What proving credentials needs besides the app. hash_key: our secret. audiences: our names.

    now: microseconds. published: the keys that apps publish themselves, as last fetched. profile: of the apps
    that are served here, None for any. presented: the connection's certificate; authorities: whose count.
    """

    hash_key: bytes
    audiences: tuple[str, ...]
    now: int
    published: PublishedKeys
    profile: str | None = ""
    presented: Presented | None = None
    authorities: Path | None = None


class Authenticated(NamedTuple):
    """An app that proved who it is. `use`, when there is one, must be recorded with what it authorizes."""

    client: Client
    use: AssertionUse | None = None


def verify(credentials: Credentials, client: Client | None, verifier: Verifier) -> Authenticated:
    """The app that the credentials prove. Raises AccordError `invalid_client`."""
    if client is None or client.id != credentials.client_id or client.suspended:
        raise invalid_client("unknown or suspended client")
    if verifier.profile is not None and client.metadata.profile != verifier.profile:
        raise invalid_client("an app of another profile")
    if client.metadata.auth_method != credentials.method:
        if _by_certificate(credentials, client, verifier):
            return Authenticated(client)
        raise invalid_client(f"registered for {client.metadata.auth_method}, used {credentials.method}")
    if credentials.assertion is not None:
        keys = verifier.published.of(client)
        use = prove_assertion(credentials.assertion, client, verifier.audiences, verifier.now, keys)
        if use is None:
            raise invalid_client("an assertion that does not hold")
        return Authenticated(client, use)
    if credentials.method != "none" and not _has_secret(credentials, client, verifier):
        raise invalid_client("wrong secret, or one that has expired")
    return Authenticated(client)


def _has_secret(credentials: Credentials, client: Client, verifier: Verifier) -> bool:
    if 0 < client.metadata.secret_expires_at <= verifier.now // SECOND:  # RFC 7591 section 3.2.1
        return False
    return client.has_secret(credentials.secret, verifier.hash_key)


def _by_certificate(credentials: Credentials, client: Client, verifier: Verifier) -> bool:
    """Whether the connection's certificate is the credential (RFC 8705 section 2): client_id stands alone."""
    if credentials.method != "none" or verifier.presented is None:
        return False
    return proves(verifier.presented, client.metadata, verifier.authorities, verifier.now)
