"""/partner/apps: one app of the partner's, what it may ask, and asking to change that."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.abroad import SAFEGUARDS
from consent.catalogue import CATALOGUE, OFFLINE, PURPOSES
from consent.limits import MOST_READS
from consent.purposes import LAWFUL_BASES
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.kit import page_router
from foundation.web.templates import render, translator_for
from idp.clients.declaration import LONGEST, Declaration, declared_in, explained
from idp.clients.declarations import Declarations, Hand, Stale
from idp.clients.registry import Client, clients_of
from idp.clients.versions import Version, history_of
from idp.context import Server
from idp.partner.declared import PERIODS, basis_words, differences, lines_of
from idp.partner.form import Typed, Values, offered_scopes, read_declaration, values_of
from idp.people.access import Access
from idp.people.session import Session

APP = "/partner/apps/{client_id}"
DECIDED = ErrorWords(
    "declaration_decided",
    N_("Cette demande n’attend plus de décision"),
    N_("Elle a été décidée, retirée ou remplacée entre-temps. Rien n’a changé par votre clic."),
)
STATES: Mapping[str, tuple[str, str]] = {
    "submitted": (N_("En attente"), "warn"),
    "approved": (N_("En vigueur"), "ok"),
    "refused": (N_("Refusée"), "stop"),
    "withdrawn": (N_("Retirée"), "none"),
    "superseded": (N_("Remplacée"), "none"),
}
_DONE = {
    "sent": N_("Votre demande est envoyée. Un administrateur la lit et vous répond ici."),
    "withdrawn": N_("Votre demande est retirée."),
}


class AskedScope(NamedTuple):
    """A scope on the form. explained: whether it takes a reason; promised: whether it can be required."""

    name: str
    label: str
    contents: str
    explained: bool


class Mine(NamedTuple):
    """An app of the partner's, with its versions, the newest first."""

    client: Client
    versions: Sequence[Version]

    @property
    def holds(self) -> Declaration:
        return declared_in(self.client.metadata)

    @property
    def waiting(self) -> Version | None:
        return next((one for one in self.versions if one.state == "submitted"), None)

    @property
    def draft(self) -> Declaration:
        """Where a new version starts from: the last one written, whatever became of it."""
        return self.versions[0].declared if self.versions else self.holds


