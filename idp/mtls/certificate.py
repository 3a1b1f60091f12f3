"""The certificate that a proxy says it was shown, read once. Pure but for a cache by content."""

import hashlib
from base64 import b64decode
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import unquote

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from starlette.requests import Request

from foundation.settings import Settings
from idp.mtls.layer import KEY
from keys.sign import b64url

_LONGEST = 16_384


class Presented(NamedTuple):
    """A client certificate. x5t: its SHA-256 thumbprint (RFC 8705 section 3.1); key: the public one, DER."""

    certificate: x509.Certificate
    x5t: str
    key: bytes


def presented_in(request: Request) -> Presented | None:
    """The certificate that the caller proved to our proxy; None for none, or nothing that is one."""
    raw: bytes | None = request.scope.get(KEY)
    return None if raw is None else _read(raw)


def origin_called(request: Request, settings: Settings) -> str:
    """Which of our addresses a call came to: certificates may be asked for at a host of their own."""
    return (KEY in request.scope and settings.client_certificate_origin) or settings.issuer_url


@lru_cache(maxsize=1024)
def _read(raw: bytes) -> Presented | None:
    try:
        certificate = _parse(raw.decode("ascii"))
        der = certificate.public_bytes(Encoding.DER)
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, TypeError, OverflowError):  # whatever is wrong with it, it proves nobody
        return None
    return Presented(certificate, b64url(hashlib.sha256(der).digest()), key)


def _parse(text: str) -> x509.Certificate:
    """As RFC 9440 has it (`:base64 of DER:`), or a PEM block, percent-encoded as nginx escapes it."""
    if len(text) > _LONGEST:
        raise ValueError("too long")
    if len(text) > 2 and text[0] == text[-1] == ":":
        return x509.load_der_x509_certificate(b64decode(text[1:-1], validate=True))
    blocks = x509.load_pem_x509_certificates(unquote(text, errors="strict").encode("ascii"))
    if len(blocks) != 1:
        raise ValueError("one certificate, the caller's own")
    return blocks[0]
