"""A request to ask somebody who is elsewhere, from hostile text to a frozen value (CIBA Core section 7.1).

Pure: no row, no network. Nothing is looked up here, so nothing here can tell who has an account.
"""

import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from idp.authorize.checks import Refusal
from idp.clients.metadata import ClientMetadata
from idp.people.addresses import parse_address

# Of what /authorize takes, what can be asked of somebody without a browser at hand.
PARAMETERS = ("scope", "acr_values", "authorization_details", "claims", "resource", "ui_locales")
FIELDS = ("login_hint", "id_token_hint", "binding_message", "requested_expiry", "client_notification_token")
HINTS = ("login_hint", "id_token_hint", "login_hint_token")
_LONGEST_HINT = 8192
# A code that two people compare, and no sentence: whoever asks must not be able to write to her by it.
_MESSAGE = re.compile(r"(?=.{1,16}$)[A-Za-z0-9]+(-[A-Za-z0-9]+)*", re.ASCII).fullmatch
_WHOLE = re.compile(r"[1-9][0-9]{0,8}", re.ASCII).fullmatch
USUAL_SECONDS = 600
_SECONDS = (30, 1800)
# RFC 6750 section 2.1; section 7.1 asks for 128 bits at least, 22 characters of base64.
_BEARER = re.compile(r"(?=.{22,1024}$)[A-Za-z0-9._~+/-]+=*", re.ASCII).fullmatch
_FEWEST_CHARACTERS = 6  # different ones: of 128 random bits, even as hexadecimal digits, there are more

NO_MESSAGE = Refusal(
    "invalid_binding_message",
    "binding_message is a short code: up to 16 letters and digits, in groups joined by hyphens.",
)


class Hint(NamedTuple):
    """Whom the app means. kind: "address" of e-mail, "subject" that it knows her by, or an ID "token"."""

    kind: Literal["address", "subject", "token"]
    text: str


class Asked(NamedTuple):
    """What is asked beside the authorization itself.

    seconds: it waits for. bearer: what a ping proves itself by, "" for none.
    """

    hint: Hint
    message: str
    seconds: int
    bearer: str


def read_asked(form: Mapping[str, str], metadata: ClientMetadata) -> Asked | Refusal:
    """What a form asks, or why it cannot be taken; of `PARAMETERS` nothing is judged here."""
    hint = _hint(form)
    if isinstance(hint, Refusal):
        return hint
    message = form.get("binding_message", "")
    if message and not _MESSAGE(message):
        return NO_MESSAGE
    expiry = form.get("requested_expiry", "")
    if expiry and not _WHOLE(expiry):
        return Refusal("invalid_request", "requested_expiry is a positive number of seconds.")
    bearer = _bearer(form, metadata)
    if isinstance(bearer, Refusal):
        return bearer
    least, most = _SECONDS
    seconds = min(max(int(expiry), least), most) if expiry else USUAL_SECONDS
    return Asked(hint, message, seconds, bearer)


def _hint(form: Mapping[str, str]) -> Hint | Refusal:
    given = [name for name in HINTS if form.get(name)]
    if len(given) != 1:
        return Refusal("invalid_request", f"Exactly one of {', '.join(HINTS)} says who is meant.")
    [name] = given
    text = form[name]
    if name == "login_hint_token":
        return Refusal("invalid_request", "login_hint_token is not taken: send login_hint or id_token_hint.")
    if len(text) > _LONGEST_HINT:
        return Refusal("invalid_request", f"{name} is longer than {_LONGEST_HINT} characters.")
    if name == "id_token_hint" or "@" not in text:
        return Hint("token" if name == "id_token_hint" else "subject", text)
    if parse_address(text) is None:
        return Refusal("invalid_request", "login_hint is an e-mail address, or the sub of a person.")
    return Hint("address", text)


def _bearer(form: Mapping[str, str], metadata: ClientMetadata) -> str | Refusal:
    """Section 7.1: an app that is pinged says by what it knows us; from others it means nothing."""
    if metadata.backchannel_token_delivery_mode != "ping":  # noqa: S105  # a mode
        return ""
    text = form.get("client_notification_token", "")
    if not text:
        return Refusal("invalid_request", "client_notification_token is missing: this app is pinged.")
    if not _BEARER(text) or len(set(text)) < _FEWEST_CHARACTERS:
        return Refusal(
            "invalid_request",
            "client_notification_token is a bearer token (RFC 6750) of 22 to 1024 random characters.",
        )
    return text