class AppPages:
    """One app at a time."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._partner = access.require_role("partner")
        self._declarations = Declarations(server.ledger)

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(APP, self.app, methods=["GET"])
        router.add_api_route(APP + "/declaration", self.edit, methods=["GET"])
        router.add_api_route(APP + "/declaration", self.save, methods=["POST"])
        router.add_api_route(APP + "/withdraw", self.withdraw, methods=["POST"])
        return router

    async def app(self, request: Request, client_id: str) -> Response:
        """What the app asks by, what waits, and what became of every version."""
        mine, t = await self._mine(await self._partner(request), client_id), translator_for(request)
        done = _DONE.get(parse_query(request).single("done"), "")
        waiting = mine.waiting
        return render(
            request,
            "partner/app.html",
            app=mine.client.metadata,
            client_id=client_id,
            lines=lines_of(mine.holds, t),
            waiting=waiting,
            changes=differences(mine.holds, waiting.declared, t) if waiting else [],
            refused=mine.versions[0] if mine.versions and mine.versions[0].state == "refused" else None,
            versions=mine.versions,
            states=STATES,
            done=t.gettext(done) if done else "",
        )

    async def edit(self, request: Request, client_id: str) -> Response:
        """The form, filled in with the last version written."""
        mine = await self._mine(await self._partner(request), client_id)
        return _form(request, mine, values_of(mine.draft))

    async def save(self, request: Request, client_id: str) -> Response:
        """Check the form, show what it says, then send it; or go back to it."""
        await self._partner(request)
        posted = await self._access.posted(request)
        mine = await self._mine(posted.session, client_id)
        typed = read_declaration(posted.form, mine.holds)
        step = posted.form.single("step")
        if step == "edit" or typed.errors:
            return _form(request, mine, typed.values, typed.errors if step != "edit" else {})
        if step != "send":
            return _check(request, mine, typed)
        return await self._send(request, posted.session, mine, typed.declared)

    async def _send(self, request: Request, session: Session, mine: Mine, declared: Declaration) -> Response:
        async with self._server.db.transaction() as tx:
            hand = hand_of(request, session, self._server)
            sent = await self._declarations.submit(tx, mine.client.id, declared, hand)
        if isinstance(sent, Stale):
            raise no_app()
        return RedirectResponse(f"/partner/apps/{mine.client.id}?done=sent", 303)

    async def withdraw(self, request: Request, client_id: str) -> Response:
        """Take back the version that waits."""
        await self._partner(request)
        posted = await self._access.posted(request)
        mine = await self._mine(posted.session, client_id)
        waiting = mine.waiting
        if waiting is None or str(waiting.version) != posted.form.single("version"):
            raise decided()
        async with self._server.db.transaction() as tx:
            hand = hand_of(request, posted.session, self._server)
            done = await self._declarations.withdraw(tx, client_id, waiting.version, hand)
        if not done:
            raise decided()
        return RedirectResponse(f"/partner/apps/{client_id}?done=withdrawn", 303)

    async def _mine(self, session: Session, client_id: str) -> Mine:
        async with self._server.db.reading() as tx:
            for client in await clients_of(tx, session.account_id or ""):
                if client.id == client_id:
                    return Mine(client, await history_of(tx, client_id))
        raise no_app()


def hand_of(request: Request, session: Session, server: Server) -> Hand:
    """Whoever is signed in, acting now."""
    trace = request.scope["state"]["trace_id"]
    return Hand(server.clock.now(), session.account_id, session.person, trace)


def no_app() -> AccordError:
    """Not an app of this partner's, or none at all: both read the same."""
    return AccordError("not_found", "There is no such application here.", status=404)


def decided() -> AccordError:
    """Somebody was quicker."""
    return AccordError("declaration_decided", "This request is not waiting for a decision.", status=409)


def _form(request: Request, mine: Mine, values: Values, errors: Mapping[str, str] | None = None) -> Response:
    t = translator_for(request)
    return render(
        request,
        "partner/declaration.html",
        status=422 if errors else 200,
        app=mine.client.metadata,
        client_id=mine.client.id,
        values=values,
        errors={name: t.gettext(text) for name, text in (errors or {}).items()},
        scopes=[_asked(name, t) for name in offered_scopes() if name != OFFLINE],
        offline=_asked(OFFLINE, t),
        purposes=[(code, t.gettext(purpose.label)) for code, purpose in PURPOSES.items()],
        bases=[(code, basis_words(code, t)) for code in LAWFUL_BASES],
        periods=[(code, t.gettext(text)) for code, text in PERIODS.items()],
        safeguards=[("", t.gettext(N_("Aucun transfert"))), *_safeguards(t)],
        longest=LONGEST,
        most_reads=MOST_READS,
    )


def _safeguards(t: Translator) -> list[tuple[str, str]]:
    return [(code, f"{t.gettext(one.label)} (art. {one.article})") for code, one in SAFEGUARDS.items()]


def _asked(name: str, t: Translator) -> AskedScope:
    scope = CATALOGUE[name]
    return AskedScope(name, t.gettext(scope.label), t.gettext(scope.contents), explained(name))


def _check(request: Request, mine: Mine, typed: Typed) -> Response:
    t = translator_for(request)
    context: dict[str, Any] = {"changes": differences(mine.holds, typed.declared, t)}
    return render(
        request,
        "partner/check.html",
        app=mine.client.metadata,
        client_id=mine.client.id,
        lines=lines_of(typed.declared, t),
        hidden={name: value for name, value in typed.values.items() if value},
        **context,
    )
