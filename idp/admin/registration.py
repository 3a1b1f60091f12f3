"""/admin/registration: who lets apps register by themselves: tokens to make and revoke, whose word counts."""

from collections.abc import Mapping
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.catalogue import CATALOGUE
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.kit import page_router
from foundation.web.templates import render, translator_for
from idp.admin.token_form import GRANTS, SECONDS_A_DAY, Typed, offered_scopes, read_token_form
from idp.clients.declaration import ALWAYS
from idp.context import Server
from idp.partner.apps import hand_of
from idp.people.access import Access
from idp.people.accounts import find_account, open_holder
from idp.people.session import Session
from idp.registration import tokens
from idp.registration.issuing import issue_token, revoke_token
from idp.registration.statements import read_issuers

REGISTRATION = "/admin/registration"
_STATES = {
    "good": (N_("Valable"), "ok"),
    "over": (N_("Épuisé ou expiré"), "none"),
    "revoked": (N_("Révoqué"), "stop"),
}
_MODES = {
    "off": N_("Aucune application ne s’enregistre d’elle-même."),
    "token": N_("Une application s’enregistre d’elle-même avec un jeton que vous donnez."),
    "open": N_(
        "N’importe quelle application s’enregistre d’elle-même, sans jeton : elle ne demande d’abord que"
        " l’identifiant de la personne."
    ),
}


class ListedToken(NamedTuple):
    """A token, as the list has it. maker: an e-mail, "" for the command; mine: whether the reader made it."""

    row: tokens.TokenRow
    state: tuple[str, str]
    serves: bool
    maker: str
    mine: bool
    scopes: tuple[str, ...]
    grants: tuple[str, ...]
    secret_days: int


class RegistrationPages:
    """The administrator's pages about who may register apps."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._administrator = access.require_role("administrator")
        # Read once, as the endpoint reads it: what counts is what the server was started with.
        self._issuers = read_issuers(server.settings.software_statement_issuers)

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(REGISTRATION, self.overview, methods=["GET"])
        router.add_api_route(REGISTRATION + "/new", self.form, methods=["GET"])
        router.add_api_route(REGISTRATION + "/new", self.make, methods=["POST"])
        router.add_api_route(REGISTRATION + "/revoke", self.revoke, methods=["POST"])
        return router

    async def overview(self, request: Request) -> Response:
        """A page of tokens, the newest first, and whose software statements count."""
        session = await self._administrator(request)
        query, t, now = parse_query(request), translator_for(request), self._server.clock.now()
        before = query.single("before")
        async with self._server.db.reading() as tx:
            rows = await tokens.listed(tx, before=before if is_id(before) else "", most=tokens.PAGE + 1)
            shown = [await self._listed(tx, row, session, t, now) for row in rows[: tokens.PAGE]]
        settings = self._server.settings
        return render(
            request,
            "admin/registration.html",
            tokens=shown,
            mode=t.gettext(_MODES[settings.client_registration]),
            off=settings.client_registration == "off",
            documents=settings.client_id_documents,
            issuers={issuer: [key.kid for key in keys] for issuer, keys in self._issuers.items()},
            older=f"{REGISTRATION}?before={rows[tokens.PAGE - 1].id}" if len(rows) > tokens.PAGE else "",
            newer=REGISTRATION if is_id(before) else "",
            revoked=query.single("done") == "revoked",
            now=now,
        )

    async def form(self, request: Request) -> Response:
        """A new token, to be described."""
        await self._administrator(request)
        return _form(request, Typed(), {})

    async def make(self, request: Request) -> Response:
        """Make it, and show it: the only time that it can be."""
        await self._administrator(request)
        posted = await self._access.posted(request)
        typed, hand = read_token_form(posted.form), hand_of(request, posted.session, self._server)
        wish = typed.wish(hand.now)
        if wish is None:
            return _form(request, typed, typed.errors)
        async with self._server.db.transaction() as tx:
            _, text = await issue_token(self._server, tx, wish, hand)
        return render(request, "admin/token_made.html", text=text, wish=wish)

    async def revoke(self, request: Request) -> Response:
        """Nobody registers by it any more."""
        await self._administrator(request)
        posted = await self._access.posted(request)
        token_id, hand = posted.form.single("token"), hand_of(request, posted.session, self._server)
        async with self._server.db.transaction() as tx:
            if not is_id(token_id) or not await revoke_token(self._server, tx, token_id, hand):
                raise AccordError("not_found", "There is no such token to revoke.", status=404)
        return RedirectResponse(f"{REGISTRATION}?done=revoked", 303)

    async def _listed(
        self, tx: Transaction, row: tokens.TokenRow, session: Session, t: Translator, now: int
    ) -> ListedToken:
        policy, state = row.policy, row.state(now)
        word, kind = _STATES[state]
        mine = row.made_by == session.account_id
        return ListedToken(
            row,
            (t.gettext(word), kind),
            state == "good",
            "" if mine else await self._maker(tx, row.made_by, t),
            mine,
            tuple(t.gettext(CATALOGUE[name].label) for name in policy.approved if name != ALWAYS),
            tuple(t.gettext(GRANTS[name]) for name in policy.grant_types),
            policy.secret_seconds // SECONDS_A_DAY,
        )

    async def _maker(self, tx: Transaction, account_id: str | None, t: Translator) -> str:
        if account_id is None:
            return ""
        holder = await open_holder(tx, self._server.people, await find_account(tx, account_id))
        return t.gettext(N_("un compte effacé depuis")) if holder is None else holder.email


def _form(request: Request, typed: Typed, errors: Mapping[str, str]) -> Response:
    t = translator_for(request)
    return render(
        request,
        "admin/token.html",
        status=422 if errors else 200,
        typed=typed,
        errors={name: t.gettext(text) for name, text in errors.items()},
        scopes=[(name, t.gettext(CATALOGUE[name].label)) for name in offered_scopes()],
        grants=[(name, t.gettext(text)) for name, text in GRANTS.items()],
        longest=tokens.LONGEST_CONTACT,
    )
