"""The assembler of Cap Coaching: settings in, an ASGI program out. Problems become pages here alone."""

import logging
import time
from collections.abc import Callable

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp

from examples.coach import account, pages, signals, signin, web
from examples.coach.desk import Desk
from examples.coach.jobs import all_jobs
from examples.coach.outbound import Wire, real_wire
from examples.coach.problems import BusyError, EndedError, SignInError, UnavailableError, WithdrawnError
from examples.coach.sessions import pending_shelf, session_shelf
from examples.coach.settings import Settings
from examples.kit import web as kit
from examples.kit.security import SecurityHeaders

log = logging.getLogger("coach.app")


def build_app(
    settings: Settings, *, wire: Wire | None = None, clock: Callable[[], float] = time.time
) -> ASGIApp:
    """wire: how to reach Accord, the network by default. clock: seconds since 1970."""
    app = Starlette(
        routes=[
            *pages.routes,
            *signin.routes,
            *account.routes,
            *signals.routes,
            kit.kit_files(),
        ],
        exception_handlers={
            **dict.fromkeys(_TOLD, tell),
            WithdrawnError: delete_all,
            EndedError: delete_all,
            HTTPException: not_found,
            Exception: broken,
        },
    )
    app.state.front = web.Front(
        settings=settings,
        desk=Desk(settings, wire or real_wire(), clock),
        pending=pending_shelf(clock),
        sessions=session_shelf(clock),
        jobs=all_jobs(),
    )
    return SecurityHeaders(app, settings)


async def tell(request: Request, problem: Exception) -> Response:
    """The page of a problem, with the status that programs expect and the words that people need."""
    status, reason = _TOLD[type(problem)]
    log.warning("%s page: %s", reason, problem)
    wait = problem.retry_after if isinstance(problem, BusyError) else 0
    headers = {"Retry-After": str(wait or 30)} if status == 503 else {}
    return web.render(request, "stopped", status=status, headers=headers, reason=reason, seconds=wait)


async def delete_all(request: Request, problem: Exception) -> Response:
    """At once and whole: the copy, the tokens, the name; the browser gets a fresh cookie and a plain page."""
    session = web.forget(request)
    if session is not None:
        session.forget()
    answer = kit.go("/stopped/withdrawn" if isinstance(problem, WithdrawnError) else "/stopped/ended")
    kit.set_visitor(web.front_of(request), answer, kit.new_visitor())
    return answer


async def not_found(request: Request, problem: Exception) -> Response:
    status = problem.status_code if isinstance(problem, HTTPException) else 404
    return web.render(request, "stopped", status=status, reason="not_found", seconds=0)


async def broken(request: Request, problem: Exception) -> Response:
    log.error("unexpected: %s", type(problem).__name__)
    return web.render(request, "stopped", status=500, reason="error", seconds=0)


_TOLD: dict[type[Exception], tuple[int, str]] = {
    BusyError: (503, "busy"),
    UnavailableError: (503, "unavailable"),
    SignInError: (400, "failed"),
    kit.FormError: (403, "form"),
}
