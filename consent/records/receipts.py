"""The signed receipt: a record, its hash and what the ledger promises, that anyone can check without us.

A compact JWS (RFC 7515) over canonical JSON (RFC 8785), with a key and a `typ` of its own. Its form is one
for all versions of the record, so that what was given out once is checked by the same few lines for ever.

What is signed under `ledger` is a promise: that this leaf hash will have its place in the log, provable, by a
deadline. Whoever holds a receipt and is refused the proof afterwards holds what shows it.
"""

import hashlib
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from typing import Any

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet

from consent.ledger.append import Recorded
from consent.ledger.canonical import CanonicalError, canonical_json
from consent.ledger.moments import promised_by
from foundation.clock import to_seconds
from keys.sign import b64url

TYP = "consent-receipt+jwt"
ALGORITHM = "ES256"
Sign = Callable[[str, dict[str, Any]], str]  # (typ, claims) -> compact JWS
_LONGEST = 200_000
_CLAIMS = frozenset({"iss", "iat", "receipt_id", "record", "record_sha256", "ledger"})


class ReceiptError(ValueError):
    """A receipt that proves nothing. code: what is wrong, stable; the text says it to a person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code


def record_hash(record: Mapping[str, Any]) -> str:
    """SHA-256, in hexadecimal, of the record's canonical JSON (RFC 8785)."""
    return hashlib.sha256(canonical_json(record)).hexdigest()


def sign_receipt(record: Mapping[str, Any], recorded: Recorded, sign: Sign, issuer: str) -> str:
    """The receipt of a recorded decision: a compact JWS whose payload is canonical JSON."""
    claims = {
        "iss": issuer,
        "iat": to_seconds(int(recorded.event_id[:12], 16) * 1000),
        "receipt_id": recorded.event_id,
        "record": record,
        "record_sha256": record_hash(record),
        "ledger": {
            "event_id": recorded.event_id,
            "leaf_hash": recorded.leaf_hash.hex(),
            "promised_by": to_seconds(promised_by(recorded.event_id)),
        },
    }
    # Read back in canonical order: a signer that keeps the order of keys then signs the canonical bytes.
    return sign(TYP, orjson.loads(canonical_json(claims)))


def is_signed(receipt: str) -> bool:
    """Whether a receipt of our own database has its signature, or waits for it (see waiting.py)."""
    return not receipt.endswith(".")


def read_claims(receipt: str) -> dict[str, Any]:
    """What a receipt of our own database says; its signature is for others to check."""
    claims: dict[str, Any] = orjson.loads(jws.extract_compact(receipt.encode()).payload)
    return claims


def kid_of(receipt: str) -> str:
    """The name of the key that a receipt says it was signed by. Raises ReceiptError."""
    return str(_header(receipt).get("kid"))


def verify_receipt(receipt: str, keys: Mapping[str, Any]) -> dict[str, Any]:
    """The claims of a receipt that is what it says. keys: a JWK Set (RFC 7517) that the caller trusts.

    Raises ReceiptError for anything else: an unknown key, another kind of token, a record that is not the
    one hashed, a payload that is not canonical. The ledger's proof of `ledger.leaf_hash` is a further step.
    """
    header = _header(receipt)
    if header.get("alg") != ALGORITHM:
        raise ReceiptError("wrong_algorithm", f"receipts are signed with {ALGORITHM} and nothing else")
    if header.get("typ") != TYP:
        raise ReceiptError("wrong_typ", f"not a receipt: its typ is not {TYP}")
    if header.keys() != {"alg", "kid", "typ"}:
        raise ReceiptError("wrong_algorithm", "the header says more than a receipt's does")
    if not is_signed(receipt):
        raise ReceiptError("not_signed", "it has no signature yet: ask for it again in a moment")
    key = _key(keys, header["kid"])
    try:
        token = jws.deserialize_compact(receipt, key, algorithms=[ALGORITHM])
    except (JoseError, ValueError, TypeError) as error:
        raise ReceiptError("bad_signature", "the signature does not fit: it was altered") from error
    if any(b64url(urlsafe_b64decode(part + "==")) != part for part in receipt.split(".")):
        raise ReceiptError("not_canonical", "its base64 has another spelling than ours")
    return _checked(token.payload)


def _header(receipt: str) -> Mapping[str, Any]:
    if len(receipt) > _LONGEST:
        raise ReceiptError("too_long", "too long for a receipt")
    try:
        header = jws.extract_compact(receipt.encode("ascii")).headers()
    except (JoseError, ValueError, TypeError, AttributeError) as error:
        raise ReceiptError("not_a_receipt", "not a signed receipt: three parts joined by dots") from error
    if not isinstance(header, dict):
        raise ReceiptError("not_a_receipt", "not a signed receipt: its header is not an object")
    return header


def _key(keys: Mapping[str, Any], kid: object) -> ECKey:
    """The key of this name among those trusted, never one that the receipt brings along."""
    try:
        found = [key for key in KeySet.import_key_set({"keys": _public(keys)}).keys if key.kid == kid]
    except (JoseError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptError("bad_keys", "the keys to check with are not a JWK Set") from error
    if len(found) != 1 or not isinstance(found[0], ECKey):
        raise ReceiptError("unknown_key", "signed by a key that is not among those you trust")
    return found[0]


def _public(keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The members that make a key (RFC 7518 section 6.2.1), without what else a key file says of it."""
    members = ("kty", "crv", "x", "y", "kid", "use", "alg")
    return [{name: key[name] for name in members if name in key} for key in keys["keys"]]


def _checked(payload: bytes) -> dict[str, Any]:
    try:
        claims = orjson.loads(payload)
        if canonical_json(claims) != payload:
            raise ReceiptError("not_canonical", "the payload is not canonical JSON")
        if claims.keys() != _CLAIMS:
            raise ReceiptError("not_a_receipt", "it does not hold what a receipt holds")
        if record_hash(claims["record"]) != claims["record_sha256"]:
            raise ReceiptError("wrong_record", "the record is not the one that was hashed")
        if claims["ledger"]["event_id"] != claims["receipt_id"]:
            raise ReceiptError("wrong_record", "the receipt names another event than its own")
        if type(claims["ledger"].get("promised_by", 0)) is not int:  # older receipts name no deadline
            raise ReceiptError("not_a_receipt", "its deadline is no time")
    except (CanonicalError, KeyError, TypeError, AttributeError) as error:
        raise ReceiptError("not_a_receipt", "it does not hold what a receipt holds") from error
    except orjson.JSONDecodeError as error:
        raise ReceiptError("not_a_receipt", "the payload is not JSON") from error
    checked: dict[str, Any] = claims
    return checked
