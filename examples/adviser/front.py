"""What every page needs: the visitor's cookie, her language, unforgeable forms, rendering."""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from jinja2 import Environment
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from examples.adviser.desk import Appointment, Desk
from examples.adviser.words import LANGUAGES, Translator, preferred
from examples.coach.sessions import Shelf
from examples.coach.settings import Settings

_LANGUAGE_COOKIE = "capconseil_lang"
_FORM_BYTES = 8192


class FormError(Exception):
    """A POST that did not come from one of our own pages, or is no plain form. Nothing was done."""


@dataclass(frozen=True)
class Front:
    """What routes work with. form_key: of this process; forms of an earlier one have expired."""

    settings: Settings
    desk: Desk
    shelf: Shelf[Appointment]
    pages: Environment
    clock: Callable[[], float]
    form_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def cookie(self) -> str:
        return "__Host-capconseil" if self.settings.secure else "capconseil"


def front_of(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def visitor_of(request: Request) -> str:
    """The random value of the visitor's cookie, or "" when there is none yet."""
    value = request.cookies.get(front_of(request).cookie, "")
    return value if len(value) == 43 and value.isascii() else ""


def go(path: str) -> Response:
    """To another page of ours, by GET (303)."""
    return RedirectResponse(path, status_code=303)


def render(
    request: Request,
    page: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """The page `templates/<page>.html`. A visitor without a cookie gets one: forms are bound to it."""
    front, language = front_of(request), _language_of(request)
    visitor = visitor_of(request) or secrets.token_urlsafe(32)
    body = front.pages.get_template(f"{page}.html").render(
        {
            "page": page,
            "t": Translator(language),
            "lang": language,
            "other_language": next(other for other in LANGUAGES if other != language),
            "form_token": _form_token(front, visitor),
            **values,
        }
    )
    answer = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
    answer.headers["Content-Language"] = language
    secure = front.settings.secure
    if visitor != visitor_of(request):
        answer.set_cookie(front.cookie, visitor, httponly=True, samesite="lax", secure=secure)
    if request.query_params.get("lang") == language:
        answer.set_cookie(_LANGUAGE_COOKIE, language, httponly=True, samesite="lax", secure=secure)
    return answer


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a POST that comes from our own page, in this browser. Raises FormError."""
    front, visitor = front_of(request), visitor_of(request)
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if (site or "same-origin") != "same-origin" or (
        site is None and origin not in {None, front.settings.url}
    ):
        raise FormError
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _FORM_BYTES:
            raise FormError
    try:
        fields = dict(parse_qsl(body.decode("ascii"), max_num_fields=10, keep_blank_values=True))
    except ValueError:
        raise FormError from None
    given, expected = fields.get("form_token", "").encode(), _form_token(front, visitor).encode()
    if not visitor or not hmac.compare_digest(given, expected):
        raise FormError
    return fields


def _language_of(request: Request) -> str:
    for value in (request.query_params.get("lang"), request.cookies.get(_LANGUAGE_COOKIE)):
        if value in LANGUAGES:
            return value
    return preferred(request.headers.get("accept-language", ""))


def _form_token(front: Front, visitor: str) -> str:
    return hmac.new(front.form_key, f"form:{visitor}".encode(), hashlib.sha256).hexdigest()
