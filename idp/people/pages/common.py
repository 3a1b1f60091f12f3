"""What the pages share: where to go next, how to say that it was too often."""

from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.clock import MINUTE, SECOND
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.csrf import local_path
from foundation.web.forms import Form, parse_query
from foundation.web.i18n import Translator
from foundation.web.templates import translator_for
from idp.people.by_mail import Onward
from idp.people.outcomes import Throttled

HOMES = {"person": "/account", "partner": "/partner", "auditor": "/audit", "administrator": "/admin"}
# Going back to one of these after signing in would sign out again, or go round in circles.
_NO_WAY_BACK = (
    *("/login", "/logout", "/end-session", "/signed-out"),
    *("/register", "/verify-email", "/password/", "/authorize"),
)

BAD_EMAIL = N_("Saisissez une adresse e-mail complète, comme prenom@exemple.fr.")


def onward_in(form: Form) -> Onward:
    """Where she is going, from the fields `request` and `next`; hostile text goes nowhere."""
    request_id, path = form.single("request"), local_path(form.single("next"), "")
    allowed = path.split("?", 1)[0].rstrip("/") and not path.startswith(_NO_WAY_BACK)
    return Onward(request_id if is_id(request_id) else "", path if allowed else "")


def destination(role: str, onward: Onward) -> str:
    """Where someone signed in goes: back to the dispatcher of her pending request, else on, else home."""
    if onward.request_id:
        return f"/authorize/continue/{onward.request_id}"
    return onward.next or HOMES[role]


def see_other(path: str) -> Response:
    """After a POST, a GET (RFC 9110 section 15.4.4); never 307, which would send the password on."""
    return RedirectResponse(path, 303)


def with_onward(path: str, onward: Onward) -> str:
    """A page of ours that keeps in mind where she is going."""
    if onward.request_id:
        return f"{path}?request={onward.request_id}"
    return f"{path}?next={quote(onward.next)}" if onward.next else path


def notice_of(request: Request, known: dict[str, str]) -> str:
    """The sentence of `?notice=`, in the reader's language; "" for anything we never said."""
    said = known.get(parse_query(request).single("notice"), "")
    return translator_for(request).gettext(said) if said else ""


def too_often(translator: Translator, throttled: Throttled) -> str:
    """How long to wait, in minutes."""
    minutes = -(-throttled.seconds * SECOND // MINUTE)
    text = translator.ngettext(
        "Trop d’essais en peu de temps. Attendez une minute, puis réessayez.",
        "Trop d’essais en peu de temps. Attendez %(num)s minutes, puis réessayez.",
        minutes,
    )
    return text % {"num": minutes}


def retry_after(throttled: Throttled) -> dict[str, str]:
    """RFC 9110 section 10.2.3."""
    return {"Retry-After": str(throttled.seconds)}
