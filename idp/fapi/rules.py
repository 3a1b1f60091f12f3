"""The rules, each with its section of the FAPI 2.0 Security Profile (final)."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from idp.clients.metadata import ClientMetadata

FAPI2 = "fapi2"
ALGORITHMS = ("ES256", "PS256", "EdDSA", "Ed25519")  # section 5.4.1
_METHODS = ("private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth")


def check_registration(metadata: "ClientMetadata") -> None:
    """Refuse a registration that the profile does not allow. Raises ValueError naming the section."""
    if metadata.security_profile != FAPI2:
        return
    for broken, why in (
        (metadata.profile, "an app of another face cannot be held to it"),
        (metadata.auth_method not in _METHODS, "auth_method is one of a key or a certificate (5.3.2.1)"),
        (
            not (metadata.dpop_bound_access_tokens or metadata.tls_client_certificate_bound_access_tokens),
            "access tokens are bound, by DPoP or to a certificate (5.3.2.1)",
        ),
        (not metadata.require_pushed_authorization_requests, "requests are pushed (5.3.2.2)"),
        (not metadata.require_pkce, "PKCE is used (5.3.2.2)"),
        (_signs_otherwise(metadata), f"algorithms are {', '.join(ALGORITHMS)} (5.4.1)"),
    ):
        if broken:
            raise ValueError(f"profile {FAPI2}: {why}")


def _signs_otherwise(metadata: "ClientMetadata") -> bool:
    named = (
        metadata.id_token_alg,
        metadata.authorization_signed_response_alg,
        metadata.request_object_signing_alg,
        metadata.userinfo_signed_response_alg,
        metadata.introspection_signed_response_alg,
    )
    return any(alg is not None and alg not in ALGORITHMS for alg in named)


def audiences_of(metadata: "ClientMetadata", audiences: tuple[str, ...]) -> tuple[str, ...]:
    """Whom an assertion may name: the issuer alone (5.3.2.1). audiences: of any app, the issuer first."""
    return audiences[:1] if metadata.security_profile == FAPI2 else audiences


def algorithms_of(metadata: "ClientMetadata", algorithms: tuple[str, ...]) -> tuple[str, ...]:
    """What it may sign by (5.4.1). algorithms: of any app."""
    return algorithms_under(metadata.security_profile, algorithms)


def algorithms_under(profile: str, algorithms: tuple[str, ...]) -> tuple[str, ...]:
    """The same, of an app known by its profile alone."""
    return ALGORITHMS if profile == FAPI2 else algorithms


def default_alg(metadata: "ClientMetadata") -> str:
    """By what an answer is signed where the app names nothing and its RFC says RS256."""
    return metadata.id_token_alg if metadata.security_profile == FAPI2 else "RS256"


def keeps_refresh_tokens(metadata: "ClientMetadata") -> bool:
    """Whether refreshing gives the same refresh token again (5.3.2.1): it is bound to the app already."""
    return metadata.security_profile == FAPI2


def completed(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a registration with those that the profile fixes; what is left is judged with all."""
    by_certificate = str(fields["auth_method"]).endswith("tls_client_auth")
    bound = "tls_client_certificate_bound_access_tokens" if by_certificate else "dpop_bound_access_tokens"
    return fields | {
        "security_profile": FAPI2,
        "require_pushed_authorization_requests": True,
        bound: True,
    }
