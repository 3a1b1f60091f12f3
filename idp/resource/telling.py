"""Userinfo as the app has it: JSON, a signed JWT, an encrypted one, or both (OpenID Connect Core 5.3.2)."""

from typing import Any, NamedTuple

import orjson
from starlette.responses import Response

from foundation.clock import to_seconds
from foundation.errors import AccordError
from foundation.web.lean import RawHeaders, json_response, media_response
from idp.clients.registry import Client, ClientRow, read_client
from idp.context import Server
from idp.encryption.enclosing import Envelope, envelope_at_hand
from idp.resource.bearer import Access
from keys.signing import Draft

# Of ours alone: claims signed for the same app must never pass for its ID token.
USERINFO_TYP = "userinfo+jwt"
_MEDIA = "application/jwt"


class KeysDueError(AccordError):
    """The app's keys are to be fetched before anything is told; no unit waits for that."""

    def __init__(self, client: Client) -> None:
        super().__init__(
            "temporarily_unavailable",
            "The application's keys are being fetched. Nothing was told; try again.",
            status=503,
            headers={"Retry-After": "1"},
        )
        self.client = client


class Form(NamedTuple):
    """How one answer is told. alg: by which it is signed, None for not at all."""

    client: Client
    alg: str | None
    envelope: Envelope | None


def form_for(server: Server, access: Access) -> Form | None:
    """The form of an answer about to be recorded; None for JSON. Raises KeysDueError, NoKeyError."""
    if access.row.app_json is None:
        return None
    client = read_client(ClientRow(access.client_id, None, access.row.app_json, None))
    metadata = client.metadata
    if not metadata.tells_by_token:
        return None
    if metadata.userinfo_encrypted_response_alg is not None and server.app_keys.is_due(client):
        raise KeysDueError(client)
    return Form(client, metadata.userinfo_signed_response_alg, envelope_at_hand(server, client, "userinfo"))


async def told(server: Server, form: Form | None, claims: dict[str, Any], headers: RawHeaders) -> Response:
    """The answer, once its read is recorded."""
    if form is None:
        return json_response(claims, headers=headers)
    envelope, client_id = form.envelope, form.client.id
    if form.alg is None:
        text = envelope.around_claims(orjson.dumps(claims)) if envelope else ""
        return media_response(_MEDIA, text, headers)
    now = to_seconds(server.clock.now())
    stated = {"iss": server.issuer, "aud": client_id, "iat": now} | claims
    [text] = await server.signing.sign([Draft(server.ring.signer("token", form.alg), USERINFO_TYP, stated)])
    return media_response(_MEDIA, text if envelope is None else envelope.around(text), headers)
