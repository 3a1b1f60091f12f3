"""Signatures: standard compact JWS that two libraries verify, with the type asked for."""

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jose import jws as python_jose
from joserfc import jws
from joserfc.errors import BadSignatureError
from joserfc.jwk import ECKey, Key

from keys.sign import Signer, b64url
from tests.idp.tokens import app_key, header_of

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


def signer(alg: str) -> Signer:
    return Signer("kid-1", alg, app_key(alg))


@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=8), JSON, max_size=5))
def test_what_is_signed_verifies_and_says_the_same(claims: dict[str, object]) -> None:
    for alg in ("ES256", "RS256"):
        token = signer(alg).sign("at+jwt", claims)
        assert orjson.loads(jws.deserialize_compact(token, app_key(alg), algorithms=[alg]).payload) == claims
        assert header_of(token) == {"alg": alg, "kid": "kid-1", "typ": "at+jwt"}
        assert "=" not in token


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
def test_python_jose_reads_it_too(alg: str) -> None:
    key: Key = app_key(alg)
    token = signer(alg).sign("JWT", {"sub": "x"})
    assert python_jose.verify(token, key.as_dict(private=False), algorithms=[alg]) == b'{"sub":"x"}'


def test_each_type_has_its_own_header() -> None:
    one = signer("ES256")
    types = [header_of(one.sign(typ, {}))["typ"] for typ in ("JWT", "at+jwt", "JWT", "receipt+jwt")]
    assert types == ["JWT", "at+jwt", "JWT", "receipt+jwt"]


def test_the_algorithm_is_the_keys_and_no_messages() -> None:
    token = signer("ES256").sign("JWT", {"alg": "none"})
    assert header_of(token)["alg"] == "ES256"
    stranger = ECKey.generate_key("P-256")
    with pytest.raises(BadSignatureError):
        jws.deserialize_compact(token, stranger, algorithms=["ES256"])


def test_a_signer_does_not_describe_its_key() -> None:
    private = str(app_key("ES256").as_dict(private=True)["d"])
    assert private not in repr(signer("ES256"))


def test_base64url_is_without_padding() -> None:
    assert [b64url(b"a" * size) for size in range(4)] == ["", "YQ", "YWE", "YWFh"]
