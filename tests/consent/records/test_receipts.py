"""What a receipt says, that anyone can check it, and that nothing else passes for one."""

import base64
import copy
import hmac
import json
from pathlib import Path

import orjson
import pytest
import rfc8785
from joserfc import jws
from joserfc.jwk import ECKey, OctKey

from consent.acts import Act, Person, Transition
from consent.ledger.append import Recorded
from consent.ledger.leaf import leaf_hash
from consent.records.parties import Holder
from consent.records.receipts import (
    TYP,
    ReceiptError,
    read_claims,
    record_hash,
    sign_receipt,
    verify_receipt,
)
from consent.records.record import moment_of, record_of
from consent.records.telling import told
from foundation.clock import to_seconds
from foundation.ids import new_id
from keys.people import PersonSecrets
from keys.sign import Signer, b64url
from tests.consent.records.checking import faults, record_faults
from tests.consent.sharing import ISSUER, JWKS, KEY, NOTICE, SIGNER
from tests.consent.test_coverage import NOW, long

ACT = Act(Person("p1", "sub", PersonSecrets(b"k" * 32, b"s" * 32)), NOW, "trace", NOTICE)
RECORDED = Recorded(new_id(NOW), leaf_hash(b"{}"))
HOLDER = Holder(ISSUER)
FROZEN = json.loads((Path(__file__).parent / "data" / "receipts_v1.json").read_text("utf-8"))


def record(kind="given", act=ACT):
    return record_of(moment_of(Transition(kind, None, long("skills")), act), act, HOLDER)


def receipt(**claims):
    whole = sign_receipt(record(), RECORDED, SIGNER.sign, ISSUER)
    if not claims:
        return whole
    body = json.loads(payload_of(whole)) | claims
    return SIGNER.sign(TYP, orjson.loads(rfc8785.dumps(body)))


def payload_of(token):
    part = token.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def refused(token, keys=JWKS):
    with pytest.raises(ReceiptError) as caught:
        verify_receipt(token, keys)
    return caught.value.code


def test_a_receipt_says_who_what_when_and_how():
    claims = verify_receipt(receipt(), JWKS)
    said = claims["record"]
    assert said["schema_version"] == "accord-consent-record/2"
    assert (said["record_id"], said["previous_record_id"]) == ("g1.1", None)
    assert said["pii_principal_id"] == "sub"
    holder, recipient, authority = said["parties"]
    assert (holder["party_id"], recipient["party_id"]) == (ISSUER, "coach")
    assert (recipient["party_name"], recipient["service"]) == ("Cap Coaching SAS", "Cap Coaching")
    assert authority["party_url"] == "https://www.cnil.fr"
    assert said["notice"]["notice_sha256"] == NOTICE.sha256
    assert said["notice"]["privacy_notice"]["recipient_url"] == "https://coach.example/p"
    (purpose,) = said["purposes"]
    assert purpose["purpose_code"] == "career_guidance"
    assert purpose["withdrawal_method"] == f"{ISSUER}/account/apps"
    assert purpose["collection_method"] == "web_form"
    assert said["terms"]["duration"] == "30d"
    (event,) = said["events"]
    assert (event["event_state"], event["validity_duration"]) == ("given", "P30D")
    promised = to_seconds(NOW) + 10  # the deadline is signed with it, at once
    told = {"event_id": RECORDED.event_id, "leaf_hash": RECORDED.leaf_hash.hex(), "promised_by": promised}
    assert claims["ledger"] == told
    assert claims["iat"] == NOW // 1_000_000
    assert faults("consent-receipt", claims) == []


def test_each_scope_has_its_decision_and_its_items():
    scopes = {one["scope"]: one for one in record()["purposes"][0]["pii_information"]}
    assert list(scopes) == ["openid", "profile", "skills", "experiences", "trainings"]
    assert scopes["trainings"]["decision"] == "refused"
    assert scopes["trainings"]["item_filter"] is None
    assert scopes["skills"]["decision"] == "granted"
    assert scopes["skills"]["pii_optional"]
    assert not scopes["openid"]["pii_optional"]
    assert len(scopes["skills"]["item_filter"]["listed"]) == 11
    assert scopes["skills"]["fields"] == ["label", "level", "kind", "rome_code"]


