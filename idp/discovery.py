"""Metadata: OpenID Connect Discovery, RFC 8414, RFC 9728, JWKS; each made from what is really mounted."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from foundation.clock import SECOND, to_seconds
from foundation.web.lean import Endpoint, Table, json_response
from idp.authorize.answer import MODES
from idp.authorize.levels import LEVELS
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.authorize.routes import AUTHORIZE_PATH
from idp.ciba.routes import BACKCHANNEL_PATH
from idp.clients.assertion import ALGORITHMS
from idp.clients.members.encrypting import CONTENT_ALGORITHMS, KEY_ALGORITHMS, Answer
from idp.clients.members.tokens import SIGNING_ALGORITHMS
from idp.context import Server
from idp.details.parse import TYPE
from idp.details.schema import SCHEMA_PATH, career_data_schema
from idp.device.endpoint import DEVICE_AUTHORIZATION_PATH
from idp.dpop import proof as dpop
from idp.grant_kinds import GRANT_TYPES
from idp.grants.actions import ACTIONS_SUPPORTED, API_SCOPES, GRANTS_PATH
from idp.logout.pages import END_SESSION_PATH
from idp.mtls.proving import certificate_methods
from idp.registration.registering import REGISTRATION_PATH
from idp.resource.pointing import API_PATH, RESOURCE_METADATA_PATH
from idp.resource.routes import USERINFO_PATH
from idp.running.keyring import published_keys
from idp.token.calling import TOKEN_PATH
from idp.token.introspection import INTROSPECTION_PATH
from idp.token.revocation import REVOCATION_PATH
from keys.lifecycle import JWKS_MAX_AGE
from keys.signing import Draft

JWKS_PATH = "/jwks"
OPENID_PATH = "/.well-known/openid-configuration"
OAUTH_PATH = "/.well-known/oauth-authorization-server"
RESOURCE_PATH = RESOURCE_METADATA_PATH
RESOURCE_TYP = "resource-metadata+jwt"
# Long enough to spare us, shorter than the time a key stands published before it signs.
_CACHE = (
    (b"cache-control", b"public, max-age=%d" % (JWKS_MAX_AGE // SECOND)),
    (b"access-control-allow-origin", b"*"),
)
# Browsers come to these, and apps that have no certificate yet.
_WITHOUT_CERTIFICATE = {"authorization_endpoint", "end_session_endpoint", "registration_endpoint"}
_AUTH_METHODS = ["client_secret_basic", "client_secret_post", "private_key_jwt"]


def server_metadata(server: Server) -> dict[str, Any]:
    """RFC 8414 section 2."""
    issuer, methods = server.issuer, [*_AUTH_METHODS, *certificate_methods(server.settings)]
    return {
        "issuer": issuer,
        "authorization_endpoint": issuer + AUTHORIZE_PATH,
        "token_endpoint": issuer + TOKEN_PATH,
        # RFC 9126 section 5; an app may register that it takes no other way.
        "pushed_authorization_request_endpoint": issuer + PUSHED_PATH,
        "require_pushed_authorization_requests": False,
        "device_authorization_endpoint": issuer + DEVICE_AUTHORIZATION_PATH,  # RFC 8628 section 4
        # RFC 9101 section 10.5; OpenID Connect Discovery section 3.
        "request_parameter_supported": True,
        "request_uri_parameter_supported": True,
        "require_request_uri_registration": True,
        "require_signed_request_object": False,
        "request_object_signing_alg_values_supported": list(ALGORITHMS),
        "jwks_uri": issuer + JWKS_PATH,
        # CIBA Core section 4.
        "backchannel_authentication_endpoint": issuer + BACKCHANNEL_PATH,
        "backchannel_token_delivery_modes_supported": ["poll", "ping"],
        "backchannel_user_code_parameter_supported": False,
        "backchannel_authentication_request_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint": issuer + REVOCATION_PATH,
        "introspection_endpoint": issuer + INTROSPECTION_PATH,
        "scopes_supported": [*CATALOGUE, *API_SCOPES],
        "response_types_supported": ["code"],
        "response_modes_supported": list(MODES),
        "authorization_signing_alg_values_supported": list(SIGNING_ALGORITHMS),  # JARM section 4
        **_encryption("authorization"),
        "grant_types_supported": list(GRANT_TYPES),
        "code_challenge_methods_supported": ["S256"],
        "token_endpoint_auth_methods_supported": [*methods, "none"],
        "token_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "revocation_endpoint_auth_methods_supported": [*methods, "none"],
        "revocation_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_endpoint_auth_methods_supported": methods,
        "introspection_endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "introspection_signing_alg_values_supported": list(SIGNING_ALGORITHMS),  # RFC 9701 section 7
        **_encryption("introspection"),
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),  # RFC 9449 section 5.1
        # RFC 8705 section 3.3
        "tls_client_certificate_bound_access_tokens": bool(server.settings.client_certificate_header),
        "authorization_response_iss_parameter_supported": True,
        "ui_locales_supported": ["fr", "en"],
        "protected_resources": [server.api_audience],
        "authorization_details_types_supported": [TYPE],  # RFC 9396 section 10
        **_grant_management(server),
        **_registration(server),
    }


def _grant_management(server: Server) -> dict[str, Any]:
    """Grant Management, draft 03, section 7.1."""
    return {
        "grant_management_endpoint": server.issuer + GRANTS_PATH,
        "grant_management_actions_supported": list(ACTIONS_SUPPORTED),
        "grant_management_action_required": server.settings.grant_management_action_required,
    }


def _registration(server: Server) -> dict[str, Any]:
    """RFC 7591 section 3; Client ID Metadata Documents section 5: what of it the operator lets apps do."""
    settings, endpoint = server.settings, server.issuer + REGISTRATION_PATH
    registers = {} if settings.client_registration == "off" else {"registration_endpoint": endpoint}
    by_document = {"client_id_metadata_document_supported": True} if settings.client_id_documents else {}
    return registers | by_document


def openid_metadata(server: Server) -> dict[str, Any]:
    """OpenID Connect Discovery section 3."""
    return server_metadata(server) | {
        "userinfo_endpoint": server.issuer + USERINFO_PATH,
        "end_session_endpoint": server.issuer + END_SESSION_PATH,  # RP-Initiated Logout section 2.1
        # Section 2.1 of Back-Channel Logout, 3 of Front-Channel Logout: both, and which session it was.
        "backchannel_logout_supported": True,
        "backchannel_logout_session_supported": True,
        "frontchannel_logout_supported": True,
        "frontchannel_logout_session_supported": True,
        "subject_types_supported": ["pairwise", "public"],
        "id_token_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        **_encryption("id_token"),
        "userinfo_signing_alg_values_supported": list(SIGNING_ALGORITHMS),
        **_encryption("userinfo"),
        "claims_supported": sorted({claim for scope in CATALOGUE.values() for claim in scope.claims}),
        "claim_types_supported": ["normal"],
        "prompt_values_supported": ["none", "login", "consent", "select_account"],
        "claims_parameter_supported": True,
        "acr_values_supported": list(LEVELS),
        "display_values_supported": ["page", "touch"],
    }


def resource_metadata(server: Server) -> dict[str, Any]:
    """RFC 9728 section 2; no jwks_uri and no signing algorithms: this API answers plain JSON."""
    return {
        "resource": server.api_audience,
        "authorization_servers": [server.issuer],
        "scopes_supported": [s.name for s in CATALOGUE.values() if s.dataset is not None or s.writes],
        "bearer_methods_supported": ["header"],
        "dpop_signing_alg_values_supported": list(dpop.ALGORITHMS),
        "dpop_bound_access_tokens_required": False,
        "tls_client_certificate_bound_access_tokens": bool(server.settings.client_certificate_header),
        "authorization_details_types_supported": [TYPE],
        "resource_name": "Accord",
    }


def _encryption(answer: Answer) -> dict[str, Any]:
    return {
        f"{answer}_encryption_alg_values_supported": list(KEY_ALGORITHMS),
        f"{answer}_encryption_enc_values_supported": list(CONTENT_ALGORITHMS),
    }


def _with_aliases(server: Server, document: dict[str, Any]) -> dict[str, Any]:
    """RFC 8705 section 5: where apps with a certificate call, if it is asked for at a host of its own."""
    origin = server.settings.client_certificate_origin
    aliases = {
        name: origin + place.removeprefix(server.issuer)
        for name, place in document.items()
        if name.endswith("_endpoint") and name not in _WITHOUT_CERTIFICATE
    }
    return document | ({"mtls_endpoint_aliases": aliases} if origin else {})


def metadata_table(server: Server) -> Table:
    """The lean endpoints of this module."""
    resource = _resource(server)
    return {
        OPENID_PATH: {"GET": _document(_with_aliases(server, openid_metadata(server)))},
        OAUTH_PATH: {"GET": _document(_with_aliases(server, server_metadata(server)))},
        RESOURCE_PATH: {"GET": resource},
        # RFC 9728 section 3.1: the well-known part goes before the resource's path.
        RESOURCE_PATH + API_PATH: {"GET": resource},
        JWKS_PATH: {"GET": _jwks(server)},
        SCHEMA_PATH: {"GET": _document(career_data_schema(server.issuer))},
    }


def _document(body: dict[str, Any]) -> Endpoint:
    async def document(_request: Request) -> Response:
        return json_response(body, headers=_CACHE)

    return document


def _resource(server: Server) -> Endpoint:
    """RFC 9728 section 2.2: the same once more, signed by the issuer; anew when its key changes."""
    body = resource_metadata(server)
    made: dict[str, str] = {}

    async def resource(_request: Request) -> Response:
        signer = server.ring.signer("token", "ES256")
        if signer.kid not in made:
            stated = {"iss": server.issuer, "iat": to_seconds(server.clock.now())} | body
            [text] = await server.signing.sign([Draft(signer, RESOURCE_TYP, stated)])
            made.clear()
            made[signer.kid] = text
        return json_response(body | {"signed_metadata": made[signer.kid]}, headers=_CACHE)

    return resource


def _jwks(server: Server) -> Endpoint:
    async def jwks(_request: Request) -> Response:
        return json_response(await published_keys(server), headers=_CACHE)

    return jwks
