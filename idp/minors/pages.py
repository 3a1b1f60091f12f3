"""/with-a-parent for the child, /account/children for the parent."""

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.decisions import Decisions
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, Room, page_router
from foundation.web.templates import render, translator_for
from idp.minors import rows
from idp.minors.agreements import Agreements, Family
from idp.minors.rows import Answer
from idp.people.addresses import digest_of_text, parse_address
from idp.people.ages import still_minor, today
from idp.people.callers import caller_of
from idp.people.pages.common import BAD_EMAIL, too_often
from idp.people.room import People
from idp.people.session import Session

ROOM = Room("minors", Path(__file__).parent)
MENU = (NavItem(N_("Accords pour mes enfants"), "/account/children", "person"),)
ERRORS = (
    ErrorWords(
        "needs_parent",
        N_("Il faut l’accord d’un parent"),
        N_(
            "Avant 15 ans, on partage avec un parent. Repartez de l’application : la question vous sera posée"
            " à tous les deux. Arrêter un partage, vous le pouvez toujours seul."
        ),
        N_("Mes applications"),
        "/account/apps",
    ),
    ErrorWords(
        "not_the_parent",
        N_("Cette demande n’est pas pour ce compte"),
        N_(
            "Connectez-vous avec l’adresse qui a reçu le message. Vous n’avez pas encore de compte ? Créez-le"
            " avec cette adresse, puis rouvrez le lien."
        ),
        N_("Mes accords"),
        "/account/children",
    ),
    ErrorWords(
        "agreement_closed",
        N_("Cette demande n’attend plus de réponse"),
        N_("Elle a déjà une réponse, ou elle est trop ancienne. Rien n’a changé par votre clic."),
        N_("Mes accords"),
        "/account/children",
    ),
)
_CHILD, _PARENT = "/with-a-parent/{agreement_id}", "/account/children/{agreement_id}"
_DONE = {
    "agreed": N_("C’est noté. Votre enfant peut maintenant terminer de son côté."),
    "refused": N_("C’est noté. Rien ne sera partagé."),
    "ended": N_("C’est arrêté. L’application ne peut plus rien lire."),
}
_ANSWERS: Mapping[str, Answer] = {"accept": "agreed", "refuse": "refused"}


class Given(NamedTuple):
    """What a parent answered, in a list. open: whether it can be taken back."""

    id: str
    state: str
    child: str
    app: str
    decided_at: int | None
    open: bool


