"""Jinja2: `render` is the only way a page leaves.

Autoescape is always on and an unknown variable is an error. What every template may use: `_`, `ngettext`,
`{% trans %}`, and `page` (see `Page`), in macros too, whichever way they were imported.
"""

import os
from collections.abc import Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from foundation.clock import to_datetime
from foundation.errors import AccordError
from foundation.web.csrf import FIELD, form_token
from foundation.web.forms import parse_query
from foundation.web.headers import page_policy
from foundation.web.i18n import Language, Translator

if TYPE_CHECKING:
    from foundation.web.kit import NavItem, Web

ZONE_PATH = "/zone"
# Stands for the field's label in an error that any field may have.
FIELD_LABEL = "%(field)s"


@dataclass(frozen=True)
class Visitor:
    """Who looks at a page, as far as the kit cares. Put in `request.state.visitor` by whoever knows.

    name: shown in the header; "" for someone not signed in.
    roles: decide the links of the header.
    form_secret: the session's secret that form tokens are made from; b"" where there is no session.
    """

    name: str = ""
    roles: frozenset[str] = frozenset()
    form_secret: bytes = b""


ANYONE = Visitor()
_page: ContextVar["Page"] = ContextVar("page")


@dataclass
class Page:
    """One page being rendered: what its templates ask for, and what they turned out to use."""

    request: Request
    web: "Web"
    translator: Translator
    visitor: Visitor
    scripts: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    _nonce: str = ""

    @property
    def language(self) -> Language:
        return self.translator.language

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def form_token(self) -> Markup:
        """The hidden field of every form that POSTs. Raises RuntimeError without a session to bind it to."""
        if not self.visitor.form_secret:
            raise RuntimeError("a form needs request.state.visitor with a form_secret")
        token = form_token(self.visitor.form_secret)
        return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, token)

    @property
    def nonce(self) -> str:
        """The nonce of the page's inline script; asking for it puts it into the policy."""
        self._nonce = self._nonce or os.urandom(16).hex()
        return self._nonce

    @property
    def navigation(self) -> "list[NavItem]":
        """The header's links for this visitor."""
        return [item for item in self.web.frame.header if item.role in self.visitor.roles]

    @property
    def menu(self) -> "list[NavItem]":
        """The links of the person's own menu."""
        return [item for item in self.web.frame.menu if item.role in self.visitor.roles]

    @property
    def footer(self) -> "Sequence[NavItem]":
        return self.web.frame.footer

    def is_under(self, item: "NavItem") -> bool:
        """Whether the link leads here, or to the nearest page above."""
        under = [other.href for other in self.navigation if f"{self.path}/".startswith(f"{other.href}/")]
        return bool(under) and item.href == max(under, key=len)

    def told(self, name: str, label: str, error: str) -> str:
        """What is wrong with a field, in a text that names it; the head of the page repeats it."""
        self.wrong[name] = error.replace(FIELD_LABEL, label)
        return self.wrong[name]

    @staticmethod
    def iso(moment: int) -> str:
        """A moment as `<time datetime>` takes it, in UTC."""
        return to_datetime(moment).strftime("%Y-%m-%dT%H:%M:%SZ")

    @staticmethod
    def initials(name: str) -> str:
        """Two letters of a name, for its badge."""
        words = [word for word in name.split() if word[0].isalnum()]
        return "".join(word[0] for word in words[:2]).upper() or "?"

    @property
    def home(self) -> str:
        return self.navigation[0].href if self.navigation else "/"

    def asset(self, name: str) -> str:
        """The address of a static file, as in "kit/accord.css"."""
        return self.web.static.url(name)

    def script(self, name: str) -> str:
        """Load one of our script files, once, after the page; it may only improve. Returns ""."""
        if name not in self.scripts:
            self.scripts.append(name)
        return ""

    def in_language(self, tag: str) -> str:
        """The page's own address in another language; other parameters of its query are kept."""
        try:
            query = parse_query(self.request)
        except AccordError:
            # This page may be the one that tells so: a query that cannot be read is not handed on.
            return f"{self.path}?{urlencode([('lang', tag)])}"
        pairs = [(name, value) for name in query if name != "lang" for value in query.many(name)]
        return f"{self.path}?{urlencode([*pairs, ('lang', tag)])}"

    @property
    def zone_page(self) -> str:
        """Where she says whose hours she reads, and comes back from; "" on the answer to a POST, as below."""
        if self.request.method not in {"GET", "HEAD"}:
            return ""
        query = self.request.url.query
        return f"{ZONE_PATH}?{urlencode({'back': f'{self.path}?{query}' if query else self.path})}"

    def other_languages(self) -> list[Language]:
        """Those to offer; none on the answer to a POST, whose address may not open by a link."""
        if self.request.method not in {"GET", "HEAD"}:
            return []
        return [language for language in self.web.catalogues.languages if language != self.language]

    def policy(self, form_action: Iterable[str], frames: Iterable[str]) -> str:
        return page_policy(
            scripts=bool(self.scripts), nonce=self._nonce, form_action=form_action, frames=frames
        )


