"""POST /connexion/oauth2/access_token: Accord's token endpoint, with the errors that these apps parse.

Leniencies, here alone: a Basic header beside the credentials of the body is passed over (one app's library
adds it), and a failed authentication is a 400. An error is its code and its description and nothing else: one
app reads the two only where they stand alone. The trace id is in the header of every answer.
"""

from urllib.parse import unquote

import orjson
from authlib.oauth2 import OAuth2Error
from starlette.requests import Request
from starlette.responses import Response

from foundation.errors import AccordError
from foundation.web.errors import respond_to
from foundation.web.forms import parse_query
from foundation.web.lean import Endpoint, json_response
from idp.clients.registry import Client
from idp.context import Server
from idp.francetravail import PROFILE, REALM
from idp.token.code_grant import CodeGrant, PresentedCode
from idp.token.routes import CODE_EXTENSIONS, REFRESH, GrantKind, token_endpoint

TOKEN_PATH = "/connexion/oauth2/access_token"  # noqa: S105  # a path
_ERROR = ("error", "error_description")
_OF_A_BODY = {b"content-type", b"content-length"}


class RedirectMismatchError(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    """The code was given for another address: told apart, because apps log it for their operators."""

    error = "redirect_uri_mismatch"


class FranceTravailCode(CodeGrant):
    """Spends a code; an error of its own for a redirect_uri that is not the request's."""

    def query_authorization_code(self, code: str, client: Client) -> PresentedCode | None:
        presented = super().query_authorization_code(code, client)
        given = self.request.payload.redirect_uri
        if presented is not None and given != presented.get_redirect_uri():
            raise RedirectMismatchError("redirect_uri is not the one that the code was asked with.")
        return presented


_KINDS = (GrantKind(FranceTravailCode, CODE_EXTENSIONS), REFRESH)


def access_token_endpoint(server: Server) -> Endpoint:
    """The endpoint; `realm` stands in the query and may be left out."""
    issue = token_endpoint(server, _KINDS, PROFILE)

    async def access_token(request: Request) -> Response:
        try:
            check_realm(request)
            answer = await issue(_without_basic(request))
        except AccordError as error:
            answer = respond_to(request.scope, _unchallenged(error))
        return answer if answer.status_code == 200 else _bare(answer)

    return access_token


def _unchallenged(error: AccordError) -> AccordError:
    if error.status != 401:
        return error
    return AccordError(error.code, error.description, detail=error.detail)


def _bare(answer: Response) -> Response:
    said = orjson.loads(answer.body)
    kept = [pair for pair in answer.raw_headers if pair[0] not in _OF_A_BODY]
    return json_response({name: said[name] for name in _ERROR if name in said}, answer.status_code, kept)


def check_realm(request: Request) -> None:
    """Raises AccordError `invalid_request` for a realm that is not that of people.

    It may stand encoded twice: so does a library that encodes the address it was given whole.
    """
    if unquote(parse_query(request).single("realm")) not in {"", REALM, REALM.strip("/")}:
        raise AccordError("invalid_request", f"The only realm is {REALM}.")


def _without_basic(request: Request) -> Request:
    headers = [
        (name, value)
        for name, value in request.scope["headers"]
        if name != b"authorization" or not value.lower().startswith(b"basic ")
    ]
    return Request({**request.scope, "headers": headers}, request.receive)
