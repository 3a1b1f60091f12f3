"""Certificates of apps and of an authority, made for the frozen clock; and how a proxy passes one on."""

import base64
from datetime import timedelta
from functools import cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from foundation.clock import FrozenClock, to_datetime
from foundation.settings import Settings
from tests.idp.support import settings_for

START = to_datetime(FrozenClock().now())
HEADER = "Client-Cert"
SUBJECT = "CN=Cap Coaching,O=Cap,C=FR"


class Made(NamedTuple):
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)

    @property
    def header(self) -> str:
        """RFC 9440 section 2.1."""
        return f":{base64.b64encode(self.der).decode()}:"

    @property
    def escaped(self) -> str:
        """As nginx's $ssl_client_escaped_cert."""
        return quote(self.pem.decode(), safe="")


def trusting(database_url: str, folder: Path, proxies: str) -> Settings:
    """Settings that believe these proxies, and what the first authority signed."""
    trusted = folder / "authorities.pem"
    trusted.write_bytes(authority().pem)
    return settings_for(
        database_url,
        folder,
        trusted_proxies=proxies,
        client_certificate_header=HEADER,
        client_certificate_authorities=trusted,
    )


@cache
def authority(number: int = 1) -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Authority {number}")])
    built = _builder(name, name, key.public_key(), days=3650)
    built = built.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    usage = dict.fromkeys(
        (
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "encipher_only",
            "decipher_only",
        ),
        False,
    )
    built = built.add_extension(x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True)
    built = built.add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    return Made(built.sign(key, SHA256()), key)


def issued(by: Made, subject: str = SUBJECT, **changed: Any) -> Made:
    """An app's certificate by an authority. changed: names, days, usage, starts (a timedelta)."""
    key = ec.generate_private_key(ec.SECP256R1())
    names: list[x509.GeneralName] = changed.get("names", [])
    built = _builder(
        x509.Name.from_rfc4514_string(subject),
        by.certificate.subject,
        key.public_key(),
        days=changed.get("days", 30),
        starts=changed.get("starts", timedelta(days=-1)),
    )
    if names:
        built = built.add_extension(x509.SubjectAlternativeName(names), critical=False)
    usage = changed.get("usage", ExtendedKeyUsageOID.CLIENT_AUTH)
    built = built.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    own = x509.AuthorityKeyIdentifier.from_issuer_public_key(by.key.public_key())
    return Made(built.add_extension(own, critical=False).sign(by.key, SHA256()), key)


@cache
def self_signed(number: int = 1, days: int = 30, starts: timedelta = timedelta(days=-1)) -> Made:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"app {number}")])
    built = _builder(name, name, key.public_key(), days=days, starts=starts)
    return Made(built.sign(key, SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: Any, days: int, starts: timedelta = timedelta(days=-1)
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(START + starts)
        .not_valid_after(START + timedelta(days=days))
    )


NAMES: dict[str, tuple[str, x509.GeneralName, x509.GeneralName]] = {
    "tls_client_auth_san_dns": ("app.example", x509.DNSName("app.example"), x509.DNSName("b.example")),
    "tls_client_auth_san_uri": (
        "https://app.example/id",
        x509.UniformResourceIdentifier("https://app.example/id"),
        x509.UniformResourceIdentifier("https://app.example/"),
    ),
    "tls_client_auth_san_ip": (
        "192.0.2.7",
        x509.IPAddress(ip_address("192.0.2.7")),
        x509.IPAddress(ip_address("192.0.2.8")),
    ),
    "tls_client_auth_san_email": (
        "tech@app.example",
        x509.RFC822Name("tech@app.example"),
        x509.RFC822Name("other@app.example"),
    ),
}
