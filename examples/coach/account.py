"""The signed-in person's own page and what she can do there: read again, leave."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from examples.coach import web
from examples.coach.jobs import Job
from examples.coach.matching import Comparison, closest
from examples.coach.sessions import Session
from examples.coach.settings import OPTIONAL_SCOPES
from examples.kit import web as kit

_NEAREST = 3


async def me(request: Request) -> Response:
    session = web.session_of(request)
    if session is None:
        return kit.go("/")
    front = web.front_of(request)
    await front.desk.confirm(session)
    return web.render(
        request,
        "me",
        session=session,
        missing=_missing(session),
        wait=front.desk.wait(session),
        nearest_jobs=_nearest(session, front.jobs.values()),
    )


async def refresh(request: Request) -> Response:
    await kit.own_form(request)
    session = web.session_of(request)
    if session is None:
        return kit.go("/")
    await web.front_of(request).desk.read_again(session)
    return kit.go("/me")


async def sign_out(request: Request) -> Response:
    """Our own session and copy end here; at Accord the authorisation stays, its page is one link away."""
    await kit.own_form(request)
    session = web.forget(request)
    if session is not None:
        await web.front_of(request).desk.leave(session)
        session.forget()
    answer = kit.go("/stopped/signed_out")
    kit.set_visitor(web.front_of(request), answer, kit.new_visitor())
    return answer


def _nearest(session: Session, jobs: Iterable[Job]) -> list[Comparison]:
    """The few jobs that the shared skills lead to; one with nothing in common is not proposed."""
    compared = closest(session.portfolio.skills or (), jobs)
    return [one for one in compared if one.reached or one.to_raise][:_NEAREST]


def _missing(session: Session) -> list[str]:
    """What the person left out, of what she may leave out."""
    return [scope for scope in OPTIONAL_SCOPES if scope not in session.granted]


routes = [
    Route("/me", me, methods=["GET"]),
    Route("/refresh", refresh, methods=["POST"]),
    Route("/signout", sign_out, methods=["POST"]),
]
