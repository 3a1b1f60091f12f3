"""A tiny site over the kit."""

from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI, Request
from starlette.responses import Response

from foundation.errors import AccordError, StorageUnavailableError
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import read_form, read_protocol_form
from foundation.web.guard import Guard
from foundation.web.kit import Frame, NavItem, build_web, install, mount, page_router
from foundation.web.lean import LeanRoutes, json_response
from foundation.web.templates import Visitor, render

ISSUER = "http://accord.test"
FRAME = Frame(
    header=(NavItem("Aide", "/help", "person"), NavItem("Pages", "/pages", "person")),
    menu=(NavItem("Code", "/menu", "person"),),
    footer=(NavItem("Référence", "/foot", ""),),
)
HIS_WORDS = (
    ErrorWords(
        "teapot", N_("Cette page ne s’ouvre pas ainsi"), N_("Attendez quelques minutes, puis réessayez.")
    ),
)


def visitor(name: str = "Amina") -> Visitor:
    return Visitor(name, frozenset({"person"}), b"s" * 32)


def _pages() -> FastAPI:
    app = FastAPI()
    install(app)
    router = page_router()

    @router.get("/hello")
    async def hello(request: Request) -> Response:
        request.state.visitor = visitor(request.query_params.get("name", "Amina"))
        return render(request, "kit/confirm.html", **CONFIRM)

    @router.get("/no-session")
    async def no_session(request: Request) -> Response:
        return render(request, "kit/confirm.html", **CONFIRM)

    @router.get("/typo")
    async def typo(request: Request) -> Response:
        return render(request, "kit/confirm.html", title="x")

    @router.get("/boom")
    async def boom() -> Response:
        raise KeyError("amina@example.org")

    @router.get("/number/{number}")
    async def number(number: int) -> dict[str, int]:
        return {"number": number}

    @router.get("/tea")
    async def tea() -> Response:
        raise AccordError(
            "teapot", "Short and stout.", status=418, detail="kitchen", headers={"Retry-After": "9"}
        )

    @router.post("/form")
    async def form(request: Request) -> Response:
        return json_response({"many": (await read_form(request)).many("a")})

    mount(app, router)
    return app


CONFIRM = {"title": "Titre", "consequences": [], "action": "/x", "label": "Oui", "cancel": "/"}


async def lean_form(request: Request) -> Response:
    form = await read_protocol_form(request)
    return json_response({"a": form.get("a", "")})


async def lean_down(_request: Request) -> Response:
    raise StorageUnavailableError("disk")


async def lean_boom(_request: Request) -> Response:
    raise ValueError("secret-value")


async def lean_late(_request: Request) -> Response:
    class Broken(Response):
        async def __call__(self, scope, receive, send):
            await send({"type": "http.response.start", "status": 200, "headers": []})
            raise ValueError("secret-value")

    return Broken()


TABLE = {
    "/lean": {"POST": lean_form},
    "/down": {"GET": lean_down},
    "/lean-boom": {"GET": lean_boom},
    "/late": {"GET": lean_late},
}


@pytest.fixture
def web():
    return build_web(ISSUER, frame=FRAME, errors=HIS_WORDS, made_up_languages=True)


@pytest.fixture
async def http(web) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Guard(LeanRoutes(TABLE, _pages()), web))
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        yield client
