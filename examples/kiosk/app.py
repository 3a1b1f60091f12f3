"""The assembler of Borne emploi: settings in, an ASGI program out. Four pages; nothing on disk.

Pages come again by themselves through the `Refresh` header, so that no script is needed.
"""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import segno
from markupsafe import Markup
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from examples.coach.jobs import Job, all_jobs
from examples.coach.matching import closest
from examples.coach.outbound import Wire, real_wire
from examples.coach.polling import State
from examples.coach.problems import AccordProblemError, BusyError
from examples.coach.sessions import Shelf
from examples.kiosk.desk import Desk, Visit
from examples.kit import web as kit
from examples.kit.security import SecurityHeaders
from examples.kit.settings import Settings

log = logging.getLogger("kiosk.app")
HERE = Path(__file__).parent
IDLE_SECONDS = 90
_VISIT_SECONDS = 20 * 60.0
_BYE_SECONDS = 20
_MOST = 100  # screens of one place
_NEAREST = 3
_ENDINGS = {"done", "idle", "refused", "expired"}


@dataclass(frozen=True, kw_only=True)
class Front(kit.Front):
    """What routes work with."""

    desk: Desk
    visits: Shelf[Visit]
    jobs: Mapping[str, Job]
    clock: Callable[[], float]
    folder: Path = HERE
    name: str = "borne"


def build_app(
    settings: Settings, *, wire: Wire | None = None, clock: Callable[[], float] = time.time
) -> ASGIApp:
    """wire: how to reach Accord, the network by default. clock: seconds since 1970."""
    app = Starlette(
        routes=[
            Route("/", home, methods=["GET"]),
            Route("/start", start, methods=["POST"]),
            Route("/code", code, methods=["GET"]),
            Route("/me", me, methods=["GET"]),
            Route("/end", end, methods=["POST"]),
            Route("/ended/{reason}", ended, methods=["GET"]),
            Mount("/static/kiosk", StaticFiles(directory=HERE / "static")),
            kit.kit_files(),
        ],
        exception_handlers={AccordProblemError: tell, kit.FormError: tell, HTTPException: tell},
    )
    app.state.front = Front(
        settings=settings,
        desk=Desk(settings, wire or real_wire(), clock),
        visits=Shelf(most=_MOST, longest=_VISIT_SECONDS, idle=IDLE_SECONDS, clock=clock),
        jobs=all_jobs(),
        clock=clock,
    )
    return SecurityHeaders(app, settings)


async def home(request: Request) -> Response:
    return _render(request, "home")


async def start(request: Request) -> Response:
    """A visit of its own, under a fresh cookie: whoever stood here before is forgotten."""
    await kit.own_form(request)
    _forget(request)
    visit = await _front(request).desk.start()
    visitor, answer = kit.new_visitor(), kit.go("/code")
    _front(request).visits.put(visitor, visit)
    kit.set_visitor(_front(request), answer, visitor)
    return answer


async def code(request: Request) -> Response:
    """What to type on a phone. The page comes again by itself, as often as Accord lets us look."""
    front, visit = _front(request), _visit(request)
    if visit is None:
        return kit.go("/")
    try:
        await front.desk.look(visit)
    except BusyError as problem:
        log.info("Accord asks us to wait: %s", problem)  # the page waits on
    now = front.clock()
    if visit.state is State.SHARED:
        return kit.go("/me")
    if visit.state is not State.WAITING or now >= visit.expires_at:
        return _leave(request, "refused" if visit.state is State.REFUSED else "expired")
    return _render(
        request,
        "code",
        again=f"{max(1, visit.due_in(now))}",
        visit=visit,
        picture=_picture(visit.page_with_code),
        minutes=int(visit.expires_at - now) // 60,
    )


async def me(request: Request) -> Response:
    """Her skills and the jobs they lead to, until she ends or does nothing for a while."""
    visit = _visit(request)
    if visit is None or visit.state is not State.SHARED:
        return kit.go("/")
    compared = closest(visit.skills or (), _front(request).jobs.values())
    nearest = [one for one in compared if one.reached or one.to_raise][:_NEAREST]
    return _render(
        request,
        "me",
        again=f"{IDLE_SECONDS};url=/ended/idle",
        visit=visit,
        nearest=nearest,
        jobs=list(_front(request).jobs.values())[:_NEAREST],
    )


async def end(request: Request) -> Response:
    await kit.own_form(request)
    return _leave(request, "done")


async def ended(request: Request) -> Response:
    """Good-bye; then the screen is the next person's. Whatever is left of a visit goes first."""
    reason = request.path_params["reason"]
    if reason not in _ENDINGS:
        raise HTTPException(404)
    if _visit(request) is not None:
        return _leave(request, reason)
    return _render(request, "ended", again=f"{_BYE_SECONDS};url=/", reason=reason)


async def tell(request: Request, problem: Exception) -> Response:
    """The page of a problem; the visit is over with it."""
    log.warning("problem: %s", type(problem).__name__)
    status = problem.status_code if isinstance(problem, HTTPException) else 503
    status = 403 if isinstance(problem, kit.FormError) else status
    _forget(request)
    return _render(request, "ended", status=status, again=f"{_BYE_SECONDS};url=/", reason="problem")


def _leave(request: Request, reason: str) -> Response:
    _forget(request)
    answer = kit.go(f"/ended/{reason}")
    kit.set_visitor(_front(request), answer, kit.new_visitor())
    return answer


def _visit(request: Request) -> Visit | None:
    visitor = kit.visitor_of(request)
    return _front(request).visits.get(visitor) if visitor else None


def _forget(request: Request) -> None:
    visit = _front(request).visits.take(kit.visitor_of(request))
    if visit is not None:
        visit.forget()


def _front(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def _render(request: Request, page: str, *, status: int = 200, again: str = "", **values: object) -> Response:
    """again: when the browser comes back by itself, and where to; "" for never."""
    headers = {"Refresh": again} if again else None
    answer = kit.render(request, page, status=status, headers=headers, **values)
    if page in {"home", "ended"} and "lang" not in request.query_params:
        kit.forget_language(request, answer)
    return answer


def _picture(address: str) -> Markup:
    """A QR image of an address, dark on light whatever the page's colours are."""
    drawn = segno.make(address, error="m", micro=False)
    return Markup(drawn.svg_inline(border=4, dark="#000", light="#fff", omitsize=True))  # noqa: S704  # made of squares