def make_environment(folders: Mapping[str, Path]) -> Environment:
    """The templates of every room: "kit/base.html" is base.html in the folder of "kit"."""
    environment = Environment(
        loader=PrefixLoader({room: FileSystemLoader(folder) for room, folder in folders.items()}),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
        auto_reload=False,
    )
    environment.policies["ext.i18n.trimmed"] = True
    environment.install_gettext_callables(  # type: ignore[attr-defined]  # the i18n extension adds it
        _gettext,
        _ngettext,
        newstyle=True,
    )
    environment.globals["page"] = _Current()
    return environment


def _gettext(message: str) -> str:
    return _page.get().translator.gettext(message)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return _page.get().translator.ngettext(singular, plural, count)


class _Current:
    """`page` in templates: the page being rendered, for macros that know no context too."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # whatever Page has
        return getattr(_page.get(), name)


def render(  # noqa: PLR0913  # the page, and what goes out with it
    request: Request,
    name: str,
    *,
    status: int = 200,
    form_action: Iterable[str] = (),
    frames: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    **context: Any,  # noqa: ANN401  # the template's own variables
) -> Response:
    """A page.

    name: "<room>/<file>".
    form_action, frames: validated partner origins where the page's POST may end, and that it frames (see
        headers.page_policy).
    """
    page = page_of(request)
    mark = _page.set(page)
    try:
        body = page.web.templates.get_template(name).render(context)
    finally:
        _page.reset(mark)
    response = HTMLResponse(body, status, dict(headers or {}))
    response.headers["content-security-policy"] = page.policy(form_action, frames)
    response.headers["content-language"] = page.language.tag
    _remember_language(response, page)
    return response


def fragment(request: Request, name: str, **context: Any) -> Markup:  # noqa: ANN401  # the template's variables
    """A part of a page, rendered on its own: to be hashed or kept exactly as it was shown."""
    page = page_of(request)
    mark = _page.set(page)
    try:
        return Markup(page.web.templates.get_template(name).render(context))  # noqa: S704  # a template escaped it
    finally:
        _page.reset(mark)


def page_of(request: Request) -> Page:
    """The page's context for a request: its language, zone and visitor."""
    web: Web = request.scope["accord.web"]
    state = request.scope["state"]
    return Page(request, web, translator_for(request), state.get("visitor", ANYONE))


def translator_for(request: Request) -> Translator:
    """The reader's translator; for texts made outside a template, e-mails for one."""
    web: Web = request.scope["accord.web"]
    cookies = request.cookies
    tag = web.catalogues.choose(
        asked=_asked_language(request),
        cookie=cookies.get(web.language_cookie),
        ui_locales=request.scope["state"].get("ui_locales", "") or request.query_params.get("ui_locales", ""),
        accept=request.headers.get("accept-language", ""),
    )
    return web.catalogues.translator(tag, cookies.get(web.zone_cookie))


def _asked_language(request: Request) -> str | None:
    return request.query_params.get("lang")


def _remember_language(response: Response, page: Page) -> None:
    """Keep the language that a link asked for, so that the next page speaks it too."""
    asked = page.web.catalogues.match(_asked_language(page.request))
    if asked and page.request.cookies.get(page.web.language_cookie) != asked:
        page.web.remember(response, page.web.language_cookie, asked)
