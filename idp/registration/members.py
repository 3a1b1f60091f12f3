"""The table between the names that standards give to an app's members and ours: the one place, both ways.

RFC 7591 section 2, OpenID Connect Registration section 2, and whatever the IANA registry of client metadata
names since. A name whose member does not exist here is ignored (RFC 7591 section 2), and counts from the day
on which it does.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from idp.clients.metadata import ClientMetadata

# Standard name -> our member, where they differ.
RENAMED = {
    "client_name": "name",
    "client_uri": "homepage",
    "policy_uri": "privacy_url",
    "token_endpoint_auth_method": "auth_method",
    "token_endpoint_auth_signing_alg": "auth_signing_alg",
    "id_token_signed_response_alg": "id_token_alg",
}
# Standard names that are ours too, by where they come from.
SAME = (
    # RFC 7591
    *("redirect_uris", "grant_types", "logo_uri", "contacts", "tos_uri", "jwks", "jwks_uri"),
    *("software_id", "software_version"),
    # OpenID Connect Registration
    *("application_type", "sector_identifier_uri", "subject_type"),
    *("id_token_encrypted_response_alg", "id_token_encrypted_response_enc"),
    *("userinfo_signed_response_alg", "userinfo_encrypted_response_alg", "userinfo_encrypted_response_enc"),
    *("request_object_signing_alg", "request_object_encryption_alg", "request_object_encryption_enc"),
    *("default_max_age", "require_auth_time", "default_acr_values", "initiate_login_uri", "request_uris"),
    # RFC 8705, RFC 9101, RFC 9126, RFC 9396, RFC 9449, RFC 9701
    *("tls_client_certificate_bound_access_tokens", "tls_client_auth_subject_dn"),
    *("tls_client_auth_san_dns", "tls_client_auth_san_uri", "tls_client_auth_san_ip"),
    *("tls_client_auth_san_email", "require_signed_request_object"),
    *("require_pushed_authorization_requests", "authorization_details_types", "dpop_bound_access_tokens"),
    *("introspection_signed_response_alg", "introspection_encrypted_response_alg"),
    "introspection_encrypted_response_enc",
    # JARM; OAuth 2.0 Multiple Response Types as registered by apps
    *("authorization_signed_response_alg", "authorization_encrypted_response_alg"),
    *("authorization_encrypted_response_enc", "response_modes"),
    # Logout
    *("post_logout_redirect_uris", "backchannel_logout_uri", "backchannel_logout_session_required"),
    *("frontchannel_logout_uri", "frontchannel_logout_session_required"),
    # CIBA
    *("backchannel_token_delivery_mode", "backchannel_client_notification_endpoint"),
    *("backchannel_authentication_request_signing_alg", "backchannel_user_code_parameter"),
)
# Members that no app says over HTTP, and why.
_DECLARED = (
    *("scope_reasons", "purpose_code", "purpose", "retention", "retention_days", "frequency"),
    *("use_basis", "disclosure_basis", "public_body", "no_detriment", "transfers", "automated"),
    "declaration",
)
OURS = dict.fromkeys(_DECLARED, "of a declaration, which an administrator approves") | {
    "required_scopes": "`scope` is asked; what of it holds is a declaration's",
    "optional_scopes": "`scope` is asked; what of it holds is a declaration's",
    "contact": "the first of `contacts`",
    "legal_entity": "an administrator checks who answers for the data",
    "verified_on": "an administrator checks who answers for the data",
    "require_pkce": "lifted by the policy of an initial access token alone",
    "access_token_seconds": "the operator's to say",
    "access_token_format": "the operator's to say",
    "id_token_seconds": "the operator's to say",
    "refresh_token_seconds": "the operator's to say",
    "refresh_token_idle_seconds": "the operator's to say",
    "may_act": "the operator's to say",
    "profile": "the operator's to say: it opens another issuer",
    "profile_words": "the operator's to say: it opens another issuer",
    "security_profile": "the operator's to say: it is a promise to others",
    "self_registered": "how it came to be, whatever it says",
    "localized": "kept under the standard names, with their language tags",
    "secret_expires_at": "told as client_secret_expires_at, and ours to set",
}
# Those that people read, and that may come again with a language tag (RFC 7591 section 2.2).
HUMAN = frozenset({"client_name", "client_uri", "logo_uri", "tos_uri", "policy_uri"})
# Those that we fetch, or send to: the guard looks at them when they are registered.
FETCHED = (
    *("jwks_uri", "sector_identifier_uri", "backchannel_logout_uri"),
    "backchannel_client_notification_endpoint",
)
# What holds where an app says nothing, by the standards; our own registrations have stricter ones.
DEFAULTS: Mapping[str, Any] = {
    "auth_method": "client_secret_basic",
    "grant_types": ("authorization_code",),
    "id_token_alg": "RS256",
    "application_type": "web",
}


def _members() -> dict[str, str]:
    named = {**{name: name for name in SAME}, **RENAMED}
    return {name: member for name, member in named.items() if member in ClientMetadata.model_fields}


MEMBERS: Mapping[str, str] = _members()
_STANDARD = {member: name for name, member in MEMBERS.items()}


def standard_name(member: str) -> str:
    """What a member of ours is called outside."""
    return _STANDARD.get(member, member)


def read_members(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a registration says, as fields of ours; `null` is as if it was not said, an unknown name too.

    Raises ValueError for what no field of ours could refuse by itself.
    """
    fields = {MEMBERS[name]: value for name, value in said.items() if name in MEMBERS and value is not None}
    if "jwks" in fields:
        if not isinstance(fields["jwks"], dict):
            raise ValueError("jwks: a JWK Set is an object (RFC 7517 section 5)")
        fields["jwks"] = orjson.dumps(fields["jwks"]).decode()
    contacts = fields.get("contacts")
    if isinstance(contacts, list) and contacts:
        fields["contact"] = contacts[0]
    localized = _localized(said)
    if localized:
        fields["localized"] = localized
        fields.setdefault("name", localized.get("client_name#fr") or _first(localized, "client_name#"))
    return fields


def _localized(said: Mapping[str, Any]) -> dict[str, Any]:
    parts = {name: name.partition("#") for name, value in said.items() if value is not None}
    return {_tagged(base, tag): said[name] for name, (base, _, tag) in parts.items() if tag and base in HUMAN}


def _tagged(base: str, tag: str) -> str:
    if not (len(tag) <= 35 and tag.replace("-", "").isalnum() and tag.isascii()):
        raise ValueError(f"{base}: its language is no BCP 47 tag")
    return f"{base}#{tag}"


def _first(localized: Mapping[str, Any], prefix: str) -> Any:  # noqa: ANN401  # said by anyone
    return next((value for name, value in localized.items() if name.startswith(prefix)), "")


def told_members(metadata: ClientMetadata) -> dict[str, Any]:
    """An app's registration under the standard names: what holds, whatever was asked."""
    held = metadata.model_dump(mode="json")
    told = {name: held[member] for name, member in MEMBERS.items() if held[member] not in (None, "", [])}
    if metadata.jwks:
        told["jwks"] = orjson.loads(metadata.jwks)
    told["response_types"] = ["code"] if "authorization_code" in metadata.grant_types else []
    told["scope"] = " ".join(metadata.scopes)
    return told | metadata.localized
