"""/audit/unmasking: requests to know whom a pseudonym stands for; for auditors, and who decides with them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.ledger.moments import moment_of
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, Room, page_router
from foundation.web.templates import render, translator_for
from idp.context import Server
from idp.people.access import Access
from idp.people.session import Session
from idp.unmasking import rows
from idp.unmasking.life import (
    HOURS,
    LONGEST_CASE,
    LONGEST_REASON,
    QUIET_DAYS,
    Decision,
    Unmask,
    Wish,
    may_decide,
    may_look,
    state_of,
    wrong_in,
)
from idp.unmasking.unmasking import Staff, Unmasking

ROOM = Room("unmasking", Path(__file__).parent)
PATH = "/audit/unmasking"
NAVIGATION = (NavItem(N_("Identités"), PATH, "auditor"), NavItem(N_("Identités"), PATH, "administrator"))
ERRORS = (
    ErrorWords(
        "unmask_closed",
        N_("Cette demande ne vous est pas ouverte"),
        N_(
            "Elle a déjà une réponse, son délai est passé, ou c’est la vôtre : personne n’approuve sa propre"
            " demande. Rien n’a été montré."
        ),
        N_("Voir les demandes"),
        PATH,
    ),
    ErrorWords(
        "too_many_unmaskings",
        N_("Trop de demandes attendent une réponse"),
        N_("Attendez que quelqu’un réponde aux premières."),
        N_("Voir les demandes"),
        PATH,
    ),
)
STATES: Mapping[str, tuple[str, str]] = {
    "asked": (N_("Attend une réponse"), "warn"),
    "lapsed": (N_("Sans réponse"), "none"),
    "refused": (N_("Refusée"), "stop"),
    "searching": (N_("Approuvée, recherche en cours"), "warn"),
    "unknown": (N_("Approuvée, personne n’a été trouvé"), "none"),
    "open": (N_("Approuvée"), "ok"),
    "over": (N_("Terminée"), "none"),
}
_QUIET = {
    0: N_("Dès la fin de la consultation"),
    90: N_("Trois mois après : l’enquête doit rester secrète"),
    365: N_("Un an après : l’enquête doit rester secrète"),
}
_WRONG = {
    "person": N_("Ce pseudonyme n’est dans aucun événement du journal."),
    "reason": N_("Dites pourquoi en une phrase au moins."),
    "case": N_("Donnez la référence du dossier."),
    "hours": N_("Choisissez une durée."),
    "quiet": N_("Choisissez quand prévenir la personne."),
}
_DECISIONS: Mapping[str, Decision] = {"approve": "approved", "refuse": "refused"}
_PAST_EVERY_ID = "g"


class Line(NamedTuple):
    """A request as a page shows it. mine: whether the reader asked."""

    row: Unmask
    state: str
    label: str
    pill: str
    mine: bool
    asked_at: int


class UnmaskPages:
    """The pages of this room."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._steps = Unmasking(server)
        self._auditor = access.require_role("auditor")
        self._staff = access.require_role("auditor", "administrator")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(PATH, self.list, methods=["GET"])
        router.add_api_route(PATH + "/new", self.form, methods=["GET"])
        router.add_api_route(PATH + "/new", self.ask, methods=["POST"])
        router.add_api_route(PATH + "/{unmask_id}", self.show, methods=["GET"])
        router.add_api_route(PATH + "/{unmask_id}/decide", self.decide, methods=["POST"])
        router.add_api_route(PATH + "/{unmask_id}/look", self.look, methods=["POST"])
        return router

    async def list(self, request: Request) -> Response:
        """All of them, the newest first."""
        session, before = await self._staff(request), parse_query(request).single("before")
        async with self._server.db.reading() as tx:
            found = await rows.page(tx, before if is_id(before) else _PAST_EVERY_ID)
        return render(
            request,
            "unmasking/list.html",
            lines=[self._line(request, row, session) for row in found[: rows.PAGE]],
            newest=PATH if before else "",
            older=f"{PATH}?before={found[rows.PAGE - 1].id}" if len(found) > rows.PAGE else "",
            now=self._server.clock.now(),
        )

    async def form(self, request: Request) -> Response:
        """The question, for a pseudonym."""
        await self._auditor(request)
        return _form_page(request, {"person": parse_query(request).single("person")}, {})

    async def ask(self, request: Request) -> Response:
        """Ask."""
        await self._auditor(request)
        session, form = await self._access.posted(request)
        given = {name: form.single(name).strip() for name in _WRONG}
        wish = _wish(given)
        wrong = wrong_in(wish)
        if not wrong:
            staff = self._acting(request, session)
            async with self._server.db.transaction() as tx:
                unmask_id = await self._steps.ask(tx, wish, staff)
            if unmask_id is not None:
                return RedirectResponse(f"{PATH}/{unmask_id}", 303)
            wrong = ["person"]
        t = translator_for(request)
        return _form_page(request, given, {name: t.gettext(_WRONG[name]) for name in wrong})

    async def show(self, request: Request, unmask_id: str) -> Response:
        """One: why, until when, and what may be done now."""
        session = await self._staff(request)
        async with self._server.db.reading() as tx:
            row = await self._steps.find(tx, unmask_id)
        return self._page(request, row, session)

    async def decide(self, request: Request, unmask_id: str) -> Response:
        """Somebody else's yes or no."""
        await self._staff(request)
        session, form = await self._access.posted(request)
        said = _DECISIONS.get(form.single("decision"))
        if said is None:
            raise AccordError("invalid_request", "decision is approve or refuse.")
        staff = self._acting(request, session)
        async with self._server.db.transaction() as tx:
            row = await self._steps.find(tx, unmask_id)
            await self._steps.decide(tx, row, said, staff)
        return RedirectResponse(f"{PATH}/{unmask_id}", 303)

    async def look(self, request: Request, unmask_id: str) -> Response:
        """Who it is, for whoever asked; each time is recorded before it is shown."""
        await self._auditor(request)
        session, _ = await self._access.posted(request)
        staff = self._acting(request, session)
        async with self._server.db.transaction() as tx:
            row = await self._steps.find(tx, unmask_id)
            address = await self._steps.look(tx, row, staff)
        return self._page(request, row._replace(looks=row.looks + 1), session, address)

    def _page(self, request: Request, row: Unmask, session: Session, address: str = "") -> Response:
        now, account_id = self._server.clock.now(), session.account_id or ""
        words = self._steps.words(row)
        return render(
            request,
            "unmasking/request.html",
            line=self._line(request, row, session),
            words=words,
            quiet=translator_for(request).gettext(_QUIET[row.quiet_days]),
            decidable=may_decide(row, account_id, now),
            visible=may_look(row, account_id, now),
            address=address,
            now=now,
        )

    def _line(self, request: Request, row: Unmask, session: Session) -> Line:
        state = state_of(row, self._server.clock.now())
        label, pill = STATES[state]
        mine = row.asker_id == session.account_id
        return Line(row, state, translator_for(request).gettext(label), pill, mine, moment_of(row.id))

    def _acting(self, request: Request, session: Session) -> Staff:
        if session.account_id is None or session.person is None:
            raise AccordError("forbidden", "Nobody is signed in.", status=403)
        trace = request.scope["state"]["trace_id"]
        return Staff(session.account_id, session.person, self._server.clock.now(), trace)


def _wish(given: Mapping[str, str]) -> Wish:
    reason = given["reason"].replace("\r\n", "\n")
    return Wish(given["person"], reason, given["case"], _number(given["hours"]), _number(given["quiet"]))


def _number(text: str) -> int:
    """One of those offered, or one that never is."""
    return next((number for number in (*HOURS, *QUIET_DAYS) if str(number) == text), -1)


def _form_page(request: Request, given: Mapping[str, Any], errors: dict[str, str]) -> Response:
    t = translator_for(request)
    hours = [
        (str(number), t.ngettext("%(num)s heure", "%(num)s heures", number) % {"num": number})
        for number in HOURS
    ]
    return render(
        request,
        "unmasking/new.html",
        status=400 if errors else 200,
        given={"reason": "", "case": "", "hours": str(HOURS[0]), "quiet": "0"} | dict(given),
        errors=errors,
        hours=hours,
        quiet=[(str(days), t.gettext(text)) for days, text in _QUIET.items()],
        longest_reason=LONGEST_REASON,
        longest_case=LONGEST_CASE,
    )
