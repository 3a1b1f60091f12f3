"""GET and POST /authorize, the ways back from sign-in, and the consent screen's two answers."""

from dataclasses import replace
from typing import NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.answers import read_form
from consent.coverage import Ask as Question
from consent.coverage import Covered
from consent.decisions import Decisions
from consent.pages.consent import ConsentPage
from consent.profile.store import Owner, load_all, shelf_of
from consent.records.notices import salt_of
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.forms import parse_query
from foundation.web.forms import read_form as read_page_form
from foundation.web.kit import page_router
from foundation.web.templates import translator_for
from idp.authorize import pending
from idp.authorize.answer import redirect_origin
from idp.authorize.checks import NOT_ITS_GRANT, Refusal, after_trust, first_refusal
from idp.authorize.decision import Decider
from idp.authorize.defaults import completed
from idp.authorize.flow import Turn, gone, settle, take_turn, trusted_client
from idp.authorize.modes import Answers, Back
from idp.authorize.openings import Openings, too_many_openings
from idp.authorize.request import PARAMETERS, AuthorizeRequest, parse_request
from idp.authorize.sources import Sources
from idp.authorize.steps import Ask, Issue, Login, Refuse
from idp.clients.registry import Client
from idp.context import Server
from idp.documents.finding import ensure
from idp.grants.store import names_own_grant
from idp.minors.gate import Gate
from idp.minors.proposals import Child, Ticks, needs_parent, propose
from idp.people.access import Access
from idp.people.session import Session
from idp.people.throttle import Throttle, network_of
from idp.signals.overdue import OVERDUE
from idp.signals.pages.overdue import overdue_page

AUTHORIZE_PATH = "/authorize"
CONTINUE_PATH = "/authorize/continue/"
CONSENT_PATH = "/authorize/consent/"
LEAVE_PATH = "/authorize/leave/"
_SOMEBODY_ELSE = "/login?next=/account/requests"  # a request to one person is no other's: see your own


class Sheet(NamedTuple):
    """A consent screen. child: somebody under 15, who agrees with a parent; ticks: what she ticked last."""

    page: ConsentPage
    child: Child | None = None
    ticks: Ticks | None = None


def _see(location: str) -> RedirectResponse:
    # 303, never 307: a browser must not repeat a POST, with its credentials, at the next place.
    return RedirectResponse(location, 303)


