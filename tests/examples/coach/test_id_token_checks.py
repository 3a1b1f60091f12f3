"""Every ID token that must not sign anybody in. python-jose alone would take several of them."""

import base64
import json

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, RSAKey


async def _refused(browser, front):
    await browser.sign_in()
    assert browser.page.status_code == 400, browser.page.text
    assert "La connexion n’a pas abouti" in browser.page.text
    assert len(front.sessions) == 0
    return True


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": None},
        {"iss": "https://elsewhere.example"},
        {"aud": None},
        {"aud": "another-app"},
        {"aud": ["coach-demo", "another-app"]},
        {"aud": {"coach-demo": 1}},
        {"azp": "another-app"},
        {"exp": None},
        {"exp": 1},
        {"exp": "9999999999"},
        {"exp": True},
        {"exp": [9999999999]},
        {"iat": None},
        {"iat": 9_999_999_999},
        {"iat": "now"},
        {"nbf": 9_999_999_999},
        {"nonce": None},
        {"nonce": "someone-else's"},
        {"nonce": 5},
        {"at_hash": None},
        {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "é"},
        {"sub": "a" * 256},
    ],
)
async def test_claims(browser, provider, front, claims):
    provider.id_token_claims = claims
    assert await _refused(browser, front)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999", "-1"])
async def test_numbers_that_are_no_time(browser, provider, front, number):
    """Signed by the right key, but its text is not what a JSON writer would give."""
    key = provider.keys[0]

    def sign(nonce, access, **_):
        honest = Provider_sign(nonce, access)
        payload = base64.urlsafe_b64decode(honest.split(".")[1] + "==").decode()
        exp = json.loads(payload)["exp"]
        return _raw_jws(key, payload.replace(f'"exp":{exp}', f'"exp":{number}'))

    Provider_sign, provider.sign = provider.sign, sign  # noqa: N806  # the provider's own, kept aside
    assert await _refused(browser, front)


@pytest.mark.parametrize(
    "header",
    [
        {"kid": "unknown"},
        {"kid": "../../etc/passwd"},
        {"typ": "at+jwt"},
        {"typ": "logout+jwt"},
    ],
)
async def test_headers(browser, provider, front, header):
    provider.id_token_header = header
    assert await _refused(browser, front)


@pytest.mark.parametrize(
    "header", [{"crit": ["exp"]}, {"b64": False}, {"kid": 5}, {"kid": None}, {"alg": "none"}]
)
async def test_headers_that_a_library_would_not_write(browser, provider, front, header):
    key, honest = provider.keys[0], provider.sign

    def sign(nonce, access, **_):
        payload = base64.urlsafe_b64decode(honest(nonce, access).split(".")[1] + "==").decode()
        return _raw_jws(key, payload, {"alg": "ES256", "kid": key.kid, **header})

    provider.sign = sign
    assert await _refused(browser, front)


@pytest.mark.parametrize(
    "token", ["", "x", "a.b", "a.b.c", "a.b.c.d.e", "é.é.é", "eyJ9..", "e30.e30.", "W10.e30.AA", "x" * 20_000]
)
async def test_not_a_token(browser, provider, front, token):
    provider.id_token = token or " "
    assert await _refused(browser, front)


async def test_another_key_with_our_key_id(browser, provider, front):
    stranger = ECKey.generate_key("P-256", {"kid": "k1"})
    honest = provider.sign
    provider.sign = lambda nonce, access: honest(nonce, access, key=stranger)
    assert await _refused(browser, front)


async def test_hmac_with_the_public_key_as_secret(browser, provider, front):
    public = provider.keys[0].as_pem(private=False)
    honest = provider.sign
    provider.sign = lambda nonce, access: _hs256(public, honest(nonce, access), provider.keys[0].kid)
    assert await _refused(browser, front)


def _hs256(secret, honest, kid):
    payload = json.loads(base64.urlsafe_b64decode(honest.split(".")[1] + "=="))
    key = OctKey.import_key(base64.b64encode(secret).decode())
    return jwt.encode({"alg": "HS256", "kid": kid}, payload, key, algorithms=["HS256"])


async def test_rs256_is_not_what_we_asked_even_if_accord_publishes_such_a_key(browser, provider, front):
    rsa = RSAKey.generate_key(2048, {"kid": "r1", "use": "sig", "alg": "RS256"})
    provider.keys.append(rsa)
    provider.id_token_header = {"kid": "r1"}
    honest = provider.sign
    provider.sign = lambda nonce, access: honest(nonce, access, key=rsa, algorithm="RS256")
    assert await _refused(browser, front)


async def test_a_token_cut_or_padded(browser, provider, front):
    honest = provider.sign
    provider.sign = lambda nonce, access: honest(nonce, access)[:-4]
    assert await _refused(browser, front)


async def test_a_rotated_key_is_found_by_looking_again(browser, provider, clock):
    await browser.sign_in()
    await browser.press("sign-out")
    provider.keys.insert(0, ECKey.generate_key("P-256", {"kid": "k2", "use": "sig", "alg": "ES256"}))
    clock.forward(31)
    await browser.sign_in()
    assert browser.path == "/me"


async def test_an_unknown_key_id_does_not_make_us_refetch_in_a_loop(browser, provider, clock):
    provider.id_token_header = {"kid": "nowhere"}
    for _ in range(4):
        await browser.sign_in()
    assert provider.calls.count("/jwks") == 1
    clock.forward(31)
    await browser.sign_in()
    assert provider.calls.count("/jwks") == 2


def _raw_jws(key, payload, header=None):
    """A JWS of exactly this payload text, signed by `key` (ES256)."""

    def text(raw):
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    head = json.dumps(header or {"alg": "ES256", "kid": key.kid}).encode()
    signed = f"{text(head)}.{text(payload.encode())}"
    r, s = decode_dss_signature(key.private_key.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{signed}.{text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
