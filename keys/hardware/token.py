"""A token of a PKCS#11 module (OASIS PKCS#11 3.1), as a process of ours uses it: one session, logged in.

Loaded by process.py alone.
"""

import contextlib
import hashlib
from collections.abc import Callable
from typing import Any

import pkcs11
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from pkcs11 import MGF, Attribute, KeyType, Mechanism, ObjectClass
from pkcs11.exceptions import PKCS11Error
from pkcs11.util.ec import encode_named_curve_parameters

from keys.hardware.access import Access
from keys.making import RSA_BITS
from keys.sign import b64url

# What a module must know for an algorithm (section 6).
_NEEDS = {
    "ES256": {Mechanism.EC_KEY_PAIR_GEN, Mechanism.ECDSA},
    "RS256": {Mechanism.RSA_PKCS_KEY_PAIR_GEN, Mechanism.SHA256_RSA_PKCS},
    "PS256": {Mechanism.RSA_PKCS_KEY_PAIR_GEN, Mechanism.SHA256_RSA_PKCS_PSS},
    "EdDSA": {Mechanism.EC_EDWARDS_KEY_PAIR_GEN, Mechanism.EDDSA},
}
# The private key never leaves: no module gives out what is sensitive and not extractable (section 4.9).
_PRIVATE = {
    Attribute.SENSITIVE: True,
    Attribute.EXTRACTABLE: False,
    Attribute.SIGN: True,
    Attribute.DECRYPT: False,
    Attribute.UNWRAP: False,
}
_ED25519_PARAMETERS = b"\x13\x0cedwards25519"  # PrintableString: section 6.3.10, its own name for the curve


class Unfit(Exception):  # noqa: N818  # a word of the protocol between our processes
    """The module has no mechanism for an algorithm."""


