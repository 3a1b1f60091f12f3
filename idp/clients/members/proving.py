"""How an app proves who it is, and that what it presents is its own."""

from typing import Literal

from pydantic import BaseModel, Field, field_validator

from idp.clients.addresses import check_fetchable
from idp.clients.jwks import read_jwks
from idp.clients.members.asking import RequestAlg

AuthMethod = Literal[
    "client_secret_basic",
    "client_secret_post",
    "private_key_jwt",
    "tls_client_auth",
    "self_signed_tls_client_auth",
    "none",
]


class Proving(BaseModel):
    """Its method (RFC 7591 section 2), its public keys, its certificate (RFC 8705), what binds its tokens."""

    auth_method: AuthMethod = "client_secret_basic"
    auth_signing_alg: RequestAlg | None = None  # of its assertions; None: any of them
    jwks: str | None = None  # a JWK Set as JSON text, public keys only
    jwks_uri: str | None = None  # or where it publishes one
    dpop_bound_access_tokens: bool = False  # whether it must prove a key (RFC 9449 section 5.2)
    tls_client_certificate_bound_access_tokens: bool = False  # or a certificate (RFC 8705 section 3.4)
    # Whom its certificate is issued to, for tls_client_auth: one of them (RFC 8705 section 2.1.2).
    tls_client_auth_subject_dn: str = Field(default="", max_length=500)
    tls_client_auth_san_dns: str = Field(default="", max_length=255)
    tls_client_auth_san_uri: str = Field(default="", max_length=500)
    tls_client_auth_san_ip: str = Field(default="", max_length=45)
    tls_client_auth_san_email: str = Field(default="", max_length=255)
    security_profile: Literal["", "fapi2"] = ""  # what it is held to beyond what all are (idp/fapi)

    @field_validator("jwks")
    @classmethod
    def _public_keys(cls, jwks: str | None) -> str | None:
        if jwks:
            read_jwks(jwks)
        return jwks

    _jwks_uri = field_validator("jwks_uri")(check_fetchable)
