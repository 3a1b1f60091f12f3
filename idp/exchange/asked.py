"""What a form asks of an exchange (RFC 8693 section 2.1), and the errors that answer it (section 2.2.2)."""

from collections.abc import Mapping
from typing import NamedTuple

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.exchange.finding import ACTOR, SUBJECT
from idp.token.text import OPAQUE

ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token"  # noqa: S105  # a type
JWT = "urn:ietf:params:oauth:token-type:jwt"
_TAKEN = (ACCESS_TOKEN, JWT)


class InvalidTargetError(OAuth2Error):  # type: ignore[misc]  # Authlib ships no types
    """No token is given for what was named, or for the app that asks."""

    error = "invalid_target"


class Asked(NamedTuple):
    """One exchange, unproved. scope: None for all there is. audiences: whom it is to be for."""

    subject: str
    actor: str | None
    scope: tuple[str, ...] | None
    audiences: frozenset[str]


def read_asked(form: Mapping[str, str]) -> Asked:
    """What the form asks. Raises InvalidRequestError for what cannot be exchanged here.

    Access tokens alone are taken. A refresh token is for its own app, an ID token says who signed in and lets
    nothing, and both would be credentials in places where none belongs.
    """
    subject, actor = form.get(SUBJECT, ""), form.get(ACTOR) or None
    if not subject:
        raise InvalidRequestError(f"{SUBJECT} is missing.")
    _check_type(form, SUBJECT, subject)
    if actor is not None:
        _check_type(form, ACTOR, actor)
    elif form.get(f"{ACTOR}_type"):
        raise InvalidRequestError(f"{ACTOR}_type stands beside {ACTOR} alone.")
    if form.get("requested_token_type", ACCESS_TOKEN) != ACCESS_TOKEN:
        raise InvalidRequestError(f"requested_token_type is {ACCESS_TOKEN}: nothing else is given.")
    scope = form.get("scope", "").split()
    named = frozenset(form.get("audience", "").split())
    return Asked(subject, actor, tuple(dict.fromkeys(scope)) if scope else None, named)


def _check_type(form: Mapping[str, str], name: str, text: str) -> None:
    given = form.get(f"{name}_type", "")
    if given not in _TAKEN or (given == JWT and text.startswith(OPAQUE)):
        raise InvalidRequestError(f"{name}_type is {ACCESS_TOKEN}, or {JWT} for one that is a JWT.")