class MinorPages:
    """The pages of this room."""

    def __init__(self, people: People, decisions: Decisions) -> None:
        self._people = people
        self._steps = Agreements(people, decisions)
        self._person = people.access.require_role("person")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(_CHILD, self.child, methods=["GET"])
        router.add_api_route(_CHILD, self.name_parent, methods=["POST"])
        router.add_api_route("/account/children", self.given, methods=["GET"])
        router.add_api_route(_PARENT, self.parent, methods=["GET"])
        router.add_api_route(_PARENT, self.answer, methods=["POST"])
        router.add_api_route(_PARENT + "/end", self.end, methods=["POST"])
        return router

    # --- the child ---------------------------------------------------------------------------------------

    async def child(self, request: Request, agreement_id: str) -> Response:
        """How far it is, and what to do now."""
        session = await self._person(request)
        return await self._child_page(request, await self._own(session, agreement_id))

    async def name_parent(self, request: Request, agreement_id: str) -> Response:
        """Ask a parent by mail."""
        await self._person(request)
        session, form = await self._people.access.posted(request)
        family, t = await self._own(session, agreement_id), translator_for(request)
        typed = form.single("email")
        address, lookup = parse_address(typed), self._people.server.secrets.lookup
        if address is None:
            return await self._child_page(request, family, typed, t.gettext(BAD_EMAIL))
        if digest_of_text(lookup, address.text) == digest_of_text(lookup, session.email):
            own = N_("C’est votre adresse. Écrivez celle de votre parent.")
            return await self._child_page(request, family, typed, t.gettext(own))
        caller = caller_of(request, session, self._people.server.clock)
        throttled = await self._steps.name_parent(family, address, caller)
        if throttled is not None:
            return await self._child_page(request, family, typed, too_often(t, throttled))
        return RedirectResponse(f"/with-a-parent/{agreement_id}", 303)

    async def _child_page(
        self, request: Request, family: Family, email: str = "", error: str = ""
    ) -> Response:
        found, told = family.agreement, family.told
        late = await self._steps.is_late(family, self._people.server.clock.now())
        return render(
            request,
            "minors/child.html",
            status=400 if error else 200,
            state="late" if late and found.state in {"drafted", "asked", "agreed"} else found.state,
            told=told,
            action=f"/with-a-parent/{found.id}",
            go_on=f"/authorize/continue/{told.pending_id}",
            email=email,
            errors={"email": error} if error else {},
        )

    async def _own(self, session: Session, agreement_id: str) -> Family:
        family = await self._steps.of_child(session, agreement_id)
        if family is None:
            raise AccordError("not_found", "There is no such request of this account.", status=404)
        return family

    # --- the parent --------------------------------------------------------------------------------------

    async def given(self, request: Request) -> Response:
        """What this account answered for its children."""
        session = await self._person(request)
        done = _DONE.get(parse_query(request).single("done"), "")
        now, listed = self._people.server.clock.now(), []
        async with self._people.server.db.reading() as tx:
            found = await rows.of_parent(tx, session.account_id or "")
        for one in found:
            family = await self._steps.for_parent(session, one.id)
            if family is not None:
                async with self._people.server.db.reading() as tx:
                    minor = await self._steps.is_minor(tx, family, now)
                summary = family.told.summary
                ends = minor and one.state in {"agreed", "used"}
                listed.append(
                    Given(one.id, one.state, family.told.child, summary["app"], one.decided_at, ends)
                )
        told = translator_for(request).gettext(done) if done else ""
        return render(request, "minors/given.html", given=listed, done=told)

    async def parent(self, request: Request, agreement_id: str) -> Response:
        """What the child chose, to agree to or not."""
        session = await self._person(request)
        return await self._parent_page(request, await self._asked(session, agreement_id))

    async def answer(self, request: Request, agreement_id: str) -> Response:
        """Yes or no; an adult who says so, with parental authority."""
        await self._person(request)
        session, form = await self._people.access.posted(request)
        family = await self._asked(session, agreement_id)
        answer = _ANSWERS.get(form.single("decision"))
        if answer is None:
            raise AccordError("invalid_request", "decision is accept or refuse.")
        if answer == "agreed" and form.single("adult") != "1":
            return await self._parent_page(request, family, wrong=True)
        caller = caller_of(request, session, self._people.server.clock)
        if not await self._steps.answer(family, answer, session, caller):
            raise _closed()
        return RedirectResponse(f"/account/children?done={answer}", 303)

    async def end(self, request: Request, agreement_id: str) -> Response:
        """Take it back."""
        await self._person(request)
        session, _ = await self._people.access.posted(request)
        family = await self._asked(session, agreement_id)
        if not await self._steps.end(family, session, caller_of(request, session, self._people.server.clock)):
            raise _closed()
        return RedirectResponse("/account/children?done=ended", 303)

    async def _parent_page(self, request: Request, family: Family, *, wrong: bool = False) -> Response:
        found = family.agreement
        late = await self._steps.is_late(family, self._people.server.clock.now())
        unticked = N_("Cochez cette case pour accepter, ou refusez.")
        return render(
            request,
            "minors/parent.html",
            status=400 if wrong else 200,
            state="late" if late and found.state == "asked" else found.state,
            told=family.told,
            summary={"language": "", "transfers": "", "automated": "", **family.told.summary},
            action=f"/account/children/{found.id}",
            errors={"adult": translator_for(request).gettext(unticked)} if wrong else {},
        )

    async def _asked(self, session: Session, agreement_id: str) -> Family:
        """What this account is asked about; somebody under 15 is nobody's parent."""
        family = await self._steps.for_parent(session, agreement_id)
        if family is None or still_minor(session.of_age_on, today(self._people.server.clock.now())):
            raise AccordError("not_the_parent", "This request is for another account.", status=403)
        return family


def _closed() -> AccordError:
    return AccordError("agreement_closed", "This request does not wait for an answer.", status=409)
