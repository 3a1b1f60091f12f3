"""`POST /signals`: Accord tells us that a person's yes changed (RFC 8935); we act, then say so.

Answered 202 once it is done: what we hold is in memory, so forgetting is immediate. After an end we attest
the erasure to Accord; the person sees it there.
"""

import asyncio
import hmac
import logging

import httpx2
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from examples.coach import web
from examples.coach.outbound import GuardedTransport
from examples.coach.portfolio import Portfolio
from examples.coach.problems import AccordProblemError
from examples.coach.sessions import Session
from examples.coach.set_token import SetRefusedError, Signal, read_set
from examples.kit.settings import origin_of

log = logging.getLogger("coach.signals")

_ENDS = {
    "grant-revoked": "withdrawn",
    "grant-erased": "withdrawn",
    "erasure-requested": "withdrawn",
    "grant-expired": "ended",
}
_CHANGES = {"grant-paused", "grant-resumed", "grant-narrowed"}
_SET_BYTES = 16_000
_ATTEMPTS = (0, 2, 10, 60)  # seconds before each attempt to attest
STATEMENT = "Votre copie est effacée : Cap Coaching ne la gardait qu’en mémoire."


async def receive(request: Request) -> Response:
    """Check who speaks, read the token, act, acknowledge."""
    front = web.front_of(request)
    expected = f"Bearer {front.settings.push_secret}".encode()
    if not hmac.compare_digest(request.headers.get("authorization", "").encode(), expected):
        return _refuse("authentication_failed", "This is not the secret that Accord was given.")
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/secevent+jwt":
        return _refuse("invalid_request", "Send application/secevent+jwt.")
    try:
        token = await _body(request)
        signal = await read_set(token, provider=front.desk.provider, client_id=front.settings.client_id)
    except SetRefusedError as refused:
        log.warning("a push was refused: %s", refused)
        return _refuse(refused.error, refused.description)
    except AccordProblemError as problem:  # its keys cannot be fetched now: let it come again
        log.warning("a push waits: %s", problem)
        return Response(status_code=503, headers={"Retry-After": "30"})
    if not front.known.add(signal.jti):
        return Response(status_code=202)
    _act(front, signal)
    ended = signal.name in _ENDS
    return Response(status_code=202, background=BackgroundTask(_attest, front, signal) if ended else None)


def _act(front: web.Front, signal: Signal) -> None:
    """Forget, or read again before the next page. A sign-in that came later is under another yes."""
    for session in front.sessions.held():
        if session.subject != signal.subject or session.started_at > signal.at + 1:
            continue
        if signal.name in _ENDS:
            session.forget()
            session.over = _ENDS[signal.name]
        elif signal.name in _CHANGES:
            _read_again(session)
    log.info("told of %s", signal.name or "an event that we do not know")


def _read_again(session: Session) -> None:
    session.portfolio = Portfolio()
    session.unread = session.granted | {"userinfo"}


async def _attest(front: web.Front, signal: Signal) -> None:
    """Tell Accord that nothing is left here. What we hold is in memory: gone is gone."""
    said = {"jti": signal.jti, "erased_at": int(front.desk.clock()), "statement": STATEMENT}
    for pause in _ATTEMPTS:
        await asyncio.sleep(pause)
        try:
            endpoint = await front.desk.provider.attestation_endpoint()
            if not endpoint or await _say(front, endpoint, said):
                return
        except (AccordProblemError, httpx2.HTTPError) as problem:
            log.info("an erasure is not attested yet: %s", type(problem).__name__)
    log.warning("an erasure could not be attested")


async def _say(front: web.Front, endpoint: str, said: dict[str, object]) -> bool:
    settings = front.settings
    transport = GuardedTransport(front.desk.wire(), origin_of(settings.issuer))
    async with httpx2.AsyncClient(transport=transport) as client:
        answer = await client.post(
            endpoint, json=said, auth=(settings.client_id, settings.client_secret), timeout=5.0
        )
    return answer.status_code < 500


async def _body(request: Request) -> str:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _SET_BYTES:
            raise SetRefusedError("invalid_request", "too long")
    try:
        return body.decode("ascii")
    except UnicodeDecodeError:
        raise SetRefusedError("invalid_request", "unreadable") from None


def _refuse(error: str, description: str) -> Response:
    """RFC 8935 section 2.3."""
    return JSONResponse({"err": error, "description": description}, status_code=400)


routes = [Route("/signals", receive, methods=["POST"])]
