"""Whether a certificate proves an app (RFC 8705 section 2), by its issuer or by its registered key."""

import binascii
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    PolicyBuilder,
    Store,
    VerificationError,
)

from foundation.clock import to_datetime
from foundation.settings import Settings
from idp.clients.jwks import read_jwks
from idp.clients.metadata import ClientMetadata
from idp.mtls.certificate import Presented

PKI, SELF_SIGNED = "tls_client_auth", "self_signed_tls_client_auth"


def certificate_methods(settings: Settings) -> list[str]:
    """The methods of authentication by certificate that this server can judge."""
    if not settings.client_certificate_header:
        return []
    return [SELF_SIGNED] if settings.client_certificate_authorities is None else [PKI, SELF_SIGNED]


def proves(presented: Presented, metadata: ClientMetadata, authorities: Path | None, now: int) -> bool:
    """Whether this certificate is the app's, at `now` (microseconds). authorities: a file of theirs, PEM."""
    at = to_datetime(now)
    if metadata.auth_method == PKI:
        return (
            authorities is not None
            and _is_named(presented.certificate, metadata)
            and _is_issued(presented.certificate, authorities, at)
        )
    if metadata.auth_method == SELF_SIGNED:
        return _is_valid(presented.certificate, at) and _is_registered(presented, metadata.jwks or "")
    return False


def _is_valid(certificate: x509.Certificate, at: datetime) -> bool:
    return certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc


def _is_issued(certificate: x509.Certificate, authorities: Path, at: datetime) -> bool:
    """Whether one of the operator's authorities vouches for it, to be a client (RFC 5280)."""
    builder = PolicyBuilder().store(_store(authorities)).time(at.replace(tzinfo=None))
    # Of what the web asks of a server's certificate, an app's need not have a name in its subjectAltName.
    leaf = ExtensionPolicy.webpki_defaults_ee().may_be_present(
        x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
    )
    policies = builder.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=leaf)
    try:
        policies.build_client_verifier().verify(certificate, [])
    except VerificationError:
        return False
    return True


@lru_cache(maxsize=4)
def _store(authorities: Path) -> Store:
    return Store(x509.load_pem_x509_certificates(authorities.read_bytes()))


def _is_named(certificate: x509.Certificate, metadata: ClientMetadata) -> bool:
    """Whether it is issued to the one name that the app registered (section 2.1.2)."""
    if metadata.tls_client_auth_subject_dn:
        try:
            return certificate.subject == x509.Name.from_rfc4514_string(metadata.tls_client_auth_subject_dn)
        except ValueError:
            return False
    for member, (kind, read) in _NAMES.items():
        if expected := getattr(metadata, member):
            return read(expected) in _alternatives(certificate, kind)
    return False


_NAMES: dict[str, tuple[type[x509.GeneralName], Callable[[str], Any]]] = {
    "tls_client_auth_san_dns": (x509.DNSName, str),
    "tls_client_auth_san_uri": (x509.UniformResourceIdentifier, str),
    "tls_client_auth_san_ip": (x509.IPAddress, ip_address),
    "tls_client_auth_san_email": (x509.RFC822Name, str),
}


def _alternatives(certificate: x509.Certificate, kind: type[x509.GeneralName]) -> list[Any]:
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, ValueError):
        return []
    return [name.value for name in names if isinstance(name, kind)]


def _is_registered(presented: Presented, jwks: str) -> bool:
    """Whether its key is one that the app registered; where it registered the certificate too, that one."""
    try:
        keys = read_jwks(jwks).keys
    except ValueError:
        return False
    for key in keys:
        known: Any = key.public_key
        if known.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) != presented.key:
            continue
        chain = key.as_dict(private=False).get("x5c")
        if chain is None or _first(chain) == presented.certificate.public_bytes(Encoding.DER):
            return True
    return False


def _first(chain: object) -> bytes | None:
    try:
        return b64decode(chain[0], validate=True) if isinstance(chain, list) and chain else None
    except (TypeError, binascii.Error):
        return None
