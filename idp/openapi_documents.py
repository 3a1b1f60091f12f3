"""The part of /openapi.json that anyone reads: metadata, keys, schemas, the ledger's proofs, health."""

from typing import Any

from consent.records.documents import SCHEMAS, SCHEMAS_PATH
from consent.records.vocabulary import CONTEXT_PATH
from idp.details.schema import SCHEMA_PATH
from idp.discovery import JWKS_PATH, OAUTH_PATH, OPENID_PATH, RESOURCE_PATH
from idp.openapi_calls import ERROR, content, shape
from idp.receipts.published import RECEIPT_JWKS_PATH
from idp.resource.pointing import API_PATH
from idp.signals.documents import CONFIGURATION_PATH

_JSON = dict[str, Any]
_OBJECT: _JSON = {"type": "object"}
_TEXT: _JSON = {"type": "string"}
_WHOLE: _JSON = {"type": "integer"}
_BOOL: _JSON = {"type": "boolean"}
_KEYS = shape("keys", keys={"type": "array", "items": _OBJECT})
# path -> name of the operation, what it is, what its body is.
_DOCUMENTS: dict[str, tuple[str, str, _JSON]] = {
    OPENID_PATH: ("openid_configuration", "OpenID Connect Discovery 1.0", _OBJECT),
    OAUTH_PATH: ("oauth_server_metadata", "Authorization server metadata (RFC 8414)", _OBJECT),
    RESOURCE_PATH: ("resource_metadata", "Protected resource metadata (RFC 9728)", _OBJECT),
    RESOURCE_PATH + API_PATH: ("data_api_metadata", "The same, where RFC 9728 section 3.1 looks", _OBJECT),
    JWKS_PATH: ("jwks", "Keys that sign tokens and events (RFC 7517)", _KEYS),
    SCHEMA_PATH: ("career_data_schema", "JSON Schema of `authorization_details`", _OBJECT),
    CONFIGURATION_PATH: ("ssf_configuration", "Shared Signals transmitter metadata (SSF 1.0)", _OBJECT),
    RECEIPT_JWKS_PATH: ("receipt_jwks", "Every key that ever signed receipts, kept for ever", _KEYS),
    CONTEXT_PATH: ("record_context", "JSON-LD context of consent records", _OBJECT),
}


def document_paths() -> _JSON:
    """What anyone may read, by path."""
    paths = {path: {"get": _document(*words)} for path, words in _DOCUMENTS.items()}
    for name in SCHEMAS:
        words = (f"schema_{name.replace('-', '_')}", f"JSON Schema of {name}", _OBJECT)
        paths[f"{SCHEMAS_PATH}{name}.json"] = {"get": _document(*words)}
    return paths | _ledger() | _health()


def _document(operation: str, summary: str, schema: _JSON) -> _JSON:
    return _public(operation, summary, "documents", {"200": content(summary, schema)})


def _public(operation: str, summary: str, tag: str, responses: _JSON) -> _JSON:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": [tag],
        "security": [],
        "responses": responses,
    }


def _ledger() -> _JSON:
    named = {"name": "event_id", "in": "query", "required": True, "schema": _TEXT}
    unknown = {
        "400": content("No event can have that number", ERROR),
        "404": content("No event has that number", ERROR),
    }
    answers = {
        "200": content("Its leaf, its place and the way to the signed head", _proof("integrated")),
        "202": content("It is recorded, and proved by `deadline` at the latest", _proof("promised")),
    } | unknown
    proof = _public("ledger_proof", "The proof that an event is in the ledger", "ledger", answers)
    file = {
        "200": content("The proof (C2SP tlog-proof)", _TEXT, "text/plain"),
        "503": content("No signed head covers the event yet; see Retry-After", ERROR),
    } | unknown
    tlog_proof = _public("ledger_tlog_proof", "The same as a file, to keep beside a receipt", "ledger", file)
    text = {
        "checkpoint": "The ledger's signed head (C2SP signed note)",
        "vkey": "The key that it is verified by",
    }
    paths: _JSON = {
        f"/ledger/{name}": {
            "get": _public(
                f"ledger_{name}",
                words,
                "ledger",
                {
                    "200": content(words, _TEXT, "text/plain"),
                    "503": content("Nothing is signed yet; see Retry-After", ERROR),
                },
            )
        }
        for name, words in text.items()
    }
    return paths | {
        "/ledger/proof": {"get": proof | {"parameters": [named]}},
        "/ledger/tlog-proof": {"get": tlog_proof | {"parameters": [named]}},
        **_tiles(),
    }


def _tiles() -> _JSON:
    """Paths of C2SP tlog-tiles: a number has slashes, and `.p/<width>` at its end where a tile is partial."""
    octets = content("Its bytes", {"type": "string", "format": "binary"}, "application/octet-stream")
    answers = {"200": octets, "404": content("The log has no tile of this name", ERROR)}
    looked = {"303": {"description": "Nobody is signed in"}, "403": content("Not an auditor", ERROR)}
    hashes = _public("ledger_tile", "256 hashes of a level", "ledger", answers)
    leaves = _public("ledger_entries", "The leaves of a tile, for auditors", "ledger", answers | looked)
    number = {"name": "number", "in": "path", "required": True, "schema": _TEXT}
    return {
        "/ledger/tile/{level}/{number}": {
            "get": hashes | {"parameters": [number | {"name": "level"}, number]}
        },
        "/ledger/tile/entries/{number}": {"get": leaves | {"parameters": [number]}},
    }


def _proof(state: str) -> _JSON:
    place = {"index": _WHOLE, "tree_size": _WHOLE, "proof": {"type": "array", "items": _TEXT}}
    more = place | {"checkpoint": _TEXT} if state == "integrated" else {"deadline": _TEXT}
    named = {"event_id": _TEXT, "leaf_hash": _TEXT, "state": {"const": state}}
    return shape(" ".join(named | more), **named, **more)


def _health() -> _JSON:
    alive = {"200": content("It answers", shape("alive", alive={"type": "boolean"}))}
    names = ("ready", "database", "keys", "ledger")
    checks = shape(" ".join(names), **dict.fromkeys(names, _BOOL))
    ready = {"200": content("It can do its work", checks), "503": content("It cannot, and why", checks)}
    return {
        "/health/alive": {"get": _public("alive", "Whether the process answers", "health", alive)},
        "/health/ready": {"get": _public("ready", "Whether it can serve", "health", ready)},
    }