def test_no_value_of_the_profile_is_in_it():
    whole = json.dumps(verify_receipt(receipt(), JWKS))
    for value in ("Amina", "Benali", "Accueillir", "Clinique", "1991-04-23"):
        assert value not in whole


def test_the_signed_bytes_are_canonical_json():
    payload = payload_of(receipt())
    assert rfc8785.dumps(json.loads(payload)) == payload
    claims = json.loads(payload)
    assert record_hash(claims["record"]) == claims["record_sha256"]


def test_a_change_from_the_dashboard_showed_nothing():
    act = Act(ACT.person, NOW, None, method="dashboard", by="app")
    said = record("revoked", act)
    assert not said["notice"]["shown"]
    assert said["events"][0]["event_state"] == "terminated"
    assert said["events"][0]["actor"] == "app"
    assert said["purposes"][0]["collection_method"] == "dashboard"


@pytest.mark.parametrize(
    ("by", "state"),
    [
        ("person", "withdrawn"),
        ("parent", "withdrawn"),
        ("app", "terminated"),
        ("administrator", "terminated"),
        ("server", "terminated"),
    ],
)
def test_an_end_that_was_not_hers_is_a_termination(by, state):
    said = record("revoked", Act(ACT.person, NOW, None, by=by))
    assert said["events"][0]["event_state"] == state
    assert record_faults(said) == []


# --- receipts of before ----------------------------------------------------------------------------------


@pytest.mark.parametrize("token", FROZEN["receipts"])
def test_receipts_of_the_first_version_verify_for_ever(token):
    claims = verify_receipt(token, FROZEN["keys"])
    assert claims["record"]["schema_version"] == "accord-consent-record/1"
    assert faults("consent-receipt", claims) == []
    record = told(claims["record"])
    assert record.recipient == "Cap Coaching SAS"
    assert record.state in {"given", "withdrawn"}
    assert {one.scope: one.decision for one in record.scopes}["trainings"] == "refused"
    assert refused(token, JWKS) == "unknown_key"


def test_both_versions_are_told_alike():
    first = told(read_claims(FROZEN["receipts"][0])["record"])
    second = told(record())
    assert [one.scope for one in first.scopes] == [one.scope for one in second.scopes]
    assert (first.purpose, first.retention) == (second.purpose, second.retention)
    assert (first.since, first.until, first.at) == (second.since, second.until, second.at)


# --- what is no receipt ----------------------------------------------------------------------------------


def leaves_of(document, path=()):
    """Every place of a document that holds a plain value."""
    if isinstance(document, dict):
        return [place for key, value in document.items() for place in leaves_of(value, (*path, key))]
    if isinstance(document, list):
        return [place for key, value in enumerate(document) for place in leaves_of(value, (*path, key))]
    return [path]


def changed(document, path):
    """The document with another value in one place."""
    altered = copy.deepcopy(document)
    inner = altered
    for key in path[:-1]:
        inner = inner[key]
    value = inner[path[-1]]
    inner[path[-1]] = not value if isinstance(value, bool) else "x" if value is None else f"{value}x"
    return altered


CLAIMS = json.loads(payload_of(receipt()))


@pytest.mark.parametrize("path", leaves_of(CLAIMS), ids=lambda path: ".".join(map(str, path)))
def test_no_field_can_be_altered(path):
    head, _, signature = receipt().split(".")
    payload = b64url(rfc8785.dumps(changed(CLAIMS, path)))
    assert refused(f"{head}.{payload}.{signature}") == "bad_signature"


