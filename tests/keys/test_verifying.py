"""What a reader takes: the algorithms it names, and under the older name of Ed25519 that curve alone."""

import pytest
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, OKPKey
from joserfc.jws import JWSRegistry

from keys.sign import b64url
from keys.verifying import verified


def signed(name: str, key: OKPKey) -> str:
    header = b64url(b'{"alg":"%s"}' % name.encode())
    signature = JWSRegistry.algorithms["EdDSA"].sign(f"{header}.e30".encode(), key)
    return f"{header}.e30.{b64url(signature)}"


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
def test_both_names_of_ed25519_are_taken_without_a_warning(name: str) -> None:
    key = OKPKey.generate_key("Ed25519")
    text = signed(name, key)
    assert verified(text, KeySet([key]), [name]).payload == b"{}"
    for keys, algorithms in (
        (KeySet([key]), ["ES256"]),
        (KeySet([key]), ["EdDSA" if name == "Ed25519" else "Ed25519"]),
        (KeySet([OKPKey.generate_key("Ed25519")]), [name]),
    ):
        with pytest.raises(JoseError):
            verified(text, keys, algorithms)


@pytest.mark.parametrize("name", ["EdDSA", "Ed25519"])
def test_another_curve_is_not_taken_under_either_name(name: str) -> None:
    key = OKPKey.generate_key("Ed448")
    with pytest.raises(JoseError):
        verified(signed(name, key), KeySet([key]), [name])
