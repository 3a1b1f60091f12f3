"""The token endpoint, as a client: a code for tokens, and giving tokens back (RFC 6749, 7009, 7636)."""

import logging
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
from authlib.integrations.base_client import OAuthError
from authlib.integrations.httpx_client import AsyncOAuth2Client

from examples.coach.authorization import Pending
from examples.coach.discovery import Metadata
from examples.coach.outbound import Token, Wire, plain_client
from examples.coach.problems import BusyError, SignInError, UnavailableError, WithdrawnError, retry_after
from examples.kit.settings import Settings

log = logging.getLogger("coach.tokens")

_FORM_SECONDS = 8.0

_UNUSABLE = (httpx2.HTTPError, httpx2.InvalidURL, ValueError, TypeError, RecursionError)
"""What Authlib lets escape from an answer that is no answer: 5xx, HTML, a list, `expires_in: "soon"`."""


async def redeem(
    client: AsyncOAuth2Client, metadata: Metadata, code: str, pending: Pending, clock: Callable[[], float]
) -> Token:
    """The tokens of a code, with an id_token among them.

    Raises SignInError when Accord refuses the code, BusyError, UnavailableError.
    """
    heed_retry_after(client, clock)
    try:
        token = await client.fetch_token(
            metadata.token_endpoint,
            grant_type="authorization_code",
            code=code,
            code_verifier=pending.verifier,
        )
    except OAuthError as refusal:
        raise SignInError(f"code: {known_error(refusal)}") from None
    except _UNUSABLE as error:
        raise UnavailableError(f"token endpoint: {type(error).__name__}") from None
    return checked(token, with_id_token=True)


async def renew(client: AsyncOAuth2Client) -> None:
    """One refresh; the client keeps the new token and calls its `update_token` with it.

    Raises WithdrawnError when Accord says that the grant behind it is over, BusyError, UnavailableError.
    """
    try:
        checked(await client.refresh_token(), with_id_token=False)
    except OAuthError as refusal:
        raise refused_refresh(refusal) from None
    except _UNUSABLE as error:
        raise UnavailableError(f"refresh: {type(error).__name__}") from None


def refused_refresh(refusal: OAuthError) -> WithdrawnError | UnavailableError:
    """Only `invalid_grant` says that the person's yes is over; the rest is a fault of ours or Accord's."""
    if refusal.error == "invalid_grant":
        return WithdrawnError()
    return UnavailableError(f"refresh: {known_error(refusal)}")


async def give_back(client: AsyncOAuth2Client, metadata: Metadata) -> None:
    """Tells Accord that we no longer need these tokens. Best effort: what we hold is deleted anyway."""
    if not metadata.revocation_endpoint:
        return
    hint = "refresh_token" if client.token.get("refresh_token") else "access_token"
    try:
        await client.revoke_token(metadata.revocation_endpoint, token_type_hint=hint)
    except (*_UNUSABLE, OAuthError, UnavailableError) as error:
        log.info("tokens not given back: %s", type(error).__name__)


def heed_retry_after(client: AsyncOAuth2Client, clock: Callable[[], float]) -> None:
    """Makes the client's token calls raise BusyError on 429 and 503, which Authlib would read as errors."""

    def look(answer: httpx2.Response) -> httpx2.Response:
        if answer.status_code in {429, 503}:
            raise BusyError(retry_after(answer.headers, clock()))
        return answer

    client.register_compliance_hook("access_token_response", look)
    client.register_compliance_hook("refresh_token_response", look)


async def post_form(
    settings: Settings, wire: Wire, endpoint: str, form: Mapping[str, str], clock: Callable[[], float]
) -> tuple[int, dict[str, Any]]:
    """What an endpoint answers to a form of ours: status and JSON. Raises BusyError, UnavailableError."""
    auth = (settings.client_id, settings.client_secret)
    try:
        async with plain_client(settings, wire) as client:
            answer = await client.post(endpoint, data=dict(form), auth=auth, timeout=_FORM_SECONDS)
        said = answer.json()
    except (httpx2.HTTPError, httpx2.InvalidURL, ValueError, RecursionError) as error:
        raise UnavailableError(f"no answer: {type(error).__name__}") from None
    if answer.status_code in {429, 503}:
        raise BusyError(retry_after(answer.headers, clock()))
    if not isinstance(said, dict):
        raise UnavailableError(f"unusable answer, HTTP {answer.status_code}")
    return answer.status_code, said


def checked(token: Mapping[str, Any], *, with_id_token: bool) -> Token:
    """The answer, when it has what RFC 6749 section 5.1 (and OpenID Connect, for a sign-in) asks."""
    texts = ("access_token", "token_type", "id_token") if with_id_token else ("access_token", "token_type")
    if any(not isinstance(token.get(name), str) or not token[name] for name in texts):
        raise UnavailableError("token endpoint: incomplete answer")
    if token["token_type"].lower() != "bearer" or not isinstance(token.get("scope", ""), str):
        raise UnavailableError("token endpoint: a token that we cannot use")
    return dict(token)


_KNOWN = {
    "invalid_request",
    "invalid_client",
    "invalid_grant",
    "unauthorized_client",
    "unsupported_grant_type",
    "invalid_scope",
}


def known_error(refusal: OAuthError) -> str:
    """The error's code when RFC 6749 section 5.2 lists it, else "other": no outside text enters our log."""
    return str(refusal.error) if refusal.error in _KNOWN else "other"
