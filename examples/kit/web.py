"""What every page needs: the visitor's cookie, her language, unforgeable forms, rendering."""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles

from examples.kit.settings import Settings
from examples.kit.words import LANGUAGES, Translator, preferred

HERE = Path(__file__).parent
_FORM_BYTES = 8192
_FORM_FIELDS = 20
_MOST_KEPT = 50


class FormError(Exception):
    """A POST that did not come from one of our own pages, or is no plain form. Nothing was done."""


@dataclass(frozen=True, kw_only=True)
class Front:
    """What routes work with; each app adds its own. `request.app.state.front` is one.

    folder: the app's `data/words.*.json`, `templates/` and `static/`. name: of its cookies. keeps: what of a
    query stays when the language changes. remembers: seconds that a chosen language is kept, None for as long
    as the browser is open. form_key: of this process; forms of an earlier one have expired.
    """

    settings: Settings
    folder: Path
    name: str
    keeps: frozenset[str] = frozenset()
    remembers: int | None = None
    form_key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    @property
    def cookie(self) -> str:
        """Cookies ignore ports: the name is ours alone. `__Host-` binds it to this very host behind TLS."""
        return f"__Host-{self.name}" if self.settings.secure else self.name

    @cached_property
    def pages(self) -> Environment:
        pages = Environment(
            loader=FileSystemLoader([self.folder / "templates", HERE / "templates"]),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        sheets = sorted((*(HERE / "static").glob("*.css"), *(self.folder / "static").glob("*.css")))
        styles = b"".join(sheet.read_bytes() for sheet in sheets)
        pages.globals["style_version"] = hashlib.sha256(styles).hexdigest()[:12]
        return pages


def kit_files() -> Mount:
    """The route of the sheet and the icon that all our apps wear."""
    return Mount("/static/kit", StaticFiles(directory=HERE / "static"))


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def visitor_of(request: Request) -> str:
    """The random value of the visitor's cookie, or "" when there is none yet."""
    value = request.cookies.get(_front(request).cookie, "")
    return value if len(value) == 43 and value.isascii() else ""


def new_visitor() -> str:
    """32 random bytes, 43 characters."""
    return secrets.token_urlsafe(32)


def set_visitor(front: Front, answer: Response, visitor: str) -> None:
    answer.set_cookie(front.cookie, visitor, httponly=True, samesite="lax", secure=front.settings.secure)


def language_of(request: Request) -> str:
    """Asked in the URL, else chosen before, else the browser's, else French."""
    for value in (request.query_params.get("lang"), request.cookies.get(_language_cookie(request))):
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
    front, language = _front(request), language_of(request)
    visitor = visitor_of(request) or new_visitor()
    body = front.pages.get_template(f"{page}.html").render(
        {
            "page": page,
            "t": Translator(front.folder, language),
            "lang": language,
            "other_language": _other(language),
            "other_language_url": _in_other_language(request, language),
            "form_token": _form_token(front, visitor),
            **values,
        }
    )
    answer = HTMLResponse(body, status_code=status, headers=dict(headers or {}))
    answer.headers["Content-Language"] = language
    if visitor != visitor_of(request):
        set_visitor(front, answer, visitor)
    if request.query_params.get("lang") == language:
        answer.set_cookie(
            _language_cookie(request),
            language,
            max_age=front.remembers,
            httponly=True,
            samesite="lax",
            secure=front.settings.secure,
        )
    return answer


def forget_language(request: Request, answer: Response) -> None:
    """The next person chooses anew."""
    answer.delete_cookie(_language_cookie(request))


def go(path: str) -> Response:
    """To another page of ours, by GET (303)."""
    return RedirectResponse(path, status_code=303)


async def own_form(request: Request) -> dict[str, str]:
    """The fields of a POST that comes from our own page, in this browser.

    Sec-Fetch-Site where the browser sends it, else Origin (another port of this host is same-site: not
    enough), and always the token bound to the visitor's cookie. Raises FormError.
    """
    front, visitor = _front(request), visitor_of(request)
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if (site or "same-origin") != "same-origin" or (
        site is None and origin not in {None, front.settings.url}
    ):
        raise FormError
    fields = await _fields(request)
    given, expected = fields.get("form_token", "").encode(), _form_token(front, visitor).encode()
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


def _form_token(front: Front, visitor: str) -> str:
    return hmac.new(front.form_key, f"form:{visitor}".encode(), hashlib.sha256).hexdigest()


def _language_cookie(request: Request) -> str:
    return f"{_front(request).name}_lang"


def _other(language: str) -> str:
    return next(other for other in LANGUAGES if other != language)


def _in_other_language(request: Request, language: str) -> str:
    """The same page in the other language; of its query only what our own pages put there."""
    keeps = _front(request).keeps
    kept = [(name, value) for name, value in request.query_params.multi_items() if name in keeps]
    return "?" + urlencode([*kept[:_MOST_KEPT], ("lang", _other(language))])
