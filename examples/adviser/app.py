"""The assembler of Cap Conseil: settings in, an ASGI program out. Four pages; nothing on disk."""

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp

from examples.adviser.desk import Appointment, Desk
from examples.coach.outbound import Wire, real_wire
from examples.coach.polling import State
from examples.coach.problems import BusyError, SignInError, UnavailableError
from examples.coach.sessions import Shelf
from examples.kit import web as kit
from examples.kit.security import SecurityHeaders
from examples.kit.settings import Settings

log = logging.getLogger("adviser.app")
_SECONDS = 3600.0  # an appointment's
_MOST = 500


@dataclass(frozen=True, kw_only=True)
class Front(kit.Front):
    """What routes work with."""

    desk: Desk
    shelf: Shelf[Appointment]
    clock: Callable[[], float]
    folder: Path = Path(__file__).parent
    name: str = "capconseil"


def front_of(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def build_app(
    settings: Settings, *, wire: Wire | None = None, clock: Callable[[], float] = time.time
) -> ASGIApp:
    """wire: how to reach Accord, the network by default. clock: seconds since 1970."""
    app = Starlette(
        routes=[
            Route("/", home, methods=["GET"]),
            Route("/ask", ask, methods=["POST"]),
            Route("/appointments/{key}", appointment, methods=["GET"]),
            Route("/appointments/{key}/end", end, methods=["POST"]),
            kit.kit_files(),
        ],
        exception_handlers={
            BusyError: tell,
            UnavailableError: tell,
            SignInError: tell,
            kit.FormError: tell,
            HTTPException: tell,
        },
    )
    app.state.front = Front(
        settings=settings,
        desk=Desk(settings, wire or real_wire(), clock),
        shelf=Shelf(most=_MOST, longest=_SECONDS, idle=_SECONDS, clock=clock),
        clock=clock,
    )
    return SecurityHeaders(app, settings)


async def home(request: Request) -> Response:
    return kit.render(request, "home", wrong=False, person="")


async def ask(request: Request) -> Response:
    """Ask, then wait on a page of its own: reloading it asks nobody again."""
    person = (await kit.own_form(request)).get("person", "").strip()[:254]
    front = front_of(request)
    made = await front.desk.ask(person) if "@" in person else None
    if made is None:
        return kit.render(request, "home", status=400, wrong=True, person=person)
    key = secrets.token_urlsafe(16)
    front.shelf.put(_place(request, key), made)
    return kit.go(f"/appointments/{key}")


async def appointment(request: Request) -> Response:
    """How far it is. While she decides, the page comes again by itself, as often as Accord lets us look."""
    front = front_of(request)
    found = _found(request)
    try:
        await front.desk.look(found)
    except (BusyError, UnavailableError) as problem:
        log.info("Accord could not be asked: %s", problem)  # the page waits on
    now = front.clock()
    if found.state is State.WAITING:
        left = max(1, round((found.expires_at - now) / 60))
        again = {"Refresh": str(max(1, found.due_in(now)))}  # no script needed
        return kit.render(request, "waiting", headers=again, code=found.code, minutes=left)
    if found.state is State.SHARED:
        return kit.render(request, "shared", found=found, key=request.path_params["key"])
    return kit.render(request, "stopped", reason=found.state.value, seconds=0)


async def end(request: Request) -> Response:
    """Forget what was read."""
    await kit.own_form(request)
    front_of(request).shelf.take(_place(request, request.path_params["key"]))
    return kit.go("/")


async def tell(request: Request, problem: Exception) -> Response:
    """The page of a problem, with the status that programs expect and the words that people need."""
    if isinstance(problem, BusyError):
        headers = {"Retry-After": str(problem.retry_after)}
        return kit.render(
            request, "stopped", status=503, headers=headers, reason="busy", seconds=problem.retry_after
        )
    reason, status = "unavailable", 503
    if isinstance(problem, kit.FormError):
        reason, status = "form", 403
    elif isinstance(problem, HTTPException):
        reason, status = "unknown", problem.status_code
    return kit.render(request, "stopped", status=status, reason=reason, seconds=0)


def _place(request: Request, key: str) -> str:
    """An appointment belongs to the browser that asked."""
    return f"{kit.visitor_of(request)} {key}"


def _found(request: Request) -> Appointment:
    found = front_of(request).shelf.get(_place(request, request.path_params["key"]))
    if found is None:
        raise HTTPException(404)
    return found
