"""/account/requests: what waits for her, and what she does about it."""

from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.catalogue import CATALOGUE
from foundation.database import Transaction
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, Room, page_router
from foundation.web.templates import render, translator_for
from idp.authorize import pending
from idp.authorize.flow import gone
from idp.ciba import rows
from idp.ciba.finding import PAGE
from idp.ciba.refusing import Refusing, own
from idp.ciba.sealing import open_message
from idp.clients.registry import find_client
from idp.people.callers import caller_of
from idp.people.room import People
from idp.people.session import Session
from idp.polling import store
from idp.polling.store import PolledRow

ROOM = Room("ciba", Path(__file__).parent)
MENU = (NavItem(N_("Demandes en attente"), PAGE, "person"),)
_MOST_BLOCKS = 100
_SHOWN = CATALOGUE.keys() - {"openid"}  # that comes with every other
_ONE = PAGE + "/{asked_id}"
_DONE = {
    "refused": N_("C’est refusé. Rien n’est partagé, et rien ne change pour vos droits."),
    "blocked": N_(
        "C’est noté. Cette application ne peut plus vous envoyer de demandes ; elle ne le sait pas."
    ),
    "unblocked": N_("C’est noté. Cette application peut de nouveau vous envoyer des demandes."),
}


class Waiting(NamedTuple):
    """One request, as she is shown it. scopes: French source texts. Times in microseconds."""

    id: str
    client_id: str
    app: str
    legal_entity: str
    message: str
    scopes: tuple[str, ...]
    asked_at: int
    expires_at: int


class Blocked(NamedTuple):
    """An app that may not ask her."""

    client_id: str
    app: str
    since: int


class RequestPages:
    """The pages of this room."""

    def __init__(self, people: People) -> None:
        self._people = people
        self._server = people.server
        self._person = people.access.require_role("person")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(PAGE, self.waiting, methods=["GET"])
        router.add_api_route(PAGE + "/block", self.block, methods=["POST"])
        router.add_api_route(PAGE + "/unblock", self.unblock, methods=["POST"])
        router.add_api_route(_ONE, self.answered, methods=["GET"])
        router.add_api_route(_ONE, self.open, methods=["POST"])
        router.add_api_route(_ONE + "/refuse", self.refuse, methods=["POST"])
        return router

    async def waiting(self, request: Request) -> Response:
        """Everything that waits for her, and the apps that may not ask her."""
        session = await self._person(request)
        done, now = _DONE.get(parse_query(request).single("done"), ""), self._server.clock.now()
        async with self._server.db.reading() as tx:
            found = await store.waiting_for(tx, session.account_id or "", now)
            waiting = [await self._shown(tx, session, row) for row in found]
            blocks = await tx.all(rows.BLOCKS, person=session.account_id, most=_MOST_BLOCKS)
            blocked = [
                Blocked(one.client_id, await _name(tx, one.client_id), one.blocked_at) for one in blocks
            ]
        return render(
            request,
            "ciba/waiting.html",
            waiting=waiting,
            blocked=blocked,
            now=now,
            done=translator_for(request).gettext(done) if done else "",
        )

    async def open(self, request: Request, asked_id: str) -> Response:
        """On to the consent screen, in this browser."""
        await self._person(request)
        session, _ = await self._people.access.posted(request)
        now = self._server.clock.now()
        async with self._server.db.transaction() as tx:
            row = await own(tx, asked_id, session.account_id)
            asked = await tx.first(rows.FIND, asked_id=row.id)
            if asked is None or session.person is None or not row.is_open(now):
                raise gone()
            # Hers in any browser in which she is signed in: of all her answers, one counts.
            message = open_message(session.person, row.id, asked.sealed)
            hers = row.request.model_copy(update={"asked_of": row.account_id, "code": message})
            lifetime = row.expires_at - now
            pending_id = await pending.save(tx, hers, session.id, now=now, lifetime=lifetime)
        return RedirectResponse(f"/authorize/continue/{pending_id}", 303)

    async def refuse(self, request: Request, asked_id: str) -> Response:
        """No, without looking any further."""
        await self._person(request)
        session, _ = await self._people.access.posted(request)
        if not await Refusing(self._server, caller_of(request, session, self._server.clock)).refuse(asked_id):
            raise gone()
        return RedirectResponse(f"{PAGE}/{asked_id}", 303)

    async def block(self, request: Request) -> Response:
        """No, and no more from this app."""
        await self._person(request)
        session, form = await self._people.access.posted(request)
        async with self._server.db.reading() as tx:
            client = await find_client(tx, form.single("app"))
        if client is None:
            raise gone()
        await Refusing(self._server, caller_of(request, session, self._server.clock)).block(client.id)
        return RedirectResponse(f"{PAGE}?done=blocked", 303)

    async def unblock(self, request: Request) -> Response:
        """It may ask again."""
        await self._person(request)
        session, form = await self._people.access.posted(request)
        caller = caller_of(request, session, self._server.clock)
        await Refusing(self._server, caller).unblock(form.single("app"))
        return RedirectResponse(f"{PAGE}?done=unblocked", 303)

    async def answered(self, request: Request, asked_id: str) -> Response:
        """Where her answer ends: what comes of it, and what is left to do."""
        session, now = await self._person(request), self._server.clock.now()
        async with self._server.db.reading() as tx:
            row = await own(tx, asked_id, session.account_id)
            app = await _name(tx, row.client_id)
            block = await tx.first(rows.BLOCKED, person=session.account_id, app=row.client_id)
        if row.is_open(now):
            return RedirectResponse(PAGE, 303)
        state = "late" if row.answered_at is None else "refused" if row.line_id is None else "approved"
        return render(
            request,
            "ciba/answered.html",
            state=state,
            app=app,
            client_id=row.client_id,
            blocked=block is not None,
        )

    async def _shown(self, tx: Transaction, session: Session, row: PolledRow) -> Waiting:
        asked, client = await tx.first(rows.FIND, asked_id=row.id), await find_client(tx, row.client_id)
        message = ""
        if asked is not None and session.person is not None:
            message = open_message(session.person, row.id, asked.sealed)
        return Waiting(
            id=row.id,
            client_id=row.client_id,
            app=row.client_id if client is None else client.metadata.name,
            legal_entity="" if client is None else client.metadata.legal_entity,
            message=message,
            scopes=tuple(CATALOGUE[one].label for one in row.request.scopes if one in _SHOWN),
            asked_at=int(row.id[:12], 16) * 1000,
            expires_at=row.expires_at,
        )


async def _name(tx: Transaction, client_id: str) -> str:
    client = await find_client(tx, client_id)
    return client_id if client is None else client.metadata.name
