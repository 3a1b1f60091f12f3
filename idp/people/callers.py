"""Who sends a request, as flows need it: no HTTP beyond this point."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from foundation.clock import Clock
from foundation.web.i18n import LANGUAGES, SOURCE
from foundation.web.templates import translator_for
from idp.people.agents import describe_agent
from idp.people.session import Session
from idp.people.throttle import network_of


@dataclass(frozen=True, slots=True)
class Caller:
    """When, from which browser, from where, in which language. now: microseconds."""

    now: int
    session: Session = field(repr=False)
    trace_id: str
    network: bytes = field(repr=False)  # what attempts are counted by (throttle.py)
    agent: str = field(repr=False)  # "Firefox – Android"
    locale: str
    cookies: Mapping[str, str] = field(default_factory=dict, repr=False)  # unverified


def caller_of(request: Request, session: Session, clock: Clock) -> Caller:
    """The caller of a request. The network is the connection's: the server says which proxy it trusts."""
    tag = translator_for(request).tag
    return Caller(
        now=clock.now(),
        session=session,
        trace_id=request.scope["state"]["trace_id"],
        network=network_of(request.client.host if request.client else None),
        agent=describe_agent(request.headers.get("user-agent", "")),
        locale=tag if tag in LANGUAGES else SOURCE,
        cookies=request.cookies,
    )
