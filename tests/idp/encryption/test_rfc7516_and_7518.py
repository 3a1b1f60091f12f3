"""RFC 7516 appendix A, RFC 7518 appendices B and C: what our envelopes are made of, one opened by hand."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from joserfc import jwe
from joserfc.jwe import JWERegistry
from joserfc.jwk import ECKey, OctKey

from idp.clients.jwks import read_jwks
from idp.clients.members.encrypting import CONTENT_ALGORITHMS, KEY_ALGORITHMS, Encryption
from idp.encryption.enclosing import Envelope
from tests.idp.tokens import b64, unb64
from tests.support import ROOT

VECTORS = ROOT / "tests" / "vectors"


def read(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((VECTORS / name).read_text("utf-8"))
    return found


def test_rfc7516_a_1_content_by_a256gcm() -> None:
    given = read("rfc7516.json")["a1"]
    assert given["enc"] in CONTENT_ALGORITHMS
    model = JWERegistry.algorithms["enc"][given["enc"]]
    cek, iv, aad = unb64(given["cek"]), unb64(given["iv"]), given["header"].encode()
    sealed = model.encrypt(given["plaintext"].encode(), cek, iv, aad)
    assert [b64(part) for part in sealed] == [given["ciphertext"], given["tag"]]


def test_rfc7516_a_3_a_key_wrapped_by_a128kw() -> None:
    """The wrapping that ECDH-ES+A128KW ends with, around the content that is usual here."""
    given = read("rfc7516.json")["a3"]
    how = ["A128KW", "A128CBC-HS256"]
    assert how[1] in CONTENT_ALGORITHMS
    assert f"ECDH-ES+{how[0]}" in KEY_ALGORITHMS
    opened = jwe.decrypt_compact(given["compact"], OctKey.import_key(given["jwk"]), algorithms=how)
    assert opened.plaintext == given["plaintext"].encode()


@pytest.mark.parametrize("appendix", ["b1", "b3"])
def test_rfc7518_b_content_by_aes_cbc_and_hmac(appendix: str) -> None:
    given = read("rfc7518.json")[appendix]
    assert given["enc"] in CONTENT_ALGORITHMS
    model = JWERegistry.algorithms["enc"][given["enc"]]
    cek, iv, aad, plain = (bytes.fromhex(given[name]) for name in ("cek", "iv", "aad", "plaintext"))
    ciphertext, tag = model.encrypt(plain, cek, iv, aad)
    assert [ciphertext.hex(), tag.hex()] == [given["ciphertext"], given["tag"]]


def test_rfc7518_c_the_key_that_alice_and_bob_agree_on() -> None:
    given = read("rfc7518.json")["c"]
    header, how = given["header"], [given["header"]["alg"], given["header"]["enc"]]
    # Sealed by hand under the key of the RFC: it opens where Bob agrees on the same one.
    head = b64(json.dumps(header).encode())
    iv = bytes(12)
    sealed = AESGCM(unb64(given["derived"])).encrypt(iv, b"for Bob", head.encode())
    text = f"{head}..{b64(iv)}.{b64(sealed[:-16])}.{b64(sealed[-16:])}"
    assert jwe.decrypt_compact(text, ECKey.import_key(given["bob"]), algorithms=how).plaintext == b"for Bob"


def test_rfc7518_4_6_an_envelope_of_ours_opens_by_hand() -> None:
    """Bob's own agreement and key derivation (section 4.6.2), with none of the library's code."""
    bob = ECKey.import_key(read("rfc7518.json")["c"]["bob"])
    [registered] = read_jwks(json.dumps({"keys": [bob.as_dict(private=False)]})).keys
    envelope = Envelope(registered, Encryption("ECDH-ES", "A128GCM"))
    head, wrapped, iv, content, tag = envelope.around("signed").split(".")
    assert wrapped == ""
    shared = bob.exchange_derive_key(ECKey.import_key(json.loads(unb64(head))["epk"]))
    said = b"".join(len(part).to_bytes(4, "big") + part for part in (b"A128GCM", b"", b""))
    derived = ConcatKDFHash(SHA256(), 16, said + (128).to_bytes(4, "big")).derive(shared)
    assert AESGCM(derived).decrypt(unb64(iv), unb64(content) + unb64(tag), head.encode()) == b"signed"
