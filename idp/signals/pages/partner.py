"""/partner/apps/…/signals: how an app is told, what it was told, and its word that it erased."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.clock import DAY, SECOND, to_datetime
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.forms import Form, parse_query
from foundation.web.kit import page_router
from foundation.web.templates import render, translator_for
from idp.clients.registry import Client, clients_of
from idp.context import Server
from idp.people.access import Access
from idp.people.session import Session
from idp.signals.erasure import LONGEST_STATEMENT, Attestation, attest, is_overdue
from idp.signals.replay import Replay, replay, send_verification
from idp.signals.state import owed_by, page_of_app
from idp.signals.streams import Wish, authorization_of, check_wish, configure, find_stream
from idp.signals.tables import EVENTS, LOGOUT

PATH = "/partner/apps/{client_id}/signals"
_DONE = {
    "delivery": N_("C’est enregistré. Ce qui attend part ainsi dès maintenant."),
    "test": N_("Un événement d’essai est parti. Son état s’affiche dans la liste ci-dessous."),
    "replay": N_("C’est reparti, avec les mêmes numéros : votre application reconnaît ce qu’elle a déjà."),
    "nothing": N_("Il n’y avait rien à renvoyer."),
    "attested": N_("Votre déclaration est inscrite au journal, et la personne la voit."),
}


class PartnerSignals:
    """The partner's pages, one app of hers at a time."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._partner = access.require_role("partner")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(PATH, self.show, methods=["GET"])
        for name, does in (
            ("delivery", self.deliver),
            ("test", self.test),
            ("replay", self.replay),
            ("attest", self.attest),
        ):
            router.add_api_route(f"{PATH}/{name}", does, methods=["POST"])
        return router

    async def show(self, request: Request, client_id: str) -> Response:
        """Everything about one app's events."""
        client = await self._mine(await self._partner(request), client_id)
        return await self._page(request, client, {}, {})

    async def deliver(self, request: Request, client_id: str) -> Response:
        """Push to an address, or let the app poll. An empty header leaves the one there is."""
        client, form = await self._posted(request, client_id)
        now, push_url = self._server.clock.now(), form.single("push_url").strip()
        async with self._server.db.reading() as tx:
            stream = await find_stream(tx, client.id)
        header = form.single("authorization").strip()
        if not header and stream is not None and not form.single("no_authorization"):
            header = authorization_of(self._server, stream)
        wish = Wish(push_url, header, "partner")
        try:
            check_wish(self._server, wish)
        except AccordError as error:
            name = "authorization" if error.code == "bad_authorization" else "push_url"
            return await self._page(request, client, {name: _WRONG[name]}, {"push_url": push_url})
        async with self._server.db.transaction() as tx:
            await configure(self._server, tx, client.id, wish, now)
        return _back(client, "delivery")

    async def test(self, request: Request, client_id: str) -> Response:
        """Send an event about nothing."""
        client, _ = await self._posted(request, client_id)
        async with self._server.db.transaction() as tx:
            await send_verification(self._server, tx, client.id, self._server.clock.now())
        return _back(client, "test")

    async def replay(self, request: Request, client_id: str) -> Response:
        """Send again: one event, or everything since a day."""
        client, form = await self._posted(request, client_id)
        signal_id, day = form.single("jti"), form.single("since")
        since = None if signal_id else _day(day)
        if not signal_id and since is None:
            return await self._page(request, client, {"since": _WRONG["since"]}, {"since": day[:10]})
        asked = Replay(client.id, "partner", signal_id, since or 0)
        async with self._server.db.transaction() as tx:
            done = await replay(self._server, tx, asked, self._server.clock.now())
        return _back(client, "replay" if done.again else "nothing")

    async def attest(self, request: Request, client_id: str) -> Response:
        """Say that what was read under a grant is erased."""
        client, form = await self._posted(request, client_id)
        now, jti = self._server.clock.now(), form.single("jti")
        day = _day(form.single(f"erased-{jti}"))
        wrong = {f"erased-{jti}": _WRONG["erased"]}
        if day is None:
            return await self._page(request, client, wrong, {})
        # The day has no hour: its last moment, or now.
        erased_at = min(day + DAY - SECOND, now) if day <= now else day
        statement = " ".join(form.single(f"statement-{jti}").split())[:LONGEST_STATEMENT]
        try:
            async with self._server.db.transaction() as tx:
                word = Attestation(jti, "", erased_at, statement, "form")
                await attest(self._server, tx, client.id, word, now)
        except AccordError as error:
            if error.code != "bad_attestation":
                raise
            return await self._page(request, client, wrong, {})
        return _back(client, "attested")

    async def _posted(self, request: Request, client_id: str) -> tuple[Client, Form]:
        await self._partner(request)
        posted = await self._access.posted(request)
        return await self._mine(posted.session, client_id), posted.form

    async def _mine(self, session: Session, client_id: str) -> Client:
        async with self._server.db.reading() as tx:
            clients = await clients_of(tx, session.account_id or "")
        client = next((one for one in clients if one.id == client_id), None)
        if client is None:
            raise AccordError("not_found", "There is no such application on this account.", status=404)
        return client

    async def _page(
        self, request: Request, client: Client, errors: Mapping[str, str], typed: Mapping[str, Any]
    ) -> Response:
        server, now, query = self._server, self._server.clock.now(), parse_query(request)
        before, done = query.single("before"), _DONE.get(query.single("done"), "")
        async with server.db.reading() as tx:
            stream, logouts = [await find_stream(tx, client.id, channel) for channel in (EVENTS, LOGOUT)]
            owed = await owed_by(server, tx, client.id, now)
            events, older = await page_of_app(server, tx, client.id, before, now)
            late = await is_overdue(tx, client.id, now)
        return render(
            request,
            "signals/partner.html",
            status=422 if errors else 200,
            app=client.metadata.name,
            client_id=client.id,
            stream=stream,
            logouts=logouts,
            logout_uri=client.metadata.backchannel_logout_uri,
            values={"push_url": (stream and stream.push_url) or "", "since": ""} | dict(typed),
            errors={name: translator_for(request).gettext(text) for name, text in errors.items()},
            owed=owed,
            events=events,
            newer=PATH.format(client_id=client.id) if before else "",
            older=f"{PATH.format(client_id=client.id)}?before={events[-1].id}" if older else "",
            late=late,
            now=now,
            today=to_datetime(now).date().isoformat(),
            done=translator_for(request).gettext(done) if done else "",
        )


_WRONG = {
    "push_url": N_("Donnez une adresse publique qui commence par https://, ou laissez vide."),
    "authorization": N_("Écrivez au plus 1 000 caractères ASCII, par exemple : Bearer suivi d’un secret."),
    "since": N_("Choisissez un jour."),
    "erased": N_("Choisissez un jour passé, après la fin de l’autorisation."),
}


def _back(client: Client, done: str) -> Response:
    return RedirectResponse(f"{PATH.format(client_id=client.id)}?done={done}", 303)


def _day(text: str) -> int | None:
    """The first moment (UTC) of an ISO date, in microseconds; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    if len(text) != 10 or not 2000 <= day.year <= 2999:
        return None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND
