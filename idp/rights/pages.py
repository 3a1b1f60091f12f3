"""/account/delete: what goes, what stays and until when, her password. /erased: that it was done."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.grants import find_grant
from consent.pages.cards import terms_of
from consent.pages.stored import read_event, why_not
from consent.rights.evidence import grants_of
from consent.rights.periods import after_years
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.kit import Room, page_router
from foundation.web.templates import render, translator_for
from idp.people.callers import caller_of
from idp.people.outcomes import Throttled, Wrong
from idp.people.pages.common import retry_after, see_other, too_often
from idp.people.security import her_of
from idp.people.session import Session
from idp.rights.asking import Asking

ROOM = Room("erasing", Path(__file__).parent)
DELETE = "/account/delete"
_WRONG = N_("Ce n’est pas votre mot de passe actuel.")
ERRORS = (
    ErrorWords(
        "account_erased",
        N_("Ce compte est effacé"),
        N_("Tout ce qui était à vous ici a été effacé. Il n’y a plus rien à faire."),
    ),
    ErrorWords(
        "no_such_erasure",
        N_("Nous n’avons pas trouvé cet effacement"),
        N_("Le lien est incomplet, ou la preuve n’est plus publiée. Vérifiez le lien reçu par e-mail."),
    ),
    ErrorWords(
        "no_evidence",
        N_("Aucune preuve n’est gardée pour cette autorisation"),
        N_("Elle est inconnue, encore ouverte, ou le délai est passé et la preuve a été détruite."),
    ),
    ErrorWords(
        "bad_case",
        N_("Cette référence de dossier ne convient pas"),
        N_("Des capitales, des chiffres, des tirets et des barres, quarante caractères au plus. Aucun nom."),
    ),
)


class ErasurePages:
    """The page before, and the one after."""

    def __init__(self, asking: Asking) -> None:
        self._asking = asking
        self._server = asking.people.server
        self._access = asking.people.access
        self._person = self._access.require_role("person")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(DELETE, self.show, methods=["GET"])
        router.add_api_route(DELETE, self.erase, methods=["POST"])
        router.add_api_route("/erased/{event_id}", self.erased, methods=["GET"])
        return router

    async def show(self, request: Request) -> Response:
        return await self._page(request, await self._person(request))

    async def erase(self, request: Request) -> Response:
        """Her password is right: everything goes, her session with it."""
        await self._person(request)
        session, form = await self._access.posted(request)
        caller = caller_of(request, session, self._server.clock)
        outcome = await self._asking.erase(form.single("current_password"), caller)
        if isinstance(outcome, (Wrong, Throttled)):
            return await self._page(request, session, outcome)
        response = see_other(f"/erased/{outcome.event_id}")
        self._asking.people.sessions.cookies.removal().put_on(response)
        return response

    async def erased(self, request: Request, event_id: str) -> Response:
        """That an erasure took place, for whoever holds its number: it names nobody."""
        async with self._server.db.reading() as tx:
            found = await read_event(tx, None, event_id) if is_id(event_id) else None
            none = AccordError("no_such_erasure", "There is no such erasure in the log.", status=404)
            if found is None:
                raise await why_not(tx, event_id, none)
        leaf = found.row.leaf
        if leaf is None or leaf.event != "person.erased":
            raise none
        until = leaf.facts["evidence_until"]
        return await self._access.page(
            request, lambda _session: render(request, "erasing/erased.html", leaf=leaf, until=until)
        )

    async def _page(
        self, request: Request, session: Session, wrong: Wrong | Throttled | None = None
    ) -> Response:
        now, t = self._server.clock.now(), translator_for(request)
        throttled = wrong if isinstance(wrong, Throttled) else None
        error = "" if wrong is None else too_often(t, throttled) if throttled else t.gettext(_WRONG)
        names, ever = await self._recipients(session, now)
        return render(
            request,
            "erasing/delete.html",
            status=429 if throttled else 400 if error else 200,
            headers=retry_after(throttled) if throttled else None,
            email=session.email,
            error=error,
            apps=names,
            years=self._server.settings.evidence_years,
            until=after_years(now, self._server.settings.evidence_years) if ever else None,
        )

    async def _recipients(self, session: Session, now: int) -> tuple[list[str], bool]:
        """Names of the apps that may read her now; whether she ever consented to anything."""
        her = her_of(session).account_id
        async with self._server.db.reading() as tx:
            grants = await grants_of(tx, her)
            living = [await find_grant(tx, her, grant.id) for grant in grants if grant.ended_at > now]
        return [terms_of(grant)["recipient"]["name"] for grant in living if grant is not None], bool(grants)
