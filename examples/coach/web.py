"""What every page needs: the visitor's cookie, her session, her language, unforgeable forms, rendering."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from examples.coach.authorization import Pending
from examples.coach.desk import Desk
from examples.coach.jobs import Job
from examples.coach.sessions import Known, Session, Shelf
from examples.coach.settings import Settings
from examples.coach.words import LANGUAGES, Translator, preferred

HERE = Path(__file__).parent
_LANGUAGE_COOKIE = "capcoaching_lang"
_FORM_BYTES = 8192
_FORM_FIELDS = 20


class FormError(Exception):
    """A POST that did not come from one of our own pages, or is no plain form. Nothing was done."""


@dataclass(frozen=True)
class Front:
    """What routes work with. form_key: of this process; forms of an earlier one have expired."""

    settings: Settings
    desk: Desk
    pending: Shelf[Pending]
    sessions: Shelf[Session]
    jobs: Mapping[str, Job]
    pages: Environment
    known: Known = field(default_factory=Known)
    form_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def cookie(self) -> str:
        """Cookies ignore ports: the name is ours alone. `__Host-` binds it to this very host behind TLS."""
        return "__Host-capcoaching" if self.settings.secure else "capcoaching"


def front_of(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


@cache
def environment() -> Environment:
    style = (HERE / "static" / "coach.css").read_bytes()
    pages = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    pages.globals["style_version"] = hashlib.sha256(style).hexdigest()[:12]
    return pages


def visitor_of(request: Request) -> str:
    """The random value of the visitor's cookie, or "" when she has none yet."""
    value = request.cookies.get(front_of(request).cookie, "")
    return value if len(value) == 43 and value.isascii() else ""


def session_of(request: Request) -> Session | None:
    visitor = visitor_of(request)
    return front_of(request).sessions.get(visitor) if visitor else None


def forget(request: Request) -> Session | None:
    """Takes the visitor's session off the shelf: from here on no request finds it. Gives it back, or None."""
    visitor = visitor_of(request)
    return front_of(request).sessions.take(visitor) if visitor else None


def language_of(request: Request) -> str:
    """Asked in the URL, else chosen before, else the browser's, else French."""
    for value in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)):
        if value in LANGUAGES:
            return value
    return preferred(request.headers.get("accept-language", ""))


def render(
    request: Request,
    page: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """The page `templates/<page>.html`. A visitor without a cookie gets one: forms are bound to it."""
    front, language = front_of(request), language_of(request)
    visitor = visitor_of(request) or new_visitor()
    translate = Translator(language)
    body = front.pages.get_template(f"{page}.html").render(
        {
            "page": page,
            "t": translate,
            "lang": language,
            "other_language": next(other for other in LANGUAGES if other != language),
            "other_language_url": _in_other_language(request, language),
            "form_token": form_token(front, visitor),
            "signed_in": session_of(request) is not None,
            "consents_url": front.settings.consents_url,
            **values,
        }
    )
    answer = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
    answer.headers["Content-Language"] = language
    if visitor != visitor_of(request):
        set_visitor(front, answer, visitor)
    if request.query_params.get("lang") == language:
        answer.set_cookie(
            _LANGUAGE_COOKIE,
            language,
            max_age=31536000,
            httponly=True,
            samesite="lax",
            secure=front.settings.secure,
        )
    return answer


def go(path: str) -> Response:
    """To another page of ours, by GET (303)."""
    return RedirectResponse(path, status_code=303)


def new_visitor() -> str:
    """32 random bytes, 43 characters."""
    return secrets.token_urlsafe(32)


def set_visitor(front: Front, answer: Response, visitor: str) -> None:
    answer.set_cookie(front.cookie, visitor, httponly=True, samesite="lax", secure=front.settings.secure)


def form_token(front: Front, visitor: str) -> str:
    return hmac.new(front.form_key, f"form:{visitor}".encode(), hashlib.sha256).hexdigest()


async def own_form(request: Request) -> dict[str, str]:
    """The fields of a POST that comes from our own page, in this browser.

    Sec-Fetch-Site where the browser sends it, else Origin (another port of this host is same-site: not
    enough), and always the token bound to the visitor's cookie. Raises FormError.
    """
    front, visitor = front_of(request), visitor_of(request)
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if (site or "same-origin") != "same-origin" or (
        site is None and origin not in {None, front.settings.url}
    ):
        raise FormError
    fields = await _fields(request)
    given, expected = fields.get("form_token", "").encode(), form_token(front, visitor).encode()
    if not visitor or not hmac.compare_digest(given, expected):
        raise FormError
    return fields


async def _fields(request: Request) -> dict[str, str]:
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/x-www-form-urlencoded":
        raise FormError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            raise FormError
    try:
        return dict(parse_qsl(body.decode("ascii"), max_num_fields=_FORM_FIELDS, keep_blank_values=True))
    except ValueError:
        raise FormError from None


def _in_other_language(request: Request, language: str) -> str:
    """The same page in the other language; of its query only what our own pages put there."""
    other = next(value for value in LANGUAGES if value != language)
    kept = [(name, value) for name, value in request.query_params.multi_items() if name in {"have", "done"}]
    return "?" + urlencode([*kept[:50], ("lang", other)])
