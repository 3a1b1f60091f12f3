"""Going to Accord and coming back: `POST /signin`, `GET /callback`."""

import logging

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from examples.coach import web
from examples.coach.authorization import Answer, Pending, Refusal, begin, outcome, parse_answer
from examples.coach.problems import SignInError
from examples.coach.sessions import Session
from examples.kit import web as kit

log = logging.getLogger("coach.signin")


async def start(request: Request) -> Response:
    """Sends the browser to Accord. With `again`, Accord shows the choices even if they were made before."""
    fields = await kit.own_form(request)
    front = web.front_of(request)
    pending = begin(kit.visitor_of(request))
    url = await front.desk.way_to_accord(
        pending, language=kit.language_of(request), ask_again=fields.get("again") == "1"
    )
    front.pending.put(pending.state, pending)
    return RedirectResponse(url, status_code=303)


async def callback(request: Request) -> Response:
    """A sign-in ends in a redirect: the code leaves the address bar. Error pages send no referrer out."""
    answer = parse_answer(request.query_params.multi_items())
    pending = _own_trip(request, answer)
    if pending is None:
        return web.render(request, "stopped", status=400, reason="unknown", seconds=0)
    front = web.front_of(request)
    result = outcome(answer, await front.desk.provider.metadata())
    if isinstance(result, Refusal):
        return _refused(request, result)
    session = await front.desk.sign_in(result, pending)
    return await _welcome(request, session)


def _own_trip(request: Request, answer: Answer) -> Pending | None:
    """The trip with this `state`, begun by this very browser. Whatever comes of it, it is used up."""
    pending = web.front_of(request).pending.take(answer.state) if answer.state else None
    return pending if pending is not None and pending.visitor == kit.visitor_of(request) else None


def _refused(request: Request, refusal: Refusal) -> Response:
    log.info("sign-in without a code: %s", refusal.value)
    if refusal is Refusal.FAILED:
        raise SignInError("callback: error")
    kept = refusal is Refusal.REFUSED and web.session_of(request) is not None
    return kit.go("/me" if kept else f"/stopped/{refusal.value}")


async def _welcome(request: Request, session: Session) -> Response:
    """A new cookie value for the signed-in person (no fixation); an earlier session of hers ends."""
    front = web.front_of(request)
    earlier = web.forget(request)
    visitor = kit.new_visitor()
    front.sessions.put(visitor, session)
    if earlier is not None:
        await front.desk.leave(earlier)
        earlier.forget()
    answer = kit.go("/me")
    kit.set_visitor(front, answer, visitor)
    return answer


async def back_home(request: Request) -> Response:  # noqa: ARG001  # a route takes a request
    """`GET /signin`, after a reload or a bookmark: only the form starts a trip."""
    return kit.go("/")


routes = [
    Route("/signin", start, methods=["POST"]),
    Route("/signin", back_home, methods=["GET"]),
    Route("/callback", callback, methods=["GET"]),
]
