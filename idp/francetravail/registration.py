"""What an app of this profile is registered with: `accord client register --profile france-travail`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from consent.catalogue import CATALOGUE, OFFLINE
from idp.francetravail import PROFILE
from idp.francetravail.words import is_quota, meanings_of, understand

ACCESS_TOKEN_SECONDS = 20 * 60


class Asked(NamedTuple):
    """What a registration's scopes mean: of the catalogue, and the larger quotas approved with them."""

    scopes: tuple[str, ...]
    quotas: tuple[str, ...]


def read_scopes(scope: str) -> Asked:
    """Scopes in this face's words or in Accord's own. Raises ValueError naming those that mean nothing."""
    words = tuple(dict.fromkeys(scope.split()))
    unknown = [word for word in understand(words).strange if word not in CATALOGUE]
    if unknown:
        raise ValueError(f"unknown scopes: {' '.join(unknown)}")
    scopes = tuple(name for name in meanings_of(words) if name in CATALOGUE)
    return Asked(scopes, tuple(word for word in words if is_quota(word)))


def completed(fields: dict[str, Any], quotas: Sequence[str]) -> dict[str, Any]:
    """The fields of a registration with those that this profile fixes. Raises ValueError for a public app."""
    if fields["auth_method"] not in {"client_secret_basic", "client_secret_post"}:
        raise ValueError("an app of this profile authenticates by client_secret_post")
    asked = (*fields["required_scopes"], *fields["optional_scopes"])
    # Its apps expect refresh tokens without asking: registering for the grant is asking.
    refreshes = "refresh_token" in fields.get("grant_types", ("refresh_token",)) and OFFLINE not in asked
    return fields | {
        "profile": PROFILE,
        "profile_words": tuple(quotas),
        "auth_method": "client_secret_post",
        "id_token_alg": "RS256",
        "require_pkce": False,
        "response_modes": ("query",),
        "access_token_seconds": fields.get("access_token_seconds") or ACCESS_TOKEN_SECONDS,
        "optional_scopes": (*fields["optional_scopes"], *((OFFLINE,) if refreshes else ())),
    }
