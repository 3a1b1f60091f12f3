"""Receipts and proofs: what ours proves, the verifier in JavaScript proves; what ours refuses, it refuses."""

import base64
import json

import orjson
import pytest
from joserfc.jwk import ECKey

from consent.ledger.append import Recorded
from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import ProofError, inclusion_ranges
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import NoteError
from consent.ledger.notes.policy import parse_policy
from consent.ledger.notes.tlog_proof import TlogProof, check_proof, parse_proof
from consent.records.receipts import ReceiptError, sign_receipt, verify_receipt
from foundation.ids import new_id
from keys.sign import Signer, b64url
from tests.consent.ledger.files.support import SEERS, signed
from tests.consent.ledger.support import ORIGIN, tree_hash
from tests.examples.verifier.bundles import ALL, leaf
from tests.examples.verifier.other import Other

pytestmark = pytest.mark.network
KEY = ECKey.generate_key("P-256", {"kid": "receipt-1", "alg": "ES256", "use": "sig"})
KEYS = {"keys": [KEY.as_dict(private=False)]}
LEAVES = [leaf_hash(leaf(number)) for number in range(11)]
RECORD = {"recipient": "Cap Coaching – Évry", "scopes": ["skills"], "version": 2, "notice": None}
RECEIPT = sign_receipt(
    RECORD, Recorded(new_id(10**15), LEAVES[7]), Signer("receipt-1", "ES256", KEY).sign, "https://accord.test"
)


def proof() -> str:
    path = tuple(tree_hash(LEAVES[part.start : part.end]) for part in inclusion_ranges(7, 11))
    return TlogProof(7, path, signed(Checkpoint(ORIGIN, 11, tree_hash(LEAVES)), SEERS)).text()


def ours(text: str, hashed: bytes) -> bool:
    try:
        check_proof(parse_proof(text), hashed, parse_policy(ALL.encode()))
    except (NoteError, ProofError):
        return False
    return True


def theirs(other: Other, text: str, hashed: bytes) -> bool:
    return "lie" not in other.ask("proof", proof=text, leaf=hashed.hex(), policy=ALL)


def test_a_proof_holds_in_both_and_each_of_its_bytes_counts(other: Other) -> None:
    text = proof()
    assert other.ask("proof", proof=text, leaf=LEAVES[7].hex(), policy=ALL) == {"index": 7}
    assert ours(text, LEAVES[7])
    for hashed in (LEAVES[6], bytes(32), b""):
        assert not ours(text, hashed)
        assert not theirs(other, text, hashed)
    for at in range(0, len(text), 5):
        flipped = f"{text[:at]}{chr(ord(text[at]) ^ 1)}{text[at + 1 :]}"
        assert not ours(flipped, LEAVES[7])
        assert not theirs(other, flipped, LEAVES[7]), at
    with_extra = text.replace("index", "extra YWdl\nindex", 1)
    assert ours(with_extra, LEAVES[7])
    assert theirs(other, with_extra, LEAVES[7])


def altered(payload: dict[str, object], header: dict[str, object] | None = None) -> str:
    """Signed by the right key, and yet no receipt."""
    head = {"alg": "ES256", "kid": "receipt-1", "typ": "consent-receipt+jwt"} | (header or {})
    text = f"{b64url(orjson.dumps(head))}.{b64url(orjson.dumps(payload, option=orjson.OPT_SORT_KEYS))}"
    claims = orjson.loads(base64.urlsafe_b64decode(RECEIPT.split(".")[1] + "=="))
    good = Signer("receipt-1", "ES256", KEY).sign("consent-receipt+jwt", {**claims, **payload})
    return good if header is None else f"{text}.{good.rsplit('.', 1)[1]}"


BAD = {
    "cut": RECEIPT[:-1],
    "another signature": RECEIPT[:-8] + "AAAAAAAA",
    "no signature": RECEIPT.rsplit(".", 1)[0] + ".",
    "another spelling": RECEIPT + "=",
    "not one": "hello",
    "two parts": ".".join(RECEIPT.split(".")[:2]),
    "another record": altered({"record": {"recipient": "Autre"}}),
    "another event": altered({"receipt_id": "f" * 32}),
    "more": altered({"more": 1}),
    "unsorted": altered({"zz": 1, "aa": 2}),
    "another typ": altered({}, {"typ": "JWT"}),
    "no algorithm": altered({}, {"alg": "none"}),
    "critical": altered({}, {"crit": ["b64"]}),
}


def test_a_receipt_holds_in_both(other: Other) -> None:
    claims = verify_receipt(RECEIPT, KEYS)
    assert other.ask("receipt", receipt=RECEIPT, keys=KEYS) == {"id": claims["receipt_id"]}
    assert claims["ledger"]["promised_by"] == 10**9 + 10
    for keys in ({"keys": []}, {"keys": KEYS["keys"] * 2}, {"keys": [{**KEYS["keys"][0], "kid": "x"}]}):
        assert "lie" in other.ask("receipt", receipt=RECEIPT, keys=keys)
        with pytest.raises(ReceiptError):
            verify_receipt(RECEIPT, keys)


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_receipt_is_refused_by_both(other: Other, name: str) -> None:
    assert "lie" in other.ask("receipt", receipt=BAD[name], keys=KEYS), json.dumps(BAD[name])
    with pytest.raises(ReceiptError):
        verify_receipt(BAD[name], KEYS)
