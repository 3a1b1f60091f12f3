"""/admin/declarations: what partners ask to ask, before and after, to approve or refuse with a reason."""

from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.purposes import LAWFUL_BASES
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, page_router
from foundation.web.templates import render, translator_for
from idp.admin.telling import tell_partner
from idp.clients.declaration import declared_in
from idp.clients.declarations import Declarations, Hand, Stale
from idp.clients.registry import Client, find_client
from idp.clients.versions import Version, find_version, history_of, waiting
from idp.context import Server
from idp.partner.apps import STATES, decided, hand_of, no_app
from idp.partner.declared import basis_words, differences, lines_of
from idp.people.access import Access, Posted

QUEUE = "/admin/declarations"
ONE = QUEUE + "/{client_id}/{version}"
NAVIGATION = (NavItem(N_("Demandes"), QUEUE, "administrator"),)
LONGEST_REASON = 1000
_DONE = {
    "approved": N_("Approuvé. L’application demande ainsi dès maintenant."),
    "refused": N_("Refusé. Le partenaire lit votre raison dans son espace."),
}


class Waiting(NamedTuple):
    """A version in the queue."""

    version: Version
    app: str
    legal_entity: str


class DeclarationPages:
    """The queue, and one version at a time."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._administrator = access.require_role("administrator")
        self._declarations = Declarations(server.ledger)

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(QUEUE, self.queue, methods=["GET"])
        router.add_api_route(ONE, self.show, methods=["GET"])
        router.add_api_route(ONE + "/approve", self.approve, methods=["POST"])
        router.add_api_route(ONE + "/refuse", self.refuse, methods=["POST"])
        return router

    async def queue(self, request: Request) -> Response:
        """What waits, the oldest first."""
        await self._administrator(request)
        done = _DONE.get(parse_query(request).single("done"), "")
        async with self._server.db.reading() as tx:
            rows = [(one, await find_client(tx, one.client_id)) for one in await waiting(tx)]
        listed = [
            Waiting(one, client.metadata.name, client.metadata.legal_entity)
            for one, client in rows
            if client is not None
        ]
        told = translator_for(request).gettext(done) if done else ""
        return render(request, "admin/declarations.html", waiting=listed, done=told)

    async def show(self, request: Request, client_id: str, version: str) -> Response:
        """One version: what it changes, all that it says, and the two answers."""
        await self._administrator(request)
        client, found = await self._found(client_id, version)
        return await self._page(request, client, found)

    async def approve(self, request: Request, client_id: str, version: str) -> Response:
        """Let the app ask so."""
        await self._administrator(request)
        posted = await self._access.posted(request)
        _, found = await self._found(client_id, version)
        basis = posted.form.single("disclosure_basis")
        if basis not in LAWFUL_BASES:
            raise AccordError("invalid_request", "disclosure_basis is one of the lawful bases.")
        async with self._server.db.transaction() as tx:
            hand = hand_of(request, posted.session, self._server)
            outcome = await self._declarations.approve(tx, client_id, found.version, basis, hand)
            await self._tell(tx, outcome, hand)
        return _after(outcome, "approved")

    async def refuse(self, request: Request, client_id: str, version: str) -> Response:
        """Refuse it, with a reason for its partner."""
        await self._administrator(request)
        posted = await self._access.posted(request)
        client, found = await self._found(client_id, version)
        reason = posted.form.single("reason").strip()
        if not 1 <= len(reason) <= LONGEST_REASON:
            return await self._page(request, client, found, reason, wrong=True)
        return await self._refuse(request, posted, found, reason)

    async def _refuse(self, request: Request, posted: Posted, found: Version, reason: str) -> Response:
        async with self._server.db.transaction() as tx:
            hand = hand_of(request, posted.session, self._server)
            outcome = await self._declarations.refuse(tx, found.client_id, found.version, reason, hand)
            await self._tell(tx, outcome, hand)
        return _after(outcome, "refused")

    async def _tell(self, tx: Transaction, outcome: Version | Stale, hand: Hand) -> None:
        if isinstance(outcome, Version):
            await tell_partner(self._server, tx, outcome, hand.now)

    async def _found(self, client_id: str, version: str) -> tuple[Client, Version]:
        number = int(version) if version.isascii() and version.isdigit() and len(version) < 9 else 0
        async with self._server.db.reading() as tx:
            client = await find_client(tx, client_id)
            found = await find_version(tx, client_id, number)
        if client is None or found is None:
            raise no_app()
        return client, found

    async def _page(
        self, request: Request, client: Client, found: Version, reason: str = "", *, wrong: bool = False
    ) -> Response:
        t = translator_for(request)
        async with self._server.db.reading() as tx:
            versions = await history_of(tx, client.id)
        told = N_("%(field)s : écrivez une raison, en mille caractères au plus.")
        return render(
            request,
            "admin/declaration.html",
            status=422 if wrong else 200,
            app=client.metadata,
            client_id=client.id,
            one=found,
            changes=differences(declared_in(client.metadata), found.declared, t),
            lines=lines_of(found.declared, t),
            versions=versions,
            states=STATES,
            bases=[(code, basis_words(code, t)) for code in LAWFUL_BASES],
            reason=reason,
            errors={"reason": t.gettext(told)} if wrong else {},
        )


def _after(outcome: Version | Stale, done: str) -> Response:
    if isinstance(outcome, Stale):
        raise decided()
    return RedirectResponse(f"{QUEUE}?done={done}", 303)
