"""What a proof must be (RFC 9449 sections 4.2, 4.3): examples of the RFCs, tables, and fuzzing."""

import hashlib
import json
import warnings
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, Key, OctKey, OKPKey, RSAKey

from foundation.clock import SECOND
from idp.dpop.jwk import read_jwk
from idp.dpop.proof import ALGORITHMS, LONGEST, NEWEST, OLDEST, Call, ProofError, read_proof
from tests.idp.dpop.holder import claims_at, key, proof, public_of, sealed
from tests.idp.tokens import altered, b64, unb64
from tests.support import ROOT

NOW = 1_800_000_000 * SECOND
URL = "https://id.example/token"
TOKEN = "the-access-token"
CALL = Call("POST", URL)
READ = Call("GET", "https://id.example/v1/me", TOKEN)


def vectors(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "tests" / "vectors" / f"{name}.json").read_text("utf-8"))
    return found


def good(**changed: Any) -> dict[str, Any]:
    return claims_at(NOW, "POST", URL, **changed)


def holds(text: str, call: Call = CALL, now: int = NOW) -> bool:
    try:
        read_proof(text, call, now)
    except ProofError:
        return False
    return True


# --- examples of the RFCs --------------------------------------------------------------------------------


def test_the_thumbprint_of_rfc_7638_section_3_1():
    vector = vectors("rfc7638")
    assert read_jwk(vector["jwk"]).jkt == vector["thumbprint"]


@pytest.mark.parametrize("name", ["token_request", "resource_request"])
def test_the_proofs_of_rfc_9449_sections_4_1_and_7_1(name: str):
    vectored = vectors("rfc9449")
    example = vectored[name]
    call = Call(example["method"], example["url"], example.get("token"))
    assert read_proof(example["proof"], call, example["iat"] * SECOND).jkt == vectored["jkt"]
    with pytest.raises(ProofError, match="iat"):
        read_proof(example["proof"], call, (example["iat"] + OLDEST + 1) * SECOND)


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_each_algorithm_that_is_announced_works_with_a_key_of_its_kind(alg: str):
    found = read_proof(proof(good(nonce="n"), key(alg), alg), CALL, NOW)
    assert found.jkt == key(alg).thumbprint()
    assert (found.alg, found.nonce) == (alg, "n")
    assert found.expires_at > NOW + OLDEST * SECOND
    for other in ALGORITHMS:
        if key(other) is not key(alg):
            assert not holds(proof(good(), key(alg), alg, jwk=public_of(key(other))))


@given(st.sampled_from(["ES256", "EdDSA", "RS256"]), st.integers(1, 3))
def test_thumbprints_are_those_of_another_implementation(alg: str, number: int):
    assert read_jwk(public_of(key(alg, number))).jkt == key(alg, number).thumbprint()


# --- HOSTILE: JOSE ---------------------------------------------------------------------------------------

EC = public_of(key())
RSA = public_of(key("RS256"))
JOSE_HEADERS: dict[str, dict[str, Any]] = {
    "no typ": {"typ": None},
    "typ of a JWT": {"typ": "JWT"},
    "typ of an access token": {"typ": "at+jwt"},
    "typ with its application/": {"typ": "application/dpop+jwt"},
    "typ in capitals": {"typ": "DPoP+JWT"},
    "typ that is a list": {"typ": ["dpop+jwt"]},
    "alg none": {"alg": "none"},
    "alg of a secret": {"alg": "HS256"},
    "alg that is a list": {"alg": ["ES256"]},
    "no alg": {"alg": None},
    "alg of another curve": {"alg": "ES384"},
    "alg of another kind of key": {"alg": "RS256"},
    "alg in lower case": {"alg": "es256"},
    "no jwk": {"jwk": None},
    "jwk that is a text": {"jwk": json.dumps(EC)},
    "jwk that is a list": {"jwk": [EC]},
    "private jwk": {"jwk": key().as_dict(private=True)},
    "jwk with a private member of another kind": {"jwk": EC | {"k": "AA"}},
    "jwk of a secret": {"jwk": {"kty": "oct", "k": "AAAA"}},
    "jwk without a kind": {"jwk": {n: v for n, v in EC.items() if n != "kty"}},
    "jwk with a list for a kind": {"jwk": EC | {"kty": ["EC"]}},
    "jwk of another curve": {"jwk": EC | {"crv": "P-384"}},
    "jwk off its curve": {"jwk": EC | {"y": EC["x"]}},
    "jwk at the origin": {"jwk": EC | {"x": b64(b"\0" * 32), "y": b64(b"\0" * 32)}},
    "jwk with a short coordinate": {"jwk": EC | {"x": b64(b"\1" * 31)}},
    "jwk with a long coordinate": {"jwk": EC | {"x": b64(b"\0" + unb64(EC["x"]))}},
    "jwk with a padded coordinate": {"jwk": EC | {"x": EC["x"] + "="}},
    "jwk with a number for a coordinate": {"jwk": EC | {"x": 7}},
    "jwk for encryption": {"jwk": EC | {"use": "enc"}},
    "jwk for signing alone": {"jwk": EC | {"key_ops": ["sign"]}},
    "jwk with an operation for a list": {"jwk": EC | {"key_ops": "verify"}},
    "jwk of another algorithm": {"jwk": EC | {"alg": "ES384"}},
    "crit with an extension": {"crit": ["exp"], "exp": 1},
    "crit without one": {"crit": []},
    "b64 false": {"b64": False, "crit": ["b64"]},
    "b64 false without crit": {"b64": False},
}


