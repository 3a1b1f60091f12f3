"""/admin/app: one app, how it came to be here, and stopping it or letting it go on."""

from typing import Any
from urllib.parse import quote

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.kit import page_router
from foundation.web.templates import render, translator_for
from idp.admin.cards import listed_app
from idp.admin.standing import StandingRow, find_standing
from idp.clients.stopping import stop_client
from idp.context import Server
from idp.documents.reading import digest_of
from idp.documents.resuming import app_moved, resume_client, what_changed
from idp.partner.apps import hand_of, no_app
from idp.people.access import Access, Posted
from idp.registration.statements import issuer_of

APP = "/admin/app"
LONGEST_ID = 200  # an address, at most
_DONE = {
    "suspended": N_("L’application est suspendue : plus rien d’elle ne fonctionne."),
    "resumed": N_("L’application fonctionne à nouveau."),
}


class AppPages:
    """One app at a time, for the administrator. Its id is a parameter: it may be an address."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._administrator = access.require_role("administrator")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(APP, self.show, methods=["GET"])
        router.add_api_route(APP + "/suspend", self.suspend, methods=["POST"])
        router.add_api_route(APP + "/resume", self.resume, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """All there is to know before one decides."""
        await self._administrator(request)
        query, t = parse_query(request), translator_for(request)
        found = await self._found(query.single("client_id"))
        done = _DONE.get(query.single("done"), "")
        return render(
            request,
            "admin/app.html",
            app=listed_app(found.client, t),
            found=found,
            way=t.gettext(found.way) % {"who": found.contact},
            issuer=issuer_of(found.statement) if found.statement else "",
            changes=_changes(found),
            seen=digest_of(found.changed) if found.changed else found.digest or "",
            done=t.gettext(done) if done else "",
        )

    async def suspend(self, request: Request) -> Response:
        """Stop it at once."""
        posted, client_id = await self._posted(request)
        async with self._server.db.transaction() as tx:
            hand = hand_of(request, posted.session, self._server)
            done = await stop_client(self._server.ledger, tx, client_id, hand)
        return _after(client_id, "suspended", done=done)

    async def resume(self, request: Request) -> Response:
        """Let it go on; where it is of an address, by the document that the page showed and no other."""
        posted, client_id = await self._posted(request)
        async with self._server.db.transaction() as tx:
            hand = hand_of(request, posted.session, self._server)
            seen = posted.form.single("seen")
            done = await resume_client(self._server, tx, client_id, hand, seen=seen)
        return _after(client_id, "resumed", done=done)

    async def _posted(self, request: Request) -> tuple[Posted, str]:
        await self._administrator(request)
        posted = await self._access.posted(request)
        return posted, posted.form.single("client_id")

    async def _found(self, client_id: str) -> StandingRow:
        async with self._server.db.reading() as tx:
            found = await find_standing(tx, client_id[:LONGEST_ID])
        if found is None:
            raise no_app()
        return found


def _changes(found: StandingRow) -> list[tuple[str, str, str]]:
    """What its document says otherwise now: the standard name of a member, before and after."""
    if found.changed is None:
        return []
    return [
        (one.member, _said(one.before), _said(one.after)) for one in what_changed(found.client, found.changed)
    ]


def _said(value: Any) -> str:  # noqa: ANN401  # of JSON
    if value is None:
        return ""
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _after(client_id: str, outcome: str, *, done: bool) -> Response:
    if not done:
        raise app_moved()
    return RedirectResponse(f"{APP}?client_id={quote(client_id, safe='')}&done={outcome}", 303)