@pytest.mark.parametrize("part", [0, 1, 2])
def test_no_character_can_be_altered(part):
    parts = receipt().split(".")
    text, last = parts[part], len(parts[part]) - 1
    for place in (*range(0, last, 97), last):
        for other in {"A", "B", "Q", "w"} - {text[place]}:
            altered = [*parts]
            altered[part] = text[:place] + other + text[place + 1 :]
            refused(".".join(altered))


def with_header(**fields):
    key = ECKey.generate_key("P-256")
    header = {"alg": "ES256", "kid": "receipt-1", "typ": TYP} | fields
    return jws.serialize_compact(header, payload_of(receipt()), key)


def with_our_public_key_as_secret(alg):
    secret = KEY.as_pem(private=False)
    head = b64url(orjson.dumps({"alg": alg, "kid": "receipt-1", "typ": TYP}))
    body = f"{head}.{b64url(payload_of(receipt()))}"
    return f"{body}.{b64url(hmac.digest(secret, body.encode(), 'sha256'))}"


def without_signature():
    head = b64url(orjson.dumps({"alg": "none", "kid": "receipt-1", "typ": TYP}))
    return f"{head}.{b64url(payload_of(receipt()))}."


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (with_header, "bad_signature"),  # signed by somebody else under our key's name
        (lambda: with_header(kid="another"), "unknown_key"),
        (lambda: with_header(jwk=KEY.as_dict(private=False)), "wrong_algorithm"),  # brings its own key
        (lambda: with_header(jku="https://evil.example/keys"), "wrong_algorithm"),
        (lambda: with_header(typ="JWT"), "wrong_typ"),
        (lambda: SIGNER.sign("at+jwt", CLAIMS), "wrong_typ"),
        (lambda: with_our_public_key_as_secret("HS256"), "wrong_algorithm"),
        (without_signature, "wrong_algorithm"),
        (lambda: SIGNER.unsigned(TYP, CLAIMS), "not_signed"),
        (lambda: SIGNER.sign(TYP, dict(reversed(CLAIMS.items()))), "not_canonical"),
        (lambda: receipt(record=record("revoked")), "wrong_record"),
        (lambda: receipt(record_sha256="00" * 32), "wrong_record"),
        (lambda: receipt(receipt_id="0" * 32), "wrong_record"),
        (lambda: receipt(more=1), "not_a_receipt"),
        (lambda: receipt(record="nothing"), "wrong_record"),
        (lambda: SIGNER.sign(TYP, {"a": 1}), "not_a_receipt"),
        (lambda: receipt()[:-3], "bad_signature"),
        (lambda: "", "not_a_receipt"),
        (lambda: "a.b.c", "not_a_receipt"),
        (lambda: "é.b.c", "not_a_receipt"),
        (lambda: b64url(b"[]") + ".e30.e30", "not_a_receipt"),
        (lambda: "x" * 300_000, "too_long"),
    ],
)
def test_anything_else_is_refused_and_says_what_is_wrong(make, code):
    assert refused(make()) == code


def test_another_key_of_the_same_name_does_not_pass():
    other = ECKey.generate_key("P-256", {"kid": "receipt-1", "alg": "ES256"})
    assert refused(receipt(), {"keys": [other.as_dict(private=False)]}) == "bad_signature"
    forged = sign_receipt(record(), RECORDED, Signer("receipt-1", "ES256", other).sign, ISSUER)
    assert refused(forged) == "bad_signature"


def test_keys_have_to_be_a_key_set():
    secret = OctKey.generate_key(256, {"kid": "receipt-1"}).as_dict(private=True)
    for keys in ({}, {"keys": [{"kty": "nope"}]}, {"keys": 5}, {"keys": ["x"]}):
        assert refused(receipt(), keys) == "bad_keys"
    assert refused(receipt(), {"keys": [JWKS["keys"][0]] * 2}) == "unknown_key"
    assert refused(receipt(), {"keys": []}) in {"unknown_key", "bad_keys"}
    assert refused(receipt(), {"keys": [secret]}) in {"unknown_key", "bad_keys"}
