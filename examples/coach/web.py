"""What Cap Coaching's pages work with, and the session of the person who is here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

from examples.coach.authorization import Pending
from examples.coach.desk import Desk
from examples.coach.jobs import Job
from examples.coach.sessions import Known, Session, Shelf
from examples.coach.settings import Settings
from examples.kit import web as kit


@dataclass(frozen=True, kw_only=True)
class Front(kit.Front):
    """What routes work with."""

    settings: Settings
    desk: Desk
    pending: Shelf[Pending]
    sessions: Shelf[Session]
    jobs: Mapping[str, Job]
    known: Known = field(default_factory=Known)
    folder: Path = Path(__file__).parent
    name: str = "capcoaching"
    keeps: frozenset[str] = frozenset({"have", "done"})
    remembers: int | None = 31_536_000


def front_of(request: Request) -> Front:
    front: Front = request.app.state.front
    return front


def session_of(request: Request) -> Session | None:
    visitor = kit.visitor_of(request)
    return front_of(request).sessions.get(visitor) if visitor else None


def forget(request: Request) -> Session | None:
    """Takes the visitor's session off the shelf: from here on no request finds it. Gives it back, or None."""
    visitor = kit.visitor_of(request)
    return front_of(request).sessions.take(visitor) if visitor else None


def render(
    request: Request,
    page: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: object,
) -> Response:
    """A page that knows whether she is signed in, and where she withdraws what she shares."""
    signed_in = session_of(request) is not None
    consents_url = front_of(request).settings.consents_url
    ours = {"signed_in": signed_in, "consents_url": consents_url}
    return kit.render(request, page, status=status, headers=headers, **ours, **values)
