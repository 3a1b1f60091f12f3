import base64
import hmac
import json

import orjson
import pytest
import rfc8785
from joserfc import jws
from joserfc.jwk import ECKey

from consent.acts import Act, Person, Transition
from consent.ledger.append import Recorded
from consent.ledger.leaf import leaf_hash
from consent.receipts import TYP, ReceiptError, record_hash, record_of, sign_receipt, verify_receipt
from foundation.ids import new_id
from keys.people import PersonSecrets
from keys.sign import Signer, b64url
from tests.consent.sharing import ISSUER, JWKS, KEY, NOTICE, SIGNER
from tests.consent.test_coverage import NOW, long

ACT = Act(Person("p1", "sub", PersonSecrets(b"k" * 32, b"s" * 32)), NOW, "trace", NOTICE)
RECORDED = Recorded(new_id(NOW), leaf_hash(b"{}"))


def record(kind="given", act=ACT):
    return record_of(Transition(kind, None, long("skills")), act, ISSUER)


def receipt(**claims):
    whole = sign_receipt(record(), RECORDED, SIGNER.sign, ISSUER)
    if not claims:
        return whole
    body = json.loads(payload_of(whole)) | claims
    return SIGNER.sign(TYP, orjson.loads(rfc8785.dumps(body)))


def payload_of(token):
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def test_a_receipt_says_who_what_when_and_how():
    claims = verify_receipt(receipt(), JWKS)
    said = claims["record"]
    assert said["schema_version"] == "accord-consent-record/1"
    assert (said["record_id"], said["previous_record_id"]) == ("g1.1", None)
    assert said["pii_principal_id"] == "sub"
    assert said["pii_controllers"] == [ISSUER, "Cap Coaching SAS"]
    assert said["recipient"]["client_id"] == "coach"
    assert said["notice"] == {
        "privacy_notice": "https://coach.example/p",
        "language": "fr",
        "notice_sha256": NOTICE.sha256,
        "page_version": "1",
        "effect_of_refusal": "none_on_benefits_or_support",
    }
    assert said["purpose"]["purpose_code"] == "career_guidance"
    assert said["purpose"]["withdrawal_method"] == f"{ISSUER}/account/apps"
    assert said["terms"]["duration"] == "30d"
    assert said["event"]["event_state"] == "given"
    assert claims["ledger"] == {"event_id": RECORDED.event_id, "leaf_hash": RECORDED.leaf_hash.hex()}
    assert claims["iat"] == NOW // 1_000_000


def test_each_scope_has_its_decision_and_its_items():
    scopes = {scope["scope"]: scope for scope in record()["scopes"]}
    assert list(scopes) == ["openid", "profile", "skills", "experiences", "trainings"]
    assert scopes["trainings"]["decision"] == "refused"
    assert "item_filter" not in scopes["trainings"]
    assert scopes["skills"]["decision"] == "granted"
    assert scopes["skills"]["pii_optional"]
    assert not scopes["openid"]["pii_optional"]
    assert len(scopes["skills"]["item_filter"]["listed"]) == 11
    assert scopes["skills"]["fields"] == ["label", "level", "kind", "rome_code"]


def test_no_value_of_the_profile_is_in_it():
    whole = json.dumps(verify_receipt(receipt(), JWKS))
    for value in ("Amina", "Benali", "Accueillir", "Clinique", "1991"):
        assert value not in whole


def test_the_signed_bytes_are_canonical_json():
    payload = payload_of(receipt())
    assert rfc8785.dumps(json.loads(payload)) == payload
    claims = json.loads(payload)
    assert record_hash(claims["record"]) == claims["record_sha256"]


def test_a_change_from_the_dashboard_shows_no_notice():
    act = Act(ACT.person, NOW, None, method="dashboard", by="app")
    said = record("revoked", act)
    assert said["notice"] is None
    assert said["event"]["event_state"] == "withdrawn"
    assert said["event"]["actor"] == "app"
    assert said["purpose"]["collection_method"] == "dashboard"


def altered():
    head, _, signature = receipt().split(".")
    other = receipt(iss="https://elsewhere.example").split(".")[1]
    return f"{head}.{other}.{signature}"


def signed_by_another():
    return sign_receipt(
        record(), RECORDED, Signer("receipt-1", "ES256", ECKey.generate_key("P-256")).sign, "x"
    )


def of_another_kind():
    return SIGNER.sign("JWT", json.loads(payload_of(receipt())))


def with_our_public_key_as_secret():
    head = b64url(b'{"alg":"HS256","kid":"receipt-1","typ":"consent-receipt+jwt"}')
    body = f"{head}.{b64url(payload_of(receipt()))}"
    return f"{body}.{b64url(hmac.digest(KEY.as_pem(private=False), body.encode(), 'sha256'))}"


def not_canonical():
    return SIGNER.sign(TYP, dict(reversed(json.loads(payload_of(receipt())).items())))


def bringing_its_own_key():
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "typ": TYP, "jwk": key.as_dict(private=False)}
    return jws.serialize_compact(header, payload_of(receipt()), key)


@pytest.mark.parametrize(
    "make",
    [
        altered,
        signed_by_another,
        of_another_kind,
        with_our_public_key_as_secret,
        not_canonical,
        bringing_its_own_key,
        lambda: receipt(record=record("revoked")),
        lambda: receipt(record_sha256="00" * 32),
        lambda: receipt(record="nothing"),
        lambda: SIGNER.sign(TYP, {"a": 1}),
        lambda: receipt()[:-3],
        lambda: "",
        lambda: "a.b.c",
        lambda: "é.b.c",
        lambda: "x" * 300_000,
        lambda: ".".join(["eyJhbGciOiJub25lIn0", receipt().split(".")[1], ""]),
    ],
)
def test_anything_else_is_refused(make):
    with pytest.raises(ReceiptError):
        verify_receipt(make(), JWKS)


def test_keys_have_to_be_a_key_set():
    for keys in ({}, {"keys": []}, {"keys": [{"kty": "nope"}]}):
        with pytest.raises(ReceiptError):
            verify_receipt(receipt(), keys)