class AuthorizeRoutes:
    """The routes, with what they work with."""

    def __init__(self, server: Server, access: Access, decisions: Decisions, throttle: Throttle) -> None:
        self._server = server
        self._access = access
        self._decisions = decisions
        self._openings = Openings(throttle, server.settings)
        self._gate = Gate(server)
        self._answers = Answers(server)

    def router(self) -> APIRouter:
        """The FastAPI router of these pages."""
        router = page_router()
        router.add_api_route(AUTHORIZE_PATH, self.authorize, methods=["GET"])
        router.add_api_route(AUTHORIZE_PATH, self.authorize_by_post, methods=["POST"])
        router.add_api_route(CONTINUE_PATH + "{pending_id}", self.go_on, methods=["GET"])
        router.add_api_route(CONSENT_PATH + "{pending_id}", self.ask, methods=["GET"])
        router.add_api_route(CONSENT_PATH + "{pending_id}", self.decide, methods=["POST"])
        router.add_api_route(LEAVE_PATH + "{pending_id}", self.leave, methods=["POST"])
        return router

    async def authorize(self, request: Request) -> Response:
        """Check, keep, and hand over to the dispatcher (RFC 6749 section 4.1.1)."""
        form = parse_query(request)
        came = parse_request({name: form.many(name) for name in PARAMETERS})
        await ensure(self._server, came.client_id, request)
        sources = Sources(self._server, lambda: self._count_fetch(request))
        return await self.open(request, await sources.resolved(came))

    async def open(self, request: Request, asked: AuthorizeRequest) -> Response:
        """The same for a request that came in by any face."""
        async with self._server.db.reading() as tx:
            client = await trusted_client(tx, asked)
            asked, refusal = await self._judged(tx, asked, client)
        if refusal is not None:
            return await self._answers.send(request, _told(asked, client, refusal))
        session, cookie = await self._access.ensure_session(request)
        brought = session.id if cookie is None else None
        response = _see(CONTINUE_PATH + await self._keep(request, asked, session, brought))
        if cookie is not None:
            cookie.put_on(response)
        return response

    async def _judged(
        self, tx: Transaction, asked: AuthorizeRequest, client: Client
    ) -> tuple[AuthorizeRequest, Refusal | None]:
        """The request as its face and its app mean it; why it stops, if it does."""
        understood = self._server.face(asked.profile).understand(asked, client)
        if isinstance(understood, Refusal):
            return asked, understood
        whole = understood if understood.profile else completed(understood, client)
        refusal = first_refusal(after_trust(self._server.settings, whole), whole, client)
        return whole, refusal or await self._names_no_grant(tx, whole)

    async def _count_fetch(self, request: Request) -> None:
        """Anyone can have an app's request object fetched: as often as requests may be opened."""
        now, network = self._server.clock.now(), network_of(request.client.host if request.client else None)
        async with self._server.db.transaction() as tx:
            seconds = await self._openings.count(tx, None, network, now)
        if seconds:
            raise too_many_openings(seconds)

    async def _names_no_grant(self, tx: Transaction, asked: AuthorizeRequest) -> Refusal | None:
        """Nobody has to sign in to learn that a grant is not there; whether it is hers shows after that."""
        if asked.grant_id is None:
            return None
        own = await names_own_grant(tx, asked.client_id, asked.grant_id, self._server.clock.now())
        return None if own else NOT_ITS_GRANT

    async def _keep(
        self, request: Request, asked: AuthorizeRequest, session: Session, brought: str | None
    ) -> str:
        """Keep a checked request; its id. brought: id of the session that the browser came with."""
        now, network = self._server.clock.now(), network_of(request.client.host if request.client else None)
        lifetime = self._server.settings.pending_request_seconds * SECOND
        async with self._server.db.transaction() as tx:
            seconds = await self._openings.count(tx, brought, network, now)
            if not seconds:
                return await pending.save(tx, asked, session.id, now=now, lifetime=lifetime)
        raise too_many_openings(seconds)

    async def authorize_by_post(self, request: Request) -> Response:
        """The same by POST (OpenID Connect Core section 3.1.2.1).

        A cross-site POST carries no cookie of ours (SameSite=Lax), so it is turned into a GET before any
        session is looked for.
        """
        form = await read_page_form(request)
        pairs = [(name, value) for name in PARAMETERS for value in form.many(name)]
        return _see(f"{AUTHORIZE_PATH}?{urlencode(pairs, quote_via=quote)}")

    async def go_on(self, request: Request, pending_id: str) -> Response:
        """The dispatcher: each step ends here, and is told where to go next."""
        session, turn = await self._turn(request, pending_id)
        match turn.step:
            case Login():
                return _see(f"/login?{urlencode({'request': pending_id})}")
            case Ask():
                return _see(CONSENT_PATH + pending_id)
            case Refuse(refusal):
                back = await self._give_up(turn, session, refusal)
                if "none" in turn.request.prompts or refusal != OVERDUE:
                    return await self._answers.send(request, back)
                return overdue_page(request, turn.client, await self._answers.address(back))
            case Issue() if isinstance(turn.answer, Covered):
                back = await self._decider(request, turn, session).go_on(turn.answer.standing)
                return await self._answers.send(request, back)
        raise gone()

    async def ask(self, request: Request, pending_id: str) -> Response:
        """The consent screen."""
        session, turn = await self._turn(request, pending_id)
        if not isinstance(turn.answer, Question) or not isinstance(turn.step, Ask):
            return _see(CONTINUE_PATH + pending_id)
        page, _, ticks = await self._sheet(request, turn, session, turn.answer)
        await self._decider(request, turn, session).shown(turn.answer, page.notice)
        return page.response(form=ticks)

    async def decide(self, request: Request, pending_id: str) -> Response:
        """The person's answer, from the form that she was shown, in the session in which she was asked."""
        posted = await self._access.posted(request)
        _, turn = await self._turn(request, pending_id)
        if not isinstance(turn.answer, Question) or not isinstance(turn.step, Ask):
            return _see(CONTINUE_PATH + pending_id)
        page, child, _ = await self._sheet(request, turn, posted.session, turn.answer)
        decider = self._decider(request, turn, posted.session)
        fields = {name: posted.form.many(name) for name in ("scope", "hide", "future", "duration")}
        if posted.form.single("page") != page.notice.sha256:
            # Her profile, the app, her grant or a parent's answer changed while she was reading: what she
            # would agree to is not what she saw.
            return page.response(changed=True, form=fields)
        match posted.form.single("decision"):
            case "accept":
                choice = read_form(fields, turn.answer, page.shelf)
                if child is not None:
                    proposal = propose(turn.answer, choice, fields, page.shelf, translator_for(request))
                    agreement = await self._gate.agreed(child, proposal)
                    if agreement is None:
                        return _see(await self._gate.draft(child, proposal))
                    decider = replace(decider, agreement=agreement)
                back = await decider.accept(turn.answer, choice, page.notice)
            case "refuse":
                back = await decider.refuse(turn.answer, page.notice)
            case _:
                raise AccordError("invalid_request", "decision is accept or refuse.")
        # None: her grant changed in this very moment. The dispatcher says what there is to ask now.
        return _see(CONTINUE_PATH + pending_id) if back is None else await self._answers.send(request, back)

    async def leave(self, request: Request, pending_id: str) -> Response:
        """Back to the app from the sign-in page (RFC 6749 section 4.1.2.1, access_denied)."""
        posted = await self._access.posted(request)
        _, turn = await self._turn(request, pending_id)
        if turn.request.polled or isinstance(turn.step, Refuse):
            # A request to one person is not refused by whoever holds its link: she signs in to do that.
            return _see(CONTINUE_PATH + pending_id)
        back = await self._decider(request, turn, posted.session).leave()
        return await self._answers.send(request, back)

    async def _turn(self, request: Request, pending_id: str) -> tuple[Session, Turn]:
        session, _ = await self._access.ensure_session(request)
        async with self._server.db.reading() as tx:
            return session, await take_turn(self._server, tx, pending_id, session, self._server.clock.now())

    async def _sheet(self, request: Request, turn: Turn, session: Session, question: Question) -> Sheet:
        if session.account_id is None or session.person is None:
            raise gone()
        async with self._server.db.reading() as tx:
            kept = await load_all(tx, Owner(session.account_id, session.person.data_key))
        page = ConsentPage(
            request=request,
            question=question,
            shelf=shelf_of(kept),
            email=session.email,
            action=CONSENT_PATH + turn.row.id,
            ends_at=redirect_origin(turn.request.redirect_uri),
            switch=_SOMEBODY_ELSE if turn.request.asked_of else f"/login?request={turn.row.id}",
            code=turn.request.code,
            salt=salt_of(session.person, turn.client.id),
        )
        now = self._server.clock.now()
        if not needs_parent(session, page.shelf, now):
            return Sheet(page)
        child = Child(session, question, turn.row.id, now)
        last = await self._gate.last(child)
        return Sheet(replace(page, with_parent=last.standing), child, last.ticks)

    def _decider(self, request: Request, turn: Turn, session: Session) -> Decider:
        trace = request.scope["state"]["trace_id"]
        now = self._server.clock.now()
        return Decider(self._server, self._decisions, turn, session, now, trace)

    async def _give_up(self, turn: Turn, session: Session, refusal: Refusal) -> Back:
        async with self._server.db.transaction() as tx:
            await settle(tx, turn, session, self._server.clock.now())
        return _told(turn.request, turn.client, refusal)


def _told(asked: AuthorizeRequest, client: Client, refusal: Refusal) -> Back:
    return Back(asked, client, {"error": refusal.error, "error_description": refusal.description})


async def rebind_pending(tx: Transaction, old_session: str, new_session: str, pending_id: str | None) -> None:
    """Sign-in made a new session: the pending request goes along, in the same transaction."""
    if pending_id is not None:
        await pending.rebind(tx, pending_id, old_session, new_session)
