"""The record of a decision, and the signed receipt that lets anyone check it without us.

The record follows ISO/IEC TS 27560 (and W3C DPV, Kantara), with the fields that make it precise: what was
decided scope by scope, item by item, and the hash of the page as rendered. Its canonical hash stands in the
ledger's event; the receipt carries the record, that hash and the event's place, signed with a key of its
own. No profile value is in it: item ids, and the pseudonym that the app knows the person by.
"""

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from consent.acts import Act, Kind, Notice, Transition
from consent.catalogue import CATALOGUE
from consent.choices import Choice
from consent.coverage import Standing
from consent.ledger.append import Recorded
from consent.ledger.canonical import CanonicalError, canonical_json
from consent.limits import frequency_to_json
from consent.requests import SCOPE_ELEMENT
from foundation.clock import to_datetime, to_seconds

TYP = "consent-receipt+jwt"
SCHEMA_VERSION = "accord-consent-record/1"
# The words of 27560 for what became of a consent.
_STATES: Mapping[Kind, str] = {
    "given": "given",
    "amended": "amended",
    "paused": "paused",
    "resumed": "reconfirmed",
    "revoked": "withdrawn",
    "expired": "expired",
}
Sign = Callable[[str, dict[str, Any]], str]  # (typ, claims) -> compact JWS
_ALGORITHMS = ["ES256", "EdDSA", "Ed25519", "RS256"]
_LONGEST = 200_000


class ReceiptError(ValueError):
    """A receipt that proves nothing: not signed by these keys, altered, or not a receipt."""


def record_of(transition: Transition, act: Act, issuer: str) -> dict[str, Any]:
    """The consent record of a change. issuer: URL of this server, where the person withdraws."""
    standing = transition.after
    recipient = standing.terms["recipient"]
    return {
        "schema_version": SCHEMA_VERSION,
        "record_id": _record_id(standing.grant_id, standing.revision),
        "previous_record_id": _record_id(standing.grant_id, standing.revision - 1),
        "grant_id": standing.grant_id,
        "revision": standing.revision,
        "pii_principal_id": standing.subject,
        "notice": None if transition.kind == "expired" else _notice(act.notice, recipient),
        "pii_controllers": [issuer, recipient["legal_entity"] or recipient["name"]],
        "recipient": {"client_id": standing.client_id} | recipient,
        "purpose": _purpose(standing.terms, issuer) | {"collection_method": act.method},
        "scopes": [_scope(name, standing) for name in _answered(standing.choice)],
        "terms": _terms(standing),
        "event": _event(transition, act),
    }


def record_hash(record: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the record's canonical JSON (RFC 8785)."""
    return hashlib.sha256(canonical_json(record)).hexdigest()


def sign_receipt(record: dict[str, Any], recorded: Recorded, sign: Sign, issuer: str) -> str:
    """The receipt of a recorded decision: a compact JWS whose payload is canonical JSON."""
    claims = {
        "iss": issuer,
        "iat": to_seconds(int(recorded.event_id[:12], 16) * 1000),
        "receipt_id": recorded.event_id,
        "record": record,
        "record_sha256": record_hash(record),
        "ledger": {"event_id": recorded.event_id, "leaf_hash": recorded.leaf_hash.hex()},
    }
    # Read back in canonical order: a signer that keeps the order of keys then signs the canonical bytes.
    return sign(TYP, orjson.loads(canonical_json(claims)))


def verify_receipt(receipt: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a receipt that is what it says. keys: a JWK Set (RFC 7517) that the caller trusts.

    Raises ReceiptError for anything else: an unknown key, another kind of token, a record that is not the
    one hashed, a payload that is not canonical. The ledger's proof of `ledger.leaf_hash` is a further step.
    """
    if len(receipt) > _LONGEST:
        raise ReceiptError("too long for a receipt")
    try:
        registry = KeySet.import_key_set({"keys": list(keys["keys"])})
        token = jws.deserialize_compact(receipt, registry, algorithms=_ALGORITHMS)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ReceiptError("not signed by these keys") from error
    if token.headers().get("typ") != TYP:
        raise ReceiptError(f"not a receipt: its typ is not {TYP}")
    return _checked(token.payload)


def _checked(payload: bytes) -> dict[str, Any]:
    try:
        claims = orjson.loads(payload)
        if canonical_json(claims) != payload:
            raise ReceiptError("the payload is not canonical")
        if record_hash(claims["record"]) != claims["record_sha256"]:
            raise ReceiptError("the record is not the one that was hashed")
    except (CanonicalError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptError(str(error) or "not a receipt") from error
    checked: dict[str, Any] = claims
    return checked


def _record_id(grant_id: str, revision: int) -> str | None:
    return f"{grant_id}.{revision}" if revision else None


def _moment(microseconds: int) -> str:
    return to_datetime(microseconds).isoformat(timespec="seconds").replace("+00:00", "Z")


def _notice(notice: Notice | None, recipient: Mapping[str, Any]) -> dict[str, Any] | None:
    if notice is None:
        return None
    return {
        "privacy_notice": recipient["privacy_url"],
        "language": notice.language,
        "notice_sha256": notice.sha256,
        "page_version": notice.page_version,
        "effect_of_refusal": "none_on_benefits_or_support",
    }


def _purpose(terms: Mapping[str, Any], issuer: str) -> dict[str, Any]:
    purpose = terms["purpose"]
    return {
        "purpose_code": purpose["code"],
        "purpose": {"fr": purpose["fr"], "en": purpose["en"]},
        "lawful_basis": "consent",
        "retention_period": terms["retention"],
        "withdrawal_method": f"{issuer}/account/apps",
    }


def _terms(standing: Standing) -> dict[str, Any]:
    choice = standing.choice
    return {
        "fetch_type": choice.fetch_type,
        "duration": choice.duration,
        "frequency": frequency_to_json(choice.frequency),
        "offline": choice.offline,
        "valid_from": _moment(standing.granted_at),
        "expires_at": _moment(standing.expires_at),
    }


def _event(transition: Transition, act: Act) -> dict[str, Any]:
    """What took place, and when; the receipt's `iat` says when it was recorded."""
    by_her = {"actor": act.by, "method": act.method, "auth_level": act.auth_level}
    by_time = {"actor": "none", "method": "term", "auth_level": "none"}
    return {
        "event_state": _STATES[transition.kind],
        "event_time": _moment(transition.moment(act.now)),
        "entity_id": transition.after.subject,
    } | (by_time if transition.kind == "expired" else by_her)


def _answered(choice: Choice) -> list[str]:
    """Every scope that was answered, in the catalogue's order."""
    return [name for name in CATALOGUE if name in choice.scopes or name in choice.declined]


def _scope(name: str, standing: Standing) -> dict[str, Any]:
    scope, shared = CATALOGUE[name], standing.choice.scopes.get(name)
    found: dict[str, Any] = {
        "scope": name,
        "pii_type": scope.label,
        "pii_optional": name not in standing.required,
        "sensitivity": scope.sensitivity.value,
        "decision": "refused" if shared is None else "granted",
    }
    if shared is not None:
        agreed = standing.terms[SCOPE_ELEMENT + name]["fields"]
        found["fields"] = [one for one in agreed if shared.fields is None or one in shared.fields]
        found["reason"] = {tag: standing.terms[SCOPE_ELEMENT + name][tag] for tag in ("fr", "en")}
        found["item_filter"] = {
            "listed": sorted(shared.items),
            "held_back": sorted(shared.hidden),
            "later_items": shared.future,
        }
    return found
