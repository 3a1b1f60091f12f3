"""The metadata of this issuer (OpenID Connect Discovery section 3), and its keys: RS256 alone."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND
from foundation.web.lean import Endpoint, Table, json_response
from idp.context import Server
from idp.francetravail import PROFILE, REALM
from idp.francetravail.apis import USERINFO_PATH
from idp.francetravail.face import ISSUER_PATH
from idp.francetravail.pages import AUTHORIZE_PATH, LOGOUT_PATH
from idp.francetravail.token import TOKEN_PATH
from idp.francetravail.words import APIS, MEANINGS
from idp.running.keyring import published_keys
from keys.lifecycle import JWKS_MAX_AGE

METADATA_PATH = f"{ISSUER_PATH}/.well-known/openid-configuration"
JWKS_PATH = f"{ISSUER_PATH}/connect/jwk_uri"
_ALGORITHM = "RS256"
_CACHE = (
    (b"cache-control", b"public, max-age=%d" % (JWKS_MAX_AGE // SECOND)),
    (b"access-control-allow-origin", b"*"),
)


def metadata(server: Server) -> dict[str, Any]:
    """The document. The token endpoint carries its realm; the authorization endpoint does without."""
    base = server.issuer
    return {
        "issuer": server.face(PROFILE).issuer,
        "authorization_endpoint": base + AUTHORIZE_PATH,
        "token_endpoint": f"{base}{TOKEN_PATH}?realm={REALM.replace('/', '%2F')}",
        "userinfo_endpoint": base + USERINFO_PATH,
        "end_session_endpoint": base + LOGOUT_PATH,
        "jwks_uri": base + JWKS_PATH,
        "scopes_supported": [*MEANINGS, *APIS],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": [_ALGORITHM],
        "claims_supported": [
            "iss",
            "aud",
            "azp",
            "sub",
            "realm",
            "nonce",
            "at_hash",
            "auth_time",
            "idIdentiteExterne",
            "given_name",
            "family_name",
            "gender",
            "email",
            "updated_at",
        ],
        "authorization_response_iss_parameter_supported": True,
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "request_parameter_supported": False,
        "request_uri_parameter_supported": False,
        "ui_locales_supported": ["fr", "en"],
    }


def metadata_table(server: Server) -> Table:
    """The lean endpoints of this module."""
    return {METADATA_PATH: {"GET": _document(metadata(server))}, JWKS_PATH: {"GET": _jwks(server)}}


def _document(body: dict[str, Any]) -> Endpoint:
    async def document(_request: Request) -> Response:
        return json_response(body, headers=_CACHE)

    return document


def _jwks(server: Server) -> Endpoint:
    async def jwks(_request: Request) -> Response:
        published = (await published_keys(server))["keys"]
        keys = [key for key in published if key.get("alg") == _ALGORITHM]
        return json_response({"keys": keys}, headers=_CACHE)

    return jwks
