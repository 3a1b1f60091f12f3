"""The ordered checks of an authorization request: small functions in two visible lists.

Until the app and its redirect URI are trusted, a failure is shown on our own page and never redirected
(RFC 9700 section 4.11); after that, failures go back to the app (RFC 6749 section 4.1.2.1).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from consent.catalogue import CATALOGUE
from foundation.settings import Settings
from idp.authorize import request as limits
from idp.authorize.answer import MODES, QUERY, serves
from idp.authorize.claims import read_claims
from idp.authorize.levels import LEVELS
from idp.authorize.request import AuthorizeRequest
from idp.authorize.resources import is_ours
from idp.clients.registry import Client
from idp.details.parse import DetailsError
from idp.details.rules import refuse_beyond, wanted_in
from idp.grants.actions import REQUEST_ACTIONS, UPDATES
from idp.polling.kinds import KINDS

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)  # an S256 challenge is always 43 characters
_PROMPTS = {"none", "login", "consent", "select_account"}
_MAX_AGE = re.compile(r"[0-9]{1,9}", re.ASCII)


class Refusal(NamedTuple):
    """Why a request stops: an OAuth error code and a sentence for the developer (ASCII, RFC 6749 4.1.2.1)."""

    error: str
    description: str


# Grant Management, draft 03, section 5.4: unknown, ended, another app's, or another person's.
NOT_ITS_GRANT = Refusal(
    "invalid_grant_id", "grant_id names no living grant of this application and of who is signed in."
)

# OpenID Connect Core Unmet Authentication Requirements 1.0.
UNMET = Refusal(
    "unmet_authentication_requirements",
    "acr is asked as essential, with values that no sign-in here reaches: see acr_values_supported.",
)

Check = Callable[[AuthorizeRequest, Client], Refusal | None]


def _app_is_active(_request: AuthorizeRequest, client: Client) -> Refusal | None:
    return Refusal("unauthorized_client", "This application is suspended.") if client.suspended else None


def _redirect_is_registered(request: AuthorizeRequest, client: Client) -> Refusal | None:
    if "redirect_uri" in request.repeated or "client_id" in request.repeated:
        return Refusal("invalid_request", "client_id and redirect_uri appear once each.")
    if not request.redirect_uri:
        return Refusal("invalid_request", "redirect_uri is missing.")
    if not client.allows_redirect(request.redirect_uri):
        return Refusal(
            "invalid_request", "redirect_uri is not one that the application registered, to the letter."
        )
    return None


def _is_what_it_points_to(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    return None if request.flaw is None else Refusal(*request.flaw)


def _is_pushed(request: AuthorizeRequest, client: Client) -> Refusal | None:
    """RFC 9126 section 6."""
    if client.metadata.require_pushed_authorization_requests and not request.pushed:
        return Refusal("invalid_request", "This application pushes its requests first (RFC 9126).")
    return None


def _is_signed(request: AuthorizeRequest, client: Client) -> Refusal | None:
    """RFC 9101 section 10.5."""
    if client.metadata.require_signed_request_object and not request.signed:
        return Refusal("invalid_request", "This application signs its requests (RFC 9101).")
    return None


def _no_parameter_twice(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    if request.repeated:
        return Refusal("invalid_request", f"{request.repeated[0]} appears more than once.")
    return None


def _nothing_unsupported(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    for name in ("request", "request_uri", "registration"):
        if getattr(request, name) is not None:
            return Refusal(f"{name}_not_supported", f"{name} is not supported: send plain parameters.")
    return None


def _may_poll(request: AuthorizeRequest, client: Client) -> Refusal | None:
    """RFC 8628 section 3.1 and its like: the kind of grant stands for a response_type."""
    grant_type = KINDS[request.polled_kind].grant_type
    if client.check_grant_type(grant_type):
        return None
    return Refusal("unauthorized_client", f"This application is not registered for {grant_type}.")


def _response_mode_serves(request: AuthorizeRequest, client: Client) -> Refusal | None:
    """OAuth 2.0 Form Post Response Mode; JARM section 2.3."""
    if serves(request.response_mode or QUERY, request.redirect_uri, client.metadata):
        return None
    known = ", ".join(client.metadata.response_modes or MODES)
    return Refusal("invalid_request", f"response_mode, for this application and address, is one of {known}.")


def _response_type_is_code(request: AuthorizeRequest, client: Client) -> Refusal | None:
    if not request.response_type:
        return Refusal("invalid_request", "response_type is missing: it is code.")
    if request.response_type != "code":
        return Refusal("unsupported_response_type", "The only response_type is code.")
    if not client.check_grant_type("authorization_code"):
        return Refusal("unauthorized_client", "This application is not registered for authorization_code.")
    return None


def _sizes_are_sane(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    for name, limit in (
        ("state", limits.STATE_MAX),
        ("nonce", limits.NONCE_MAX),
        ("scope", limits.SCOPE_MAX),
    ):
        value = getattr(request, name) or ""
        if len(value) > limit:
            return Refusal("invalid_request", f"{name} is longer than {limit} characters.")
        if name != "state" and any(ord(character) < 0x20 for character in value):
            return Refusal("invalid_request", f"{name} holds control characters.")
    return None


def _details_are_sound(request: AuthorizeRequest, client: Client) -> Refusal | None:
    """RFC 9396 section 5."""
    if request.authorization_details is None:
        return None
    try:
        wanted_in(request.authorization_details)
        refuse_beyond(request.authorization_details, client.metadata)
    except DetailsError as error:
        return Refusal("invalid_authorization_details", str(error))
    return None


def _scopes_are_allowed(request: AuthorizeRequest, client: Client) -> Refusal | None:
    if not request.scopes:
        return Refusal("invalid_scope", "scope is missing: ask at least openid.")
    unknown = [scope for scope in request.scopes if scope not in CATALOGUE]
    if unknown:
        return Refusal(
            "invalid_scope", "An unknown scope is asked: see scopes_supported in the discovery document."
        )
    refused = [scope for scope in request.scopes if scope not in client.metadata.scopes]
    if refused:
        return Refusal("invalid_scope", f"Not approved for this application: {' '.join(refused)}.")
    if "openid" not in request.scopes:
        return Refusal(
            "invalid_scope", "openid is always part of scope here: data is only shared by someone known."
        )
    return None


def _pkce_is_s256(request: AuthorizeRequest, client: Client) -> Refusal | None:
    if request.code_challenge is None:
        if request.code_challenge_method is not None:
            return Refusal("invalid_request", "code_challenge_method came without code_challenge.")
        if client.metadata.require_pkce:
            return Refusal("invalid_request", "code_challenge is missing: PKCE is required (RFC 7636).")
        return None
    if request.code_challenge_method != "S256":
        return Refusal("invalid_request", "code_challenge_method must be S256; plain is never accepted.")
    if not _CHALLENGE.fullmatch(request.code_challenge):
        return Refusal("invalid_request", "code_challenge is not a base64url SHA-256 (43 characters).")
    return None


def _dpop_key_is_a_thumbprint(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    """RFC 9449 section 10; as long as an S256 challenge, and as spelt."""
    if request.dpop_jkt is not None and not _CHALLENGE.fullmatch(request.dpop_jkt):
        return Refusal("invalid_request", "dpop_jkt is not a base64url SHA-256 thumbprint (43 characters).")
    return None


def _prompt_makes_sense(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    if not request.prompts <= _PROMPTS:
        return Refusal("invalid_request", "prompt knows none, login, consent and select_account.")
    if "none" in request.prompts and len(request.prompts) > 1:
        return Refusal("invalid_request", "prompt=none stands alone.")
    return None


def _max_age_is_a_number(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    if request.max_age is not None and not _MAX_AGE.fullmatch(request.max_age):
        return Refusal("invalid_request", "max_age is a number of seconds.")
    return None


def _claims_are_sound(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    """OpenID Connect Core section 5.5."""
    if request.claims is None:
        return None
    try:
        levels = read_claims(request.claims).levels
    except ValueError as error:
        return Refusal("invalid_request", f"claims cannot be read: {error}.")
    return UNMET if levels and not set(levels) & set(LEVELS) else None


def _resources_are_ours(issuer: str) -> Check:
    """RFC 8707 section 2."""

    def check(request: AuthorizeRequest, _client: Client) -> Refusal | None:
        if is_ours(issuer, request.resource):
            return None
        return Refusal("invalid_target", f"resource is {issuer}/v1, which tokens of this server open.")

    return check


def _grant_management_is_sound(request: AuthorizeRequest, client: Client) -> Refusal | None:
    """Grant Management, draft 03, sections 5.1, 5.2 and 5.4; whose grant it is, is known after sign-in."""
    action, named = request.grant_management_action, request.grant_id is not None
    if action is None:
        if named:
            return Refusal("invalid_request", "grant_id came without grant_management_action.")
        return None
    if action not in REQUEST_ACTIONS:
        return Refusal("invalid_request", f"grant_management_action is one of {', '.join(REQUEST_ACTIONS)}.")
    if client.metadata.auth_method == "none":
        return Refusal("unauthorized_client", "Grant management is for applications that authenticate.")
    if named == (action in UPDATES):
        return None
    missing = "needs a grant_id" if action in UPDATES else "makes a grant: it takes no grant_id"
    return Refusal("invalid_request", f"grant_management_action {action} {missing}.")


def _grant_management_is_used(request: AuthorizeRequest, _client: Client) -> Refusal | None:
    if request.grant_management_action is None:
        return Refusal("invalid_request", "grant_management_action is missing: this server requires it.")
    return None


BEFORE_TRUST: tuple[Check, ...] = (_app_is_active, _redirect_is_registered)
AFTER_TRUST: tuple[Check, ...] = (
    _is_what_it_points_to,
    _no_parameter_twice,
    _nothing_unsupported,
    _response_mode_serves,
    _is_pushed,
    _is_signed,
    _response_type_is_code,
    _sizes_are_sane,
    _details_are_sound,
    _scopes_are_allowed,
    _pkce_is_s256,
    _dpop_key_is_a_thumbprint,
    _prompt_makes_sense,
    _max_age_is_a_number,
    _claims_are_sound,
    _grant_management_is_sound,
)


# Of a request that came from its app itself, and goes back by no redirect (idp/polling).
BEFORE_TRUST_POLLED: tuple[Check, ...] = (_app_is_active,)
AFTER_TRUST_POLLED: tuple[Check, ...] = (
    _no_parameter_twice,
    _may_poll,
    _sizes_are_sane,
    _details_are_sound,
    _scopes_are_allowed,
    _dpop_key_is_a_thumbprint,
    _max_age_is_a_number,
    _claims_are_sound,
)


def before_trust(request: AuthorizeRequest) -> tuple[Check, ...]:
    """What has to hold before anything is said to the app."""
    return BEFORE_TRUST_POLLED if request.polled else BEFORE_TRUST


def after_trust(settings: Settings, request: AuthorizeRequest) -> tuple[Check, ...]:
    """The rest, with what depends on whose server this is, and what its operator asks for beyond it."""
    ours = _resources_are_ours(settings.issuer_url)
    if request.polled:
        return (*AFTER_TRUST_POLLED, ours)
    checks = (*AFTER_TRUST, ours)
    return (*checks, _grant_management_is_used) if settings.grant_management_action_required else checks


def first_refusal(checks: tuple[Check, ...], request: AuthorizeRequest, client: Client) -> Refusal | None:
    """The first check that refuses, in the order of the list."""
    return next((refusal for check in checks if (refusal := check(request, client))), None)
