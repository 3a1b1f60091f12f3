"""Our signatures, against the examples of the RFCs that define them."""

import json
from pathlib import Path
from typing import Any

import pytest

from keys.sign import Signer, b64url, import_key
from keys.signing import half_hash

VECTORS = Path(__file__).parents[1] / "vectors"


def read(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


def test_rfc8037_a4_ed25519_signing() -> None:
    example = read("rfc8037.json")
    signer = Signer("a1", "EdDSA", import_key(example["jwk"]))
    signing_input = f"{example['header']}.{b64url(example['payload'].encode())}"
    signature = b64url(signer._sign(signing_input.encode()))
    assert f"{signing_input}.{signature}" == example["jws"]


def test_rfc8037_a3_thumbprint() -> None:
    example = read("rfc8037.json")
    assert import_key(example["jwk"]).thumbprint() == example["thumbprint"]


def test_rfc7520_4_1_rsa_v15_signature() -> None:
    example = read("ietf-jose_cookbook/jws/4_1.rsa_v15_signature.json")
    signer = Signer(example["input"]["key"]["kid"], "RS256", import_key(example["input"]["key"]))
    signature = b64url(signer._sign(example["signing"]["sig-input"].encode()))
    assert signature == example["signing"]["sig"]


@pytest.mark.parametrize(("alg", "length"), [("ES256", 22), ("RS256", 22), ("PS256", 22), ("EdDSA", 43)])
def test_a_half_hash_is_that_of_the_algorithm(alg: str, length: int) -> None:
    # OpenID Connect Core 3.1.3.6 takes the hash of the JWS algorithm; that of Ed25519 is SHA-512 (RFC 8032).
    assert len(half_hash("token", alg)) == length


def test_the_left_half_of_the_example_of_fips_180() -> None:
    # SHA-512("abc"), FIPS 180-4: ddaf35a1 … 2a9ac94f (192992a2 …).
    left = "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
    assert half_hash("abc", "EdDSA") == b64url(bytes.fromhex(left))