class Token:
    """Opened lazily, and again once after its session was lost."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._session: Any = None
        self._keys: dict[str, Any] = {}

    def open(self, *, rw: bool = False) -> dict[str, str]:
        """Open a session; what the token says of itself. Raises PKCS11Error, among them PinIncorrect.

        rw: to make and to destroy.
        """
        token = pkcs11.lib(self._access.module).get_token(token_label=self._access.token)
        self._keys.clear()
        self._session = token.open(user_pin=self._access.pin, rw=rw)
        return {"manufacturer": str(token.manufacturer_id), "model": str(token.model)}

    def sign(self, kid: str, alg: str, message: bytes) -> bytes:
        """The signature of a JWS input, as RFC 7518 and RFC 8037 write it."""
        try:
            return _SIGN[alg](self._key(kid), message)
        except PKCS11Error:
            # The session, or the login, is gone: a token was taken out, a network module went away.
            self._reopen()
            return _SIGN[alg](self._key(kid), message)

    def make(self, kid: str, alg: str) -> dict[str, str]:
        """A key pair of that name in the token; its public JWK (RFC 7517). Raises Unfit."""
        if not _NEEDS[alg] <= set(self._session.token.slot.get_mechanisms()):
            raise Unfit(alg)
        public = _MAKE[alg](self._session, {"id": kid.encode(), "label": f"accord {kid}"})
        return {**_JWK[alg](public), "kid": kid, "alg": alg, "use": "sig"}

    def destroy(self, kid: str) -> None:
        """Take a key pair out of the token."""
        for found in list(self._session.get_objects({Attribute.ID: kid.encode()})):
            found.destroy()

    def close(self) -> None:
        """Log out."""
        if self._session is not None:
            self._session.close()

    def _key(self, kid: str) -> Any:  # noqa: ANN401  # the library's own type, that says little
        if kid not in self._keys:
            self._keys[kid] = self._session.get_key(object_class=ObjectClass.PRIVATE_KEY, id=kid.encode())
        return self._keys[kid]

    def _reopen(self) -> None:
        with contextlib.suppress(PKCS11Error):  # there may be nothing left to close
            self._session.close()
        self.open()


# --- by algorithm ----------------------------------------------------------------------------------------


def _make_ec(session: Any, named: dict[str, Any]) -> Any:  # noqa: ANN401  # the library's types
    curve = {Attribute.EC_PARAMS: encode_named_curve_parameters("secp256r1")}
    return _pair(session.create_domain_parameters(KeyType.EC, curve, local=True), named)


def _make_ed(session: Any, named: dict[str, Any]) -> Any:  # noqa: ANN401  # the library's types
    curve = {Attribute.EC_PARAMS: _ED25519_PARAMETERS}
    parameters = session.create_domain_parameters(KeyType.EC_EDWARDS, curve, local=True)
    return _pair(parameters, named | {"mechanism": Mechanism.EC_EDWARDS_KEY_PAIR_GEN})


def _pair(parameters: Any, named: dict[str, Any]) -> Any:  # noqa: ANN401  # the library's types
    public, _private = parameters.generate_keypair(store=True, private_template=_PRIVATE, **named)
    return public


def _make_rsa(session: Any, named: dict[str, Any]) -> Any:  # noqa: ANN401  # the library's types
    public, _private = session.generate_keypair(
        KeyType.RSA, RSA_BITS, store=True, private_template=_PRIVATE, **named
    )
    return public


def _point(public: Any) -> bytes:  # noqa: ANN401  # the library's type
    """The point inside its OCTET STRING (section 6.3.3); some modules leave the wrapping out."""
    der: bytes = public[Attribute.EC_POINT]
    return der[2:] if len(der) > 2 and der[0] == 4 and der[1] == len(der) - 2 else der


def _ec_jwk(public: Any) -> dict[str, str]:  # noqa: ANN401  # the library's type
    numbers = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), _point(public)).public_numbers()
    return {
        "kty": "EC",
        "crv": "P-256",
        "x": b64url(numbers.x.to_bytes(32)),
        "y": b64url(numbers.y.to_bytes(32)),
    }


def _rsa_jwk(public: Any) -> dict[str, str]:  # noqa: ANN401  # the library's type
    members = {"n": public[Attribute.MODULUS], "e": public[Attribute.PUBLIC_EXPONENT]}
    return {"kty": "RSA"} | {name: b64url(number.lstrip(b"\0")) for name, number in members.items()}


def _ed_jwk(public: Any) -> dict[str, str]:  # noqa: ANN401  # the library's type
    return {"kty": "OKP", "crv": "Ed25519", "x": b64url(_point(public))}


def _es256(key: Any, message: bytes) -> bytes:  # noqa: ANN401  # the library's type
    # Hashed here: CKM_ECDSA is what every module has, and its R and S are as RFC 7518 section 3.4 wants them.
    return bytes(key.sign(hashlib.sha256(message).digest(), mechanism=Mechanism.ECDSA))


def _rs256(key: Any, message: bytes) -> bytes:  # noqa: ANN401  # the library's type
    return bytes(key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS))


def _ps256(key: Any, message: bytes) -> bytes:  # noqa: ANN401  # the library's type
    salted = (Mechanism.SHA256, MGF.SHA256, 32)  # RFC 7518 section 3.5
    return bytes(key.sign(message, mechanism=Mechanism.SHA256_RSA_PKCS_PSS, mechanism_param=salted))


def _eddsa(key: Any, message: bytes) -> bytes:  # noqa: ANN401  # the library's type
    return bytes(key.sign(message, mechanism=Mechanism.EDDSA))


_MAKE: dict[str, Callable[[Any, dict[str, Any]], Any]] = {
    "ES256": _make_ec,
    "RS256": _make_rsa,
    "PS256": _make_rsa,
    "EdDSA": _make_ed,
}
_JWK: dict[str, Callable[[Any], dict[str, str]]] = {
    "ES256": _ec_jwk,
    "RS256": _rsa_jwk,
    "PS256": _rsa_jwk,
    "EdDSA": _ed_jwk,
}
_SIGN: dict[str, Callable[[Any, bytes], bytes]] = {
    "ES256": _es256,
    "RS256": _rs256,
    "PS256": _ps256,
    "EdDSA": _eddsa,
}
