"""The pages that anyone may see: home, jobs, a job compared with what one can do, and kind endings."""

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from examples.coach import web
from examples.coach.jobs import Job
from examples.coach.matching import closest, compare
from examples.coach.portfolio import Skill
from examples.coach.problems import BusyError, UnavailableError

_ENDINGS = {"refused", "withdrawn", "ended", "signed_out", "busy"}


async def home(request: Request) -> Response:
    return web.render(request, "home")


async def jobs(request: Request) -> Response:
    front = web.front_of(request)
    skills = await _shared_skills(request)
    compared = closest(skills, front.jobs.values()) if skills else []
    return web.render(request, "jobs", jobs=list(front.jobs.values()), compared=compared)


async def job(request: Request) -> Response:
    """Compared with shared skills; without them, with those ticked by hand (`have`, in the URL alone)."""
    known = web.front_of(request).jobs.get(request.path_params["code"])
    if known is None:
        raise HTTPException(404)
    shared = await _shared_skills(request)
    ticked = _ticked(request, known)
    skills = shared or (ticked if "done" in request.query_params else None)
    return web.render(
        request,
        "job",
        job=known,
        by_hand=not shared,
        ticked={skill.code for skill in ticked},
        comparison=None if skills is None else compare(skills, known),
        done_before=_done_before(request, known),
    )


async def stopped(request: Request) -> Response:
    reason = request.path_params["reason"]
    if reason not in _ENDINGS:
        raise HTTPException(404)
    return web.render(request, "stopped", reason=reason, seconds=0)


async def privacy(request: Request) -> Response:
    """What people (and Accord's consent screen, which links here) are told of their data with us."""
    return web.render(request, "privacy")


async def alive(request: Request) -> Response:  # noqa: ARG001  # a route takes a request
    return PlainTextResponse("alive\n")


async def _shared_skills(request: Request) -> tuple[Skill, ...] | None:
    """The signed-in person's skills, after asking Accord that we may still use them; None when we have none.

    Raises WithdrawnError, EndedError. When Accord cannot be asked, the page goes on without.
    """
    session = web.session_of(request)
    if session is None:
        return None
    try:
        await web.front_of(request).desk.confirm(session)
    except (BusyError, UnavailableError):
        return None
    return session.portfolio.skills


def _done_before(request: Request, job: Job) -> list[str]:
    """The shared experiences that were this very job."""
    session = web.session_of(request)
    shared = (session.portfolio.experiences or ()) if session else ()
    return [experience.label for experience in shared if experience.job == job.code]


def _ticked(request: Request, job: Job) -> tuple[Skill, ...]:
    given = set(request.query_params.getlist("have"))
    return tuple(Skill(label="", code=skill.code) for skill in job.skills if skill.code in given)


routes = [
    Route("/", home, methods=["GET"]),
    Route("/jobs", jobs, methods=["GET"]),
    Route("/jobs/{code}", job, methods=["GET"]),
    Route("/stopped/{reason}", stopped, methods=["GET"]),
    Route("/privacy", privacy, methods=["GET"]),
    Route("/health/alive", alive, methods=["GET"]),
]