@pytest.mark.parametrize("changed", JOSE_HEADERS.values(), ids=JOSE_HEADERS)
def test_jose_a_header_that_is_not_of_a_proof(changed: dict[str, Any]):
    assert holds(proof(good(), key()))
    assert not holds(proof(good(), key(), **changed))


def test_jose_what_a_header_points_to_is_never_asked():
    """kid, jku, x5u and x5c name other keys; the one in jwk is the only one there is."""
    pointing = {"kid": "../../etc/passwd", "jku": "https://evil.example/", "x5u": "https://evil.example/"}
    assert holds(proof(good(), key(), **pointing))
    assert not holds(sealed(pointing | {"typ": "dpop+jwt", "alg": "ES256"}, good(), key(), "ES256"))


def test_jose_a_public_key_is_no_secret():
    """HS256 under what everyone knows of a key."""
    for secret in (json.dumps(EC).encode(), unb64(EC["x"])):
        header = {"typ": "dpop+jwt", "alg": "HS256", "jwk": EC}
        assert not holds(sealed(header, good(), OctKey.import_key(secret), "HS256"))


@pytest.mark.parametrize("bits", [1024, 4608])
def test_jose_an_rsa_key_has_a_sane_size(bits: int):
    numbers = {"kty": "RSA", "e": "AQAB", "n": b64((2 ** (bits - 1) + 1).to_bytes(bits // 8))}
    with pytest.raises(ValueError, match="size"):
        read_jwk(numbers)


def test_jose_an_rsa_key_has_one_spelling_and_a_small_exponent():
    for changed in (
        {"n": b64(b"\0" + unb64(RSA["n"]))},
        {"e": b64(b"\0\1\0\1")},
        {"e": ""},
        {"e": b64(b"\1" + b"\0" * 7 + b"\1")},
        {"e": b64(b"\2")},
        {"e": b64(b"\1")},
    ):
        assert not holds(proof(good(), key("RS256"), "RS256", jwk=RSA | changed)), changed


def test_jose_a_signature_is_exactly_one():
    text = proof(good(), key())
    head, payload, signature = text.split(".")
    raw = unb64(signature)
    der = b"\x30\x44\x02\x20" + raw[:32] + b"\x02\x20" + raw[32:]
    for other in (b"", raw[:63], raw + b"\0", b"\0" * 64, b"\xff" * 64, der, raw[32:] + raw[:32]):
        assert not holds(f"{head}.{payload}.{b64(other)}")
    for other in (signature + "=", signature + "A", signature[:-1], "", f"{signature}.x"):
        assert not holds(f"{head}.{payload}.{other}")
    for other in ("", "..", "a.b.c", text + ".", f"{head}.{payload}", text + "\n", " " + text, text + "é"):
        assert not holds(other)


def test_jose_loose_bits_are_no_second_spelling_of_a_part():
    """A last character whose spare bits are set decodes to the same bytes: refused all the same."""
    text = proof(good(), key())
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twins = [
        text[:-1] + other
        for other in alphabet
        if unb64((text[:-1] + other).split(".")[2]) == unb64(text.split(".")[2])
    ]
    assert len(twins) > 1
    assert [twin for twin in twins if holds(twin)] == [text]


RAW_CLAIMS: dict[str, bytes] = {
    "a member twice": b'{"jti":"a","htm":"GET","htm":"POST","htu":"%s","iat":1800000000}',
    "NaN": b'{"jti":"a","htm":"POST","htu":"%s","iat":NaN}',
    "infinity": b'{"jti":"a","htm":"POST","htu":"%s","iat":Infinity}',
    "a huge number": b'{"jti":"a","htm":"POST","htu":"%s","iat":1e999}',
    "more digits than a number has": b'{"jti":"a","htm":"POST","htu":"%s","iat":' + b"1" * 1500 + b"}",
    "a list": b'["%s"]',
    "a text": b'"%s"',
    "null": b"null",
    "nothing": b"",
    "not JSON": b"%s",
    "two objects": b"{}{}",
    "depth": b"[" * 2000,
    "deep objects": b'{"a":' * 500 + b"1" + b"}" * 500,
    "a byte order mark": b"\xef\xbb\xbf" + b'{"jti":"a","htm":"POST","htu":"%s","iat":1800000000}',
    "not UTF-8": b'{"jti":"\xff","htm":"POST","htu":"%s","iat":1800000000}',
    "UTF-16": '{"jti":"a"}'.encode("utf-16"),
}


@pytest.mark.parametrize("raw", RAW_CLAIMS.values(), ids=RAW_CLAIMS)
def test_jose_claims_that_are_not_one_plain_object(raw: bytes):
    assert not holds(proof(raw.replace(b"%s", URL.encode()), key()))


def test_jose_a_member_twice_in_the_header():
    header = json.dumps({"typ": "dpop+jwt", "alg": "ES256", "jwk": EC})
    twice = header[:-1] + ', "alg": "ES256"}'
    for text, expected in ((header, True), (twice, False)):
        signed = f"{b64(text.encode())}.{b64(json.dumps(good()).encode())}"
        signature = jws.JWSRegistry.algorithms["ES256"].sign(signed.encode(), key())
        assert holds(f"{signed}.{b64(signature)}") is expected


def test_jose_a_long_proof_is_not_read():
    assert holds(proof(good(more="x" * 1500), key()))
    assert not holds(proof(good(more="x" * LONGEST), key()))
    assert not holds("x" * 1_000_000)


# --- HOSTILE: DPoP ---------------------------------------------------------------------------------------

BAD_CLAIMS: dict[str, dict[str, Any]] = {
    "no jti": {"jti": None},
    "an empty jti": {"jti": ""},
    "a number for a jti": {"jti": 7},
    "a long jti": {"jti": "x" * 257},
    "no htm": {"htm": None},
    "another method": {"htm": "GET"},
    "a method in lower case": {"htm": "post"},
    "no htu": {"htu": None},
    "another host": {"htu": "https://evil.example/token"},
    "a host that begins alike": {"htu": "https://id.example.evil.example/token"},
    "another scheme": {"htu": "http://id.example/token"},
    "another port": {"htu": "https://id.example:444/token"},
    "another path": {"htu": "https://id.example/tokens"},
    "a path in capitals": {"htu": "https://id.example/TOKEN"},
    "a slash more": {"htu": "https://id.example/token/"},
    "a dot in the path": {"htu": "https://id.example/./token"},
    "a path that climbs": {"htu": "https://id.example/x/../token"},
    "a user in the address": {"htu": "https://id.example@evil.example/token"},
    "a user before our host": {"htu": "https://x@id.example/token"},
    "no address": {"htu": "token"},
    "a path alone": {"htu": "/token"},
    "a line break in the address": {"htu": "https://id.example/to\nken"},
    "a backslash": {"htu": "https:\\\\id.example/token"},
    "an address that is a list": {"htu": [URL]},
    "an address with a broken port": {"htu": "https://id.example:x/token"},
    "an address of brackets": {"htu": "https://[id.example/token"},
    "no iat": {"iat": None},
    "an old iat": {"iat": 1_800_000_000 - OLDEST - 1},
    "an iat to come": {"iat": 1_800_000_000 + NEWEST + 1},
    "an iat that is a text": {"iat": "1800000000"},
    "an iat that is true": {"iat": True},
    "an iat of zero": {"iat": 0},
    "an iat before time": {"iat": -1_800_000_000},
    "an end that has come": {"exp": 1_800_000_000},
    "an end that is a text": {"exp": "never"},
    "a beginning to come": {"nbf": 1_800_000_000 + NEWEST + 1},
    "a nonce that is a number": {"nonce": 7},
}


@pytest.mark.parametrize("changed", BAD_CLAIMS.values(), ids=BAD_CLAIMS)
def test_dpop_claims_that_are_about_something_else(changed: dict[str, Any]):
    assert holds(proof(good(), key()))
    assert not holds(proof(good(**changed), key()))


GOOD_CLAIMS: dict[str, dict[str, Any]] = {
    "a little old": {"iat": 1_800_000_000 - OLDEST},
    "a clock that runs ahead": {"iat": 1_800_000_000 + NEWEST},
    "a fraction of a second": {"iat": 1_800_000_000.25},
    "an end to come": {"exp": 1_800_000_001},
    "the query, which does not count": {"htu": URL + "?a=b"},
    "the fragment, which does not count": {"htu": URL + "#here"},
    "the port of the scheme": {"htu": "https://id.example:443/token"},
    "a host in capitals": {"htu": "HTTPS://ID.Example/token"},
    "an escape that was not needed": {"htu": "https://id.example/%74oken"},
    "a jti of other letters": {"jti": "été"},
    "a jti that is no text of Unicode": {"jti": "\ud800"},
    "an ath that nothing asks for": {"ath": "x"},
    "more members": {"sub": "x", "aud": ["y"]},
}


@pytest.mark.parametrize("changed", GOOD_CLAIMS.values(), ids=GOOD_CLAIMS)
def test_dpop_what_may_differ(changed: dict[str, Any]):
    assert holds(proof(good(**changed), key()))


def test_dpop_ath_is_the_hash_of_this_access_token():
    def read(**changed: Any) -> bool:
        return holds(proof(claims_at(NOW, "GET", READ.url, TOKEN, **changed), key()), READ)

    assert read()
    other = b64(hashlib.sha256(b"another").digest())
    padded = b64(hashlib.sha256(TOKEN.encode()).digest()) + "="
    for ath in (None, "", other, padded, TOKEN, 7, [other]):
        assert not read(ath=ath)


def test_dpop_a_use_is_of_one_key_and_one_jti():
    def use(number: int, jti: str, **changed: Any) -> bytes:
        return read_proof(proof(good(jti=jti, **changed), key("ES256", number)), CALL, NOW).use

    assert use(1, "a") == use(1, "a", iat=1_800_000_000 - 5)
    assert len({use(1, "a"), use(2, "a"), use(1, "b"), use(2, "b")}) == 4


# --- fuzzing, beside an independent check ----------------------------------------------------------------


LENIENT = jws.JWSRegistry(algorithms=list(ALGORITHMS), strict_check_header=False)
LENIENT.max_header_length = LONGEST  # an RSA key stands in it


def independently(text: str, call: Call, now: int) -> bool:
    """The same question put to joserfc and to the plain words of section 4.3."""
    try:
        parsed = jws.extract_compact(text.encode(), registry=LENIENT)
        header = parsed.headers()
        own = JWKRegistry.import_key(header["jwk"])
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)  # it would rather not have EdDSA
            found = jws.deserialize_compact(text, own, registry=LENIENT)
        claims = json.loads(found.payload)
        return (
            header["typ"] == "dpop+jwt"
            and not own.is_private
            and isinstance(claims["jti"], str)
            and claims["htm"] == call.method
            and claims["htu"].partition("#")[0].partition("?")[0] == call.url
            and abs(claims["iat"] - now // SECOND) <= OLDEST
            and (call.token is None or unb64(claims["ath"]) == hashlib.sha256(call.token.encode()).digest())
        )
    except (JoseError, ValueError, KeyError, TypeError, AttributeError):
        return False


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
NAMES = st.sampled_from(
    ["typ", "alg", "jwk", "crit", "b64", "jti", "htm", "htu", "iat", "exp", "nbf", "nonce", "ath"]
)
VALUES = JSON | st.sampled_from([*ALGORITHMS, "none", "HS256", URL, "POST", "GET", "dpop+jwt", EC, RSA])


@given(
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.dictionaries(NAMES, VALUES, max_size=3),
    st.sampled_from(["ES256", "EdDSA", "RS256"]),
)
@example({}, {}, "ES256")
def test_fuzz_a_signed_proof_is_refused_as_a_proof_or_right(
    header: dict[str, Any], claims: dict[str, Any], alg: str
):
    text = sealed(
        {"typ": "dpop+jwt", "alg": alg, "jwk": public_of(key(alg))} | header,
        good() | {name: value for name, value in claims.items() if value is not None},
        key(alg),
        alg,
    )
    ours = holds(text)  # whatever else is raised is a failure
    assert not ours or independently(text, CALL, NOW)
    if not header and not claims:
        assert ours


@given(st.integers(0, 2000))
def test_fuzz_no_changed_character_goes_unnoticed(position: int):
    text = PLAIN
    assert holds(text)
    assert not holds(altered(text, position))


PLAIN = proof(good(jti="fixed"), key())


@given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: f"{b64(raw)}.{b64(raw)}.{b64(raw)}"))
def test_fuzz_anything_at_all_is_refused_as_a_proof(text: str):
    assert not holds(text)


@given(
    st.dictionaries(st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "use", "key_ops", "alg"]), VALUES)
)
def test_fuzz_any_jwk_is_a_public_key_or_a_value_error(jwk: dict[str, Any]):
    for base in (EC, RSA, public_of(key("EdDSA"))):
        try:
            found = read_jwk(base | jwk)
        except ValueError:
            continue
        assert found.jkt == _another(base | jwk).thumbprint()


def _another(jwk: dict[str, Any]) -> Key:
    kinds: dict[str, type[Key]] = {"EC": ECKey, "RSA": RSAKey, "OKP": OKPKey}
    required = {"EC": ("kty", "crv", "x", "y"), "OKP": ("kty", "crv", "x"), "RSA": ("kty", "e", "n")}
    kind = jwk["kty"]
    return kinds[kind].import_key({name: jwk[name] for name in required[kind]})
