"""What comes next for a pending request: one pure function, clock included.

Every step (sign-in, consent) returns to the dispatcher, which asks this again.
"""

from dataclasses import dataclass

from foundation.clock import SECOND
from idp.authorize.checks import UNMET, Refusal
from idp.authorize.request import AuthorizeRequest


@dataclass(frozen=True, slots=True)
class Login:
    """Send the person to sign in."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Show what is asked."""


@dataclass(frozen=True, slots=True)
class Issue:
    """A live grant covers it: give the code."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Go back to the app with an error."""

    refusal: Refusal


Step = Login | Ask | Issue | Refuse


@dataclass(frozen=True, slots=True)
class Situation:
    """What the decision depends on. Times are in microseconds.

    received_at: when the request came. auth_time: when this person signed in, None for nobody.
    hinted: False when id_token_hint or claims name somebody else. reached: False when the sign-in is not of a
    level that is asked as essential. covered: nothing is left to ask (consent says).
    """

    received_at: int
    auth_time: int | None
    hinted: bool
    covered: bool
    reached: bool = True


_NOBODY = Refusal("login_required", "Nobody is signed in as this request needs, and prompt is none.")
_SOMEBODY_ELSE = Refusal("login_required", "Somebody else signed in than the one id_token_hint names.")


def next_step(request: AuthorizeRequest, situation: Situation) -> Step:
    """The next step of a request that passed every check."""
    silent = "none" in request.prompts
    if needs_login(request, situation):
        if silent:
            return Refuse(_NOBODY)
        if not _signed_in_for_it(situation):
            return Login()
        return Refuse(_SOMEBODY_ELSE if situation.reached else UNMET)
    if not situation.covered:
        refusal = Refusal("consent_required", "The person has to be asked, and prompt is none.")
        return Refuse(refusal) if silent else Ask()
    return Issue()


def _signed_in_for_it(situation: Situation) -> bool:
    """Whether she signed in since the request came: asking once more would only go round."""
    return situation.auth_time is not None and situation.auth_time >= situation.received_at


def needs_login(request: AuthorizeRequest, situation: Situation) -> bool:
    """Whether the present sign-in, if any, is enough for the request (OIDC Core section 3.1.2.1)."""
    if situation.auth_time is None or not situation.hinted or not situation.reached:
        return True
    if request.prompts & {"login", "select_account"}:
        return situation.auth_time < situation.received_at
    if request.max_age is not None:
        return situation.auth_time < situation.received_at - int(request.max_age) * SECOND
    return False
