"""`build_web`: the kit, put together from the folders that rooms bring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, FastAPI
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from foundation.errors import AccordError
from foundation.web.csrf import origin_of
from foundation.web.errors import ErrorWords, PageRoute, escaped, validation_failed, words_by_code
from foundation.web.i18n import Catalogues
from foundation.web.static import PREFIX, Static
from foundation.web.templates import make_environment, render

_HERE = Path(__file__).parent
_YEAR = 365 * 86400


class Room(NamedTuple):
    """What a room brings to its pages: a name for its templates and files, and a folder.

    The folder may hold `templates/` ("<name>/x.html"), `static/` ("<name>/x.css") and `locales/` (`en.po`);
    the last may also stand higher, at `words`.
    """

    name: str
    folder: Path
    words: Path | None = None


KIT = Room("kit", _HERE)


class NavItem(NamedTuple):
    """A link of the header, for visitors with a role. label: a French msgid."""

    label: str
    href: str
    role: str


class Frame(NamedTuple):
    """What stands around every page. Labels are French msgids."""

    header: Sequence[NavItem] = ()
    menu: Sequence[NavItem] = ()  # the person's own
    footer: Sequence[NavItem] = ()  # for everyone, whatever their role
    sign_out: str = "/logout"  # takes a POST
    theme: Path | None = None  # a CSS file of the operator's, loaded after ours
    operator: str = "Accord"  # who runs this server
    contact: str = ""  # of its data protection officer: an e-mail address or a URL


_BARE = Frame()


@dataclass(frozen=True)
class Web:
    """The kit, ready. Rooms reach it as `request.scope["accord.web"]`, mostly through `render`."""

    issuer: str
    secure: bool
    catalogues: Catalogues
    templates: Environment
    static: Static
    words: Mapping[str, ErrorWords]
    origin: str
    frame: Frame

    @property
    def language_cookie(self) -> str:
        return self._cookie("lang")

    @property
    def zone_cookie(self) -> str:
        return self._cookie("zone")

    def _cookie(self, name: str) -> str:
        return f"__Host-accord_{name}" if self.secure else f"accord_{name}"

    def remember(self, response: Response, cookie: str, value: str) -> None:
        """Keep for a year what a reader chose for herself, in one of the two cookies above."""
        response.set_cookie(
            cookie, value, max_age=_YEAR, path="/", secure=self.secure, httponly=True, samesite="lax"
        )


def build_web(
    issuer: str,
    rooms: Iterable[Room] = (),
    *,
    frame: Frame = _BARE,
    errors: Iterable[ErrorWords] = (),
    made_up_languages: bool = False,
) -> Web:
    """The web kit of a server.

    issuer: its validated URL, the only source of our own addresses.
    rooms: those that have pages; the kit's own is always there.
    frame: links of the header, of the person's menu, of the footer; the operator's theme.
    errors: the words of the rooms' error codes.
    made_up_languages: for tests, see pseudo.py.
    """
    every = (KIT, *rooms)
    return Web(
        issuer=issuer,
        secure=issuer.startswith("https://"),
        catalogues=Catalogues((_words(room) for room in every), made_up=made_up_languages),
        templates=make_environment(_folders(every, "templates")),
        static=Static(_folders(every, "static"), frame.theme),
        words=words_by_code(errors),
        frame=frame,
        origin=origin_of(issuer),
    )


def _folders(rooms: Iterable[Room], kind: str) -> dict[str, Path]:
    return {room.name: room.folder / kind for room in rooms if (room.folder / kind).is_dir()}


def _words(room: Room) -> Path:
    return room.words or room.folder / "locales"


def page_router() -> APIRouter:
    """A router for pages: out of the OpenAPI document, errors told by pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


def mount(onto: FastAPI | APIRouter, router: APIRouter) -> None:
    """Put a room's routes among those of `onto`, as they are.

    `include_router` would wrap them, and make each again at the first request, to merge prefixes and
    dependencies of which ours bring none: a third of a second before the first page, and a search through
    wrapped routers for every page after it.
    """
    onto.routes.extend(router.routes)


def install(app: FastAPI) -> None:
    """Let FastAPI's own failures be answered by the kit. The guard itself goes around everything."""
    app.add_exception_handler(AccordError, escaped)
    app.add_exception_handler(HTTPException, escaped)
    app.add_exception_handler(RequestValidationError, validation_failed)
    app.add_exception_handler(Exception, escaped)
    mount(app, kit_router())


def kit_router() -> APIRouter:
    """Static files, and `/errors`, the page that every `error_uri` points to."""
    router = page_router()

    @router.get(PREFIX + "{name:path}")
    async def static_file(request: Request) -> Response:
        web: Web = request.scope["accord.web"]
        return web.static.serve(request)

    @router.get("/errors")
    async def error_codes(request: Request) -> Response:
        web: Web = request.scope["accord.web"]
        return render(request, "kit/errors.html", every=sorted(web.words.values()))

    return router
