"""What programs find here: the transmitter's configuration (SSF 1.0), and the table of calls."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND
from foundation.web.lean import Endpoint, Table, json_response
from idp.clients.assertion import ALGORITHMS
from idp.context import Server
from idp.signals.attesting import ATTESTATION_PATH, attestation_endpoint
from idp.signals.kinds import KINDS, VERIFICATION, event_uri
from idp.signals.poll import POLL_PATH, poll_endpoint
from keys.lifecycle import JWKS_MAX_AGE

CONFIGURATION_PATH = "/.well-known/ssf-configuration"
_JWKS_PATH = "/jwks"
_CACHE = (
    (b"cache-control", b"public, max-age=%d" % (JWKS_MAX_AGE // SECOND)),
    (b"access-control-allow-origin", b"*"),
)


def transmitter_configuration(server: Server) -> dict[str, Any]:
    """SSF 1.0 section 7.1, as far as it is true here.

    An app says how it is to be told in the partner space: there is no endpoint to manage streams, subjects
    or status, so none is named. What follows `default_subjects` are names of ours.
    """
    issuer = server.issuer
    return {
        "spec_version": "1_0",
        "issuer": issuer,
        "jwks_uri": issuer + _JWKS_PATH,
        "delivery_methods_supported": ["urn:ietf:rfc:8935", "urn:ietf:rfc:8936"],
        "default_subjects": "ALL",
        "critical_subject_members": ["iss", "sub"],
        "poll_endpoint": issuer + POLL_PATH,
        "attestation_endpoint": issuer + ATTESTATION_PATH,
        "endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "private_key_jwt"],
        "endpoint_auth_signing_alg_values_supported": list(ALGORITHMS),
        "event_signing_alg_values_supported": ["ES256"],
        "events_supported": [event_uri(issuer, name) for name in (*KINDS, VERIFICATION)],
    }


def signals_table(server: Server) -> Table:
    """The lean endpoints of this room."""
    return {
        CONFIGURATION_PATH: {"GET": _document(transmitter_configuration(server))},
        POLL_PATH: {"POST": poll_endpoint(server)},
        ATTESTATION_PATH: {"POST": attestation_endpoint(server)},
    }


def _document(body: dict[str, Any]) -> Endpoint:
    async def document(_request: Request) -> Response:
        return json_response(body, headers=_CACHE)

    return document
