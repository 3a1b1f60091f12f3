"""/device: a person types the code of another screen, is told which app asks there, and says if it is hers.

From there on it is a request like any other (/authorize/continue), and ends at /device/answered.
"""

from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.pages.values import show_date
from foundation.clock import MINUTE
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.kit import Room, page_router
from foundation.web.templates import render, translator_for
from idp.authorize import pending
from idp.authorize.flow import gone
from idp.authorize.routes import CONTINUE_PATH
from idp.clients.registry import Client, find_client
from idp.context import Server
from idp.device.codes import LIFETIME, code_hash, read_code, shown
from idp.device.guessing import Guesses
from idp.people.callers import Caller, caller_of
from idp.people.outcomes import Throttled
from idp.people.pages.common import retry_after, too_often
from idp.people.room import People
from idp.people.session import Session
from idp.polling import store
from idp.polling.asking import bring
from idp.polling.events import PolledRefused
from idp.polling.kinds import DEVICE
from idp.polling.store import PolledRow

ROOM = Room("device", Path(__file__).parent)
DEVICE_PATH = "/device"
_ANSWER_PATH = "/device/answer"
_SHAPE = N_("Le code a huit lettres, comme BCDF-GHJK. Recopiez celui de l’écran.")
_UNKNOWN = N_("Ce code n’est pas le bon, a déjà servi, ou a expiré. Vérifiez-le sur l’écran.")


class Waiting(NamedTuple):
    """A request that a code names, and its app."""

    row: PolledRow
    client: Client


class DevicePages:
    """The routes, with what they work with."""

    def __init__(self, server: Server, people: People) -> None:
        self._server = server
        self._access = people.access
        self._guesses = Guesses(people.throttle)

    def router(self) -> APIRouter:
        """The FastAPI router of these pages."""
        router = page_router()
        router.add_api_route(DEVICE_PATH, self.show, methods=["GET"])
        router.add_api_route(DEVICE_PATH, self.look_up, methods=["POST"])
        router.add_api_route(_ANSWER_PATH, self.answer, methods=["POST"])
        router.add_api_route(DEVICE.ends_on + "{polled_id}", self.done, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        """The form. A code in the address is shown to be compared, and looked up only when she says so."""
        letters = read_code(parse_query(request).single("user_code"))
        return await self._form(request, shown(letters) if letters else "")

    async def look_up(self, request: Request) -> Response:
        """Which app asks, from where; she says whether that is hers."""
        session, form = await self._access.posted(request)
        found = await self._found(request, session, form.single("user_code"))
        if not isinstance(found, Waiting):
            return found
        app, ago = found.client.metadata, self._server.clock.now() - (found.row.expires_at - LIFETIME)
        return render(
            request,
            "device/confirm.html",
            app=app,
            verified_on=show_date(app.verified_on, translator_for(request)) if app.verified_on else "",
            code=shown(read_code(form.single("user_code")) or ""),
            minutes=ago // MINUTE,
            anyone=app.auth_method == "none",
            action=_ANSWER_PATH,
        )

    async def answer(self, request: Request) -> Response:
        """It is hers, and she goes on as with any request; or it is not, and the app is told no."""
        session, form = await self._access.posted(request)
        decision = form.single("decision")
        if decision not in {"go-on", "stop"}:
            raise AccordError("invalid_request", "decision is go-on or stop.")
        found = await self._found(request, session, form.single("user_code"))
        if not isinstance(found, Waiting):
            return found
        caller = caller_of(request, session, self._server.clock)
        pending_id = await self._taken(found.row, caller, refused=decision == "stop")
        if pending_id is None:
            raise gone()  # another browser has it since
        if decision == "stop":
            return _see(DEVICE.ends_on + found.row.id)
        return _see(CONTINUE_PATH + pending_id)

    async def done(self, request: Request, polled_id: str) -> Response:
        """Back to the other screen; told to the browser that answered, and to no other."""
        session = await self._access.load_session(request)
        async with self._server.db.reading() as tx:
            row = await store.find(tx, polled_id)
            if row is None or row.kind != DEVICE.name or row.answered_at is None:
                raise gone()
            own = await pending.find(tx, row.pending_id or "", self._server.clock.now())
            client = await find_client(tx, row.client_id)
        if client is None or session is None or own is None or own.session_id != session.id:
            raise gone()
        approved = row.line_id is not None
        return render(request, "device/answered.html", app=client.metadata, approved=approved)

    async def _found(self, request: Request, session: Session, typed: str) -> Waiting | Response:
        """The request of a code, counting those that are wrong; else the form again, which says so."""
        letters, caller = read_code(typed), caller_of(request, session, self._server.clock)
        if letters is None:
            return await self._form(request, typed[:20], _SHAPE)
        async with self._server.db.transaction() as tx:
            seconds = await self._guesses.count(tx, caller)
            found = None
            if not seconds:
                hashed = code_hash(self._server.secrets.token_hash, letters)
                row = await store.find_by_code(tx, hashed)
                client = None if row is None else await find_client(tx, row.client_id)
                if row is not None and client is not None and row.is_open(caller.now):
                    found = None if client.suspended else Waiting(row, client)
            if found is not None:
                await self._guesses.give_back(tx, caller)
        if seconds:
            return await self._form(request, shown(letters), throttled=Throttled(seconds))
        return found or await self._form(request, shown(letters), _UNKNOWN)

    async def _taken(self, row: PolledRow, caller: Caller, *, refused: bool) -> str | None:
        """Make it the request of one browser, and of no other; the pending one that it is there."""
        async with self._server.db.transaction() as tx:
            pending_id = await bring(tx, row, caller.session.id, caller.now)
            if pending_id is None or not refused:
                return pending_id
            if not await store.answer(tx, row.id, caller.now):
                return None
            event = PolledRefused(client=row.client_id, kind=row.kind, polled=row.id)
            await self._server.ledger.append(
                tx, event, person=caller.session.person, now=caller.now, request_id=caller.trace_id
            )
        return pending_id

    async def _form(
        self, request: Request, code: str, problem: str = "", throttled: Throttled | None = None
    ) -> Response:
        translator = translator_for(request)
        said = too_often(translator, throttled) if throttled else problem and translator.gettext(problem)
        return await self._access.page(
            request,
            lambda _session: render(
                request,
                "device/enter.html",
                status=429 if throttled else 400 if problem else 200,
                headers=retry_after(throttled) if throttled else None,
                errors={"user_code": said} if said else {},
                code=code,
                given=bool(code) and not said,
                action=DEVICE_PATH,
            ),
        )


def _see(location: str) -> Response:
    return RedirectResponse(location, 303)  # never 307, which would repeat a POST at the next place
