"""What an app that authenticates by certificate registers (RFC 8705 sections 2.1.2, 2.2 and 3.4)."""

from ipaddress import ip_address
from typing import TYPE_CHECKING

from cryptography import x509

if TYPE_CHECKING:
    from idp.clients.metadata import ClientMetadata

NAMES = (
    "tls_client_auth_subject_dn",
    "tls_client_auth_san_dns",
    "tls_client_auth_san_uri",
    "tls_client_auth_san_ip",
    "tls_client_auth_san_email",
)


def check_certificates(metadata: "ClientMetadata") -> None:
    """Refuse what could never authenticate, or would bind to nothing. Raises ValueError."""
    named = [name for name in NAMES if getattr(metadata, name)]
    if metadata.auth_method == "tls_client_auth":
        if len(named) != 1:
            raise ValueError(f"tls_client_auth needs exactly one name: {', '.join(NAMES)}")
    elif named:
        raise ValueError(f"{named[0]} is for tls_client_auth")
    if metadata.tls_client_auth_subject_dn:
        x509.Name.from_rfc4514_string(metadata.tls_client_auth_subject_dn)  # raises ValueError
    if metadata.tls_client_auth_san_ip:
        ip_address(metadata.tls_client_auth_san_ip)  # the same
    if metadata.auth_method == "self_signed_tls_client_auth" and not metadata.jwks:
        raise ValueError("self_signed_tls_client_auth needs the app's keys given by value (jwks)")
    if metadata.tls_client_certificate_bound_access_tokens and metadata.auth_method == "none":
        # Section 4 would have its refresh tokens bound to the certificate too; DPoP does that here.
        raise ValueError("tokens bound to a certificate are for apps that authenticate; use DPoP")
