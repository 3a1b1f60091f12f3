"""How an answer reaches the app: in the address, in a form that the browser posts, signed or not.

OAuth 2.0 Form Post Response Mode, and JWT Secured Authorization Response Mode (JARM).
"""

from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.clock import SECOND, to_seconds
from foundation.web.templates import render
from idp.authorize.answer import QUERY, SIGNED, answer_url, named, redirect_origin, serves
from idp.authorize.request import AuthorizeRequest
from idp.clients.registry import Client
from idp.context import Server
from idp.encryption.enclosing import enclosed
from idp.polling.kinds import KINDS
from keys.signing import Draft

ANSWER_TYP = "oauth-authz-resp+jwt"  # of ours alone: no token of another kind can be taken for it
_SIGNED_SECONDS = 300  # JARM section 2.1: at most ten minutes


class Back(NamedTuple):
    """An answer on its way to the app. parameters: without state and iss, which every answer has."""

    request: AuthorizeRequest
    client: Client
    parameters: Mapping[str, str]


class Answers:
    """Sends answers back, each in the mode that its request named; in the query where that does not serve."""

    def __init__(self, server: Server) -> None:
        self._server = server

    async def send(self, request: Request, back: Back) -> Response:
        """What the browser is told to do."""
        asked, mode = back.request, _mode(back)
        if asked.polled:
            return RedirectResponse(_end_of(asked), 303)
        parameters = await self._parameters(back, mode)
        if SIGNED.get(mode, mode) == QUERY:
            # 303, never 307: a browser must not repeat a POST, with its credentials, at the next place.
            return RedirectResponse(answer_url(asked.redirect_uri, parameters), 303)
        return render(
            request,
            "authorize/form_post.html",
            form_action=[redirect_origin(asked.redirect_uri)],
            app=back.client.metadata.name,
            action=asked.redirect_uri,
            parameters=parameters,
        )

    async def address(self, back: Back) -> str:
        """The answer as a link, for a page of ours that stands before it."""
        if back.request.polled:
            return _end_of(back.request)
        signed = _mode(back) in SIGNED
        return answer_url(back.request.redirect_uri, await self._parameters(back, "jwt" if signed else QUERY))

    async def _parameters(self, back: Back, mode: str) -> Mapping[str, str]:
        issuer = self._server.face(back.request.profile).issuer
        told = named(back.request, issuer, back.parameters)
        if mode not in SIGNED:
            return told
        metadata, now = back.client.metadata, self._server.clock.now()
        signer = self._server.ring.signer(
            "token", metadata.authorization_signed_response_alg or metadata.id_token_alg
        )
        claims = {**told, "aud": back.client.id, "exp": to_seconds(now + _SIGNED_SECONDS * SECOND)}
        [text] = await self._server.signing.sign([Draft(signer, ANSWER_TYP, claims)])
        return {"response": await enclosed(self._server, back.client, "authorization", text)}


def _end_of(asked: AuthorizeRequest) -> str:
    """Our own page, for an app that polls for its answer."""
    return KINDS[asked.polled_kind].ends_on + asked.polled


def _mode(back: Back) -> str:
    mode = back.request.response_mode or QUERY
    return mode if serves(mode, back.request.redirect_uri, back.client.metadata) else QUERY
