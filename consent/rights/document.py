"""Our complete JSON: everything of hers in one document, and the JSON Schema that it validates against."""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from consent.choices import Shelf
from consent.grants import GrantRow, RevisionRow
from consent.ledger.notes.tlog_proof import SUFFIX
from consent.profile.document import document_schema
from consent.profile.fields import DATASETS
from foundation.clock import to_datetime

FORMAT, VERSION = "accord-export", 1
SCHEMA_PATH = "/schemas/accord-export-1.json"
Facts = Mapping[str, Any]


def iso(moment: int) -> str:
    """RFC 3339, UTC, to the second."""
    return to_datetime(moment).strftime("%Y-%m-%dT%H:%M:%SZ")


def profile_of(shelf: Shelf) -> dict[str, Any]:
    """The profile as `accord person add --from` takes it."""
    return {
        name: next(iter(shelf[name]), None) if dataset.single else list(shelf[name])
        for name, dataset in DATASETS.items()
    }


def grant_facts(row: GrantRow, states: Sequence[RevisionRow]) -> dict[str, Any]:
    """One authorisation with all its states; the receipts stand beside, as they were signed."""
    terms = orjson.loads(row.terms_json)["elements"]
    recipient = terms.get("recipient", {})
    return {
        "id": row.id,
        "recipient": {"client_id": row.client_id} | recipient,
        "purpose": terms.get("purpose"),
        "known_to_it_as": row.subject,
        "granted_at": iso(row.granted_at),
        "expires_at": iso(row.expires_at),
        "ended_at": None if row.revoked_at is None else iso(row.revoked_at),
        "end_reason": row.end_reason,
        "choice": orjson.loads(row.choice_json),
        "states": [
            {
                "revision": state.revision,
                "kind": state.kind,
                "decided_at": iso(state.decided_at),
                "event_id": state.event_id,
                "leaf_hash": state.leaf_hash.hex(),
                "receipt": receipt_name(row.id, state.revision),
            }
            for state in reversed(states)
        ],
    }


def receipt_name(grant_id: str, revision: int) -> str:
    """Where a receipt stands in the archive."""
    return f"receipts/{grant_id}-{revision}.jws"


def proof_name(receipt: str) -> str:
    """Where the proof of its place in the ledger stands beside it."""
    return receipt.removesuffix(".jws") + SUFFIX


def export_document(
    issuer: str, now: int, account: Facts, profile: Facts, grants: Sequence[Facts]
) -> dict[str, Any]:
    """The document."""
    return {
        "$schema": issuer + SCHEMA_PATH,
        "format": FORMAT,
        "version": VERSION,
        "issuer": issuer,
        "exported_at": iso(now),
        "account": dict(account),
        "profile": dict(profile),
        "grants": list(grants),
    }


def export_schema(issuer: str) -> dict[str, Any]:
    """The JSON Schema (2020-12) of the document."""
    profile = document_schema()
    definitions = profile.pop("$defs")
    moment = {"type": "string", "format": "date-time"}
    state = _object(
        revision={"type": "integer", "minimum": 1},
        kind={"type": "string"},
        decided_at=moment,
        event_id={"type": "string", "pattern": "^[0-9a-f]{32}$"},
        leaf_hash={"type": "string", "pattern": "^[0-9a-f]{64}$"},
        receipt={"type": "string"},
    )
    grant = _object(
        id={"type": "string"},
        recipient={"type": "object", "required": ["client_id", "name"]},
        purpose={"type": ["object", "null"]},
        known_to_it_as={"type": "string", "description": "the identifier that this app alone knows you by"},
        granted_at=moment,
        expires_at=moment,
        ended_at={"anyOf": [moment, {"type": "null"}]},
        end_reason={"type": ["string", "null"]},
        choice={"type": "object", "required": ["scopes", "declined", "duration"]},
        states={"type": "array", "items": {"$ref": "#/$defs/State"}},
    )
    account = _object(
        email={"type": "string"},
        email_verified={"type": "boolean"},
        locale={"type": "string"},
        created_at=moment,
        sessions={"type": "array", "items": {"type": "object"}},
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": issuer + SCHEMA_PATH,
        "title": "Accord: everything of one person",
        "$defs": definitions | {"State": state, "Grant": grant, "Account": account, "Profile": profile},
        **_object(
            **{"$schema": {"type": "string"}},
            format={"const": FORMAT},
            version={"const": VERSION},
            issuer={"type": "string", "format": "uri"},
            exported_at=moment,
            account={"$ref": "#/$defs/Account"},
            profile={"$ref": "#/$defs/Profile"},
            grants={"type": "array", "items": {"$ref": "#/$defs/Grant"}},
        ),
    }


def _object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401  # schemas
    return {"type": "object", "properties": properties, "required": list(properties)}
