"""Sealing: only the right key, in the right place, unaltered, opens a value."""

import hmac

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from keys.seal import KEY_BYTES, SealError, derive, hmac_sha256, keyed_hash, seal, unseal
from keys.secrets import ServerSecrets

KEY, OTHER = b"k" * 32, b"o" * 32
BYTES = st.binary(max_size=300)


@given(BYTES, BYTES)
def test_what_is_sealed_opens_in_its_place(plaintext: bytes, place: bytes) -> None:
    assert unseal(KEY, seal(KEY, plaintext, place), place) == plaintext


@given(BYTES, BYTES, BYTES)
def test_it_opens_nowhere_else_and_with_no_other_key(
    plaintext: bytes, place: bytes, elsewhere: bytes
) -> None:
    sealed = seal(KEY, plaintext, place)
    with pytest.raises(SealError):
        unseal(OTHER, sealed, place)
    if elsewhere != place:
        with pytest.raises(SealError):
            unseal(KEY, sealed, elsewhere)


@given(BYTES, st.data())
def test_one_flipped_bit_anywhere_is_noticed(plaintext: bytes, data: st.DataObject) -> None:
    sealed = bytearray(seal(KEY, plaintext, b"here"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(SealError):
        unseal(KEY, bytes(sealed), b"here")


@given(BYTES, st.data())
def test_a_cut_value_opens_nothing(plaintext: bytes, data: st.DataObject) -> None:
    sealed = seal(KEY, plaintext, b"here")
    kept = data.draw(st.integers(0, len(sealed) - 1))
    with pytest.raises(SealError):
        unseal(KEY, sealed[:kept], b"here")
    with pytest.raises(SealError):
        unseal(KEY, sealed + b"\0", b"here")


def test_the_same_value_is_never_sealed_twice_alike() -> None:
    assert len({seal(KEY, b"x", b"") for _ in range(200)}) == 200


def test_a_seal_error_says_nothing_of_what_was_sealed() -> None:
    with pytest.raises(SealError) as error:
        unseal(KEY, seal(KEY, b"amina@example.org", b"a"), b"b")
    assert "amina" not in repr(error.value)


def test_derivation_is_hkdf_and_one_label_is_one_key() -> None:
    expected = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"label").derive(b"secret" * 8)
    assert derive(b"secret" * 8, "label") == expected
    assert derive(b"secret" * 8, "label") != derive(b"secret" * 8, "labels")
    assert derive(b"secret" * 8, "label") != derive(b"secrets" * 8, "label")


def test_every_working_key_is_its_own() -> None:
    secrets = ServerSecrets.from_root(b"r" * 32)
    names = ServerSecrets.__slots__
    keys = {getattr(secrets, name) for name in names}
    assert len(keys) == len(names) >= 8
    assert {len(key) for key in keys} == {KEY_BYTES}
    assert b"r" * 32 not in keys
    assert ServerSecrets.from_root(b"r" * 32) == secrets


def test_secrets_are_not_in_their_own_description() -> None:
    described = repr(ServerSecrets.from_root(b"r" * 32))
    assert "token_hash" not in described


def test_a_keyed_hash_needs_its_key() -> None:
    assert keyed_hash(KEY, b"v") != keyed_hash(OTHER, b"v")
    assert len(keyed_hash(KEY, b"")) == 32


@given(key=st.binary(min_size=1, max_size=100), message=st.binary(max_size=300))
def test_our_hmac_is_that_of_the_standard_library(key: bytes, message: bytes) -> None:
    assert hmac_sha256(key, message) == hmac.digest(key, message, "sha256")


def test_the_second_case_of_rfc_4231() -> None:
    code = hmac_sha256(b"Jefe", b"what do ya want for nothing?")
    assert code.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
