"""What the pages are given by the assembler: this room knows no session, account or client registry."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field

from starlette.requests import Request

from consent.acts import Act, Person
from consent.decisions import Decisions
from consent.profile.store import Owner
from foundation.clock import Clock
from foundation.database import Database, Transaction
from foundation.web.forms import Form
from keys.people import PersonSecrets


@dataclass(frozen=True, slots=True)
class Member:
    """Someone signed in. email: her account's address; verified: whether she confirmed it.

    alone: whether she may agree to share by herself; somebody under 15 may not.
    """

    id: str
    secrets: PersonSecrets = field(repr=False)
    email: str = field(default="", repr=False)
    verified: bool = False
    alone: bool = True

    @property
    def owner(self) -> Owner:
        """Her, as the owner of a profile."""
        return Owner(self.id, self.secrets.data_key)


@dataclass(frozen=True, slots=True)
class Posted:
    """A form that this member's session was served, and that came from our own page."""

    member: Member
    form: Form


async def _no_names(_tx: Transaction, _client_ids: Collection[str]) -> Mapping[str, str]:
    return {}


async def _none(_tx: Transaction, _person_id: str) -> int:
    return 0


async def _nothing(_tx: Transaction, _grant_id: str) -> object:
    return None


@dataclass(frozen=True)
class Host:
    """The parts of a server that these pages work with.

    person, auditor: who is signed in with that role; they raise AccordError for everybody else (a redirect
    to sign in, or 403). posted_by_person, posted_by_auditor: the same for a POST, with its checked form.
    log_origin: the ledger's name. app_names: client id -> name, of the apps still registered.
    told: what the app of a grant was told, for signals/told.html; None for nothing.
    waiting: how many requests from elsewhere wait for a person's answer.
    """

    db: Database
    clock: Clock
    decisions: Decisions
    log_origin: str
    person: Callable[[Request], Awaitable[Member]]
    posted_by_person: Callable[[Request], Awaitable[Posted]]
    auditor: Callable[[Request], Awaitable[Member]]
    posted_by_auditor: Callable[[Request], Awaitable[Posted]]
    app_names: Callable[[Transaction, Collection[str]], Awaitable[Mapping[str, str]]] = _no_names
    told: Callable[[Transaction, str], Awaitable[object]] = _nothing
    waiting: Callable[[Transaction, str], Awaitable[int]] = _none

    def act(self, request: Request, member: Member, subject: str) -> Act:
        """A decision that she takes on one of our pages, now. subject: what the app knows her by."""
        person = Person(member.id, subject, member.secrets, member.alone)
        return Act(person=person, now=self.clock.now(), request_id=request.scope["state"]["trace_id"])
