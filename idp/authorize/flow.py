"""The dispatcher: what a pending request needs next, decided from the database each time it is asked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from consent.coverage import Ask as Question
from consent.coverage import Covered, Renewal, Standing, covers
from consent.grants import find_standing
from foundation.database import Transaction
from foundation.errors import AccordError
from idp.authorize import pending
from idp.authorize.checks import NOT_ITS_GRANT, Refusal, after_trust, before_trust, first_refusal
from idp.authorize.defaults import claims_in
from idp.authorize.hint import hinted_subject
from idp.authorize.levels import reaches
from idp.authorize.pending import PendingRow
from idp.authorize.pushed import store as pushed
from idp.authorize.request import AuthorizeRequest
from idp.authorize.sharing import sharing_request
from idp.authorize.steps import Login, Refuse, Situation, Step, next_step
from idp.clients.registry import Client, find_client
from idp.clients.subjects import subject_for
from idp.context import Server
from idp.grants.actions import CREATE, MERGE, REPLACE
from idp.people.session import Session
from idp.polling import store as polled
from idp.signals.overdue import hold_back


@dataclass(frozen=True, slots=True)
class Turn:
    """A pending request at one moment: whose it is, what it asks, and what comes next.

    answer: what consent says of it; None while nobody is signed in as it needs.
    """

    row: PendingRow
    request: AuthorizeRequest
    client: Client
    step: Step
    answer: Covered | Question | None


async def settle(tx: Transaction, turn: Turn, session: Session, now: int) -> None:
    """Spend the request, and the pushed one that it is (RFC 9126 section 4): of all answers, one counts.

    A polled one is answered with no, until a line is opened for it in the same unit.

    Raises AccordError `request_expired`, so that an answer which lost the race leaves nothing.
    """
    if not await pending.decide(tx, turn.row.id, session.id, now):
        raise gone()
    if turn.request.pushed and not await pushed.spend(tx, turn.request.pushed, now):
        raise gone()
    if turn.request.polled and not await polled.answer(tx, turn.request.polled, now):
        raise gone()


def gone() -> AccordError:
    """The request is not there (any more) for this session: expired, answered, or another browser's."""
    return AccordError(
        "request_expired",
        "This request has expired or was already answered. Go back to the application and start again.",
        status=410,
    )


async def trusted_client(tx: Transaction, request: AuthorizeRequest) -> Client:
    """The app, once it and the redirect URI are trusted. Raises AccordError, for our own page, otherwise."""
    client = await find_client(tx, request.client_id)
    if client is None:
        raise AccordError(
            "unknown_client", "client_id is missing or is not that of a registered application."
        )
    if request.profile != client.metadata.profile:
        raise AccordError("wrong_profile", "This application is registered for another profile's endpoints.")
    refusal = first_refusal(before_trust(request), request, client)
    if refusal is not None:
        if request.flaw is not None and not client.suspended:
            raise AccordError(*request.flaw)  # nothing it points to, nowhere to say so
        raise AccordError(f"untrusted_{refusal.error}", refusal.description)
    return client


async def take_turn(server: Server, tx: Transaction, pending_id: str, session: Session, now: int) -> Turn:
    """What a pending request of this session needs now. Raises AccordError `request_expired`."""
    row = await pending.find(tx, pending_id, now)
    if row is None or row.session_id != session.id or row.decided_at is not None:
        raise gone()
    request = row.request
    # The app may have changed since the request came in: it is checked again, whole.
    client = await trusted_client(tx, request)
    refusal = first_refusal(after_trust(server.settings, request), request, client)
    if refusal is not None:
        return Turn(row, request, client, Refuse(refusal), None)
    if request.asked_of and session.account_id not in {None, request.asked_of}:
        raise gone()  # somebody else signed in: nothing here is theirs to see
    levels = claims_in(request).levels
    alone = Situation(
        row.created_at,
        session.auth_time,
        _as_hinted(server, request, client, session),
        covered=False,
        reached=not session.signed_in or reaches(session.amr, levels),
    )
    step = next_step(request, alone)
    if session.account_id is None or isinstance(step, Login):
        return Turn(row, request, client, step, None)
    standing = await find_standing(tx, session.account_id, client.id)
    if request.grant_id is not None and not _is_the_one(standing, request.grant_id, now):
        return Turn(row, request, client, Refuse(NOT_ITS_GRANT), None)
    merged = standing if request.grant_management_action == MERGE else None
    asked = sharing_request(request, client, merged)
    prompted, renewal = "consent" in request.prompts, _RENEWALS.get(request.grant_management_action or "")
    covered = covers(standing, asked, now, prompted=prompted, renewal=renewal)
    answer = await hold_back(tx, client.id, covered, now)
    if isinstance(answer, Refusal):
        return Turn(row, request, client, Refuse(answer), None)
    known = replace(alone, covered=isinstance(answer, Covered))
    return Turn(row, request, client, next_step(request, known), answer)


_RENEWALS: Mapping[str, Renewal] = {CREATE: "fresh", REPLACE: "replace"}


def _is_the_one(standing: Standing | None, grant_id: str, now: int) -> bool:
    """Whether the person who is signed in gave the grant that the app names, and it lives."""
    if standing is None or standing.grant_id != grant_id:
        return False
    return not standing.over and now < standing.expires_at


def _as_hinted(server: Server, request: AuthorizeRequest, client: Client, session: Session) -> bool:
    if session.person is None:
        return True
    subjects = claims_in(request).subjects  # OpenID Connect Core section 5.5.1
    if subjects and subject_for(client, session.person) not in subjects:
        return False
    if request.id_token_hint is None:
        return True
    named = hinted_subject(server, request.id_token_hint, client.id, request.profile)
    if named is None:
        # Signed by a key long gone, or never by us: it names nobody. That stops nobody from signing in, but
        # an app that asks without showing a page relies on it.
        return "none" not in request.prompts
    return named == subject_for(client, session.person)
