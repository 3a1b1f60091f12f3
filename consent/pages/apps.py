"""/account/apps: who reads what of her, and how to stop it."""

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.acts import Decided, ItemChange
from consent.choices import Shelf, read_choice
from consent.grants import PAGE, GrantRow, find_grant, list_open_first, list_revisions, place_of
from consent.mirror.days import reads_by_week
from consent.mirror.entries import date_of
from consent.mirror.pages import view_of
from consent.mirror.standing import MOST_COUNTED, count_states, mirror_of
from consent.mirror.totals import last_reads
from consent.pages.cards import Card, make_card, shared_scopes, terms_of
from consent.pages.host import Host, Member
from consent.pages.words import KINDS
from consent.profile.store import load_all, shelf_of
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for

APPS = "/account/apps"


def gone() -> AccordError:
    """There is no such grant of hers, or there is nothing left of it to change."""
    return AccordError("not_found", "There is no such authorization on this account.", status=404)


def checked_id(text: str) -> str:
    """`text` if it has the shape of an id. Raises AccordError not_found."""
    if not is_id(text):
        raise gone()
    return text


class AppPages:
    """The dashboard and an app's own page."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(APPS, self.dashboard, methods=["GET"])
        router.add_api_route(APPS + "/{grant_id}", self.app, methods=["GET"])
        router.add_api_route(APPS + "/{grant_id}/revoke", self.revoke, methods=["POST"])
        router.add_api_route(APPS + "/{grant_id}/scopes/{scope}/revoke", self.revoke_scope, methods=["POST"])
        router.add_api_route(APPS + "/{grant_id}/scopes/{scope}/items", self.choose_items, methods=["POST"])

    async def dashboard(self, request: Request) -> Response:
        """Every app, the living ones first on the first page."""
        member = await self._host.person(request)
        query = parse_query(request)
        before, ended = query.single("before"), query.single("ended")
        now = self._host.clock.now()
        async with self._host.db.reading() as tx:
            rows = await list_open_first(tx, member.id, before=before, most=PAGE + 1)
            counts = await count_states(tx, member.id, now)
            cards = await self._cards(tx, request, member, rows[:PAGE])
            stopped = await find_grant(tx, member.id, ended) if is_id(ended) else None
            waiting = await self._host.waiting(tx, member.id)
        return render(
            request,
            "consent/apps.html",
            living=[card for card in cards if card.living],
            ended=[card for card in cards if not card.living],
            counts=counts,
            most_counted=MOST_COUNTED,
            now=now,
            waiting=waiting,
            older=f"{APPS}?before={place_of(rows[PAGE - 1])}" if len(rows) > PAGE else "",
            stopped=terms_of(stopped) if stopped is not None and not stopped.lives(now) else None,
        )

    async def app(self, request: Request, grant_id: str) -> Response:
        """One app: what it may read today, how often it did, each decision with its receipt."""
        member = await self._host.person(request)
        now, t = self._host.clock.now(), translator_for(request)
        async with self._host.db.reading() as tx:
            row = await self._found(tx, member, grant_id)
            shelf = shelf_of(await load_all(tx, member.owner))
            (card,) = await self._cards(tx, request, member, [row], shelf)
            revisions = await list_revisions(tx, member.id, row.id)
            weeks = await reads_by_week(tx, member.id, row.id, now)
            mirror = await mirror_of(tx, member.id, row, now) if row.lives(now) else ()
            told = await self._host.told(tx, row.id)
        return render(
            request,
            "consent/app.html",
            card=card,
            terms=terms_of(row),
            scopes=shared_scopes(row, shelf, t),
            email=member.email if member.verified else "",
            choice=read_choice(row.choice_json),
            revisions=revisions,
            chart=[(t.dates.calendar_day(date_of(day)), reads) for day, reads in weeks],
            mirror=view_of(mirror, now, t),
            now=now,
            kinds=KINDS,
            saved=parse_query(request).single("saved"),
            told=told,
        )

    async def revoke(self, request: Request, grant_id: str) -> Response:
        """End a grant: one tap, as accepting is one tap."""
        posted = await self._host.posted_by_person(request)
        async with self._host.db.transaction() as tx:
            row = await self._found(tx, posted.member, grant_id)
            act = self._host.act(request, posted.member, row.subject)
            await self._host.decisions.revoke(tx, row.id, act)  # None: ended already, which is what she wants
        return RedirectResponse(f"{APPS}?ended={row.id}", 303)

    async def revoke_scope(self, request: Request, grant_id: str, scope: str) -> Response:
        """Take one scope back; where the app cannot do without it, everything ends."""
        posted = await self._host.posted_by_person(request)
        async with self._host.db.transaction() as tx:
            row = await self._found(tx, posted.member, grant_id)
            act = self._host.act(request, posted.member, row.subject)
            decided = await self._host.decisions.revoke_scope(tx, row.id, scope, act)
            after = await self._found(tx, posted.member, grant_id)
        ended = after.revoked_at is not None
        return RedirectResponse(f"{APPS}?ended={row.id}" if ended else _saved(row, decided), 303)

    async def choose_items(self, request: Request, grant_id: str, scope: str) -> Response:
        """Share or hold back the items of a scope, as ticked. `shown`: ids that the form listed."""
        posted = await self._host.posted_by_person(request)
        listed = frozenset(posted.form.many("shown"))
        ticked = listed & frozenset(posted.form.many("share"))
        async with self._host.db.transaction() as tx:
            row = await self._found(tx, posted.member, grant_id)
            act = self._host.act(request, posted.member, row.subject)
            change = ItemChange(scope, share=ticked, hold_back=listed - ticked)
            decided = await self._host.decisions.change_items(tx, row.id, change, act)
        return RedirectResponse(_saved(row, decided), 303)

    async def _found(self, tx: Transaction, member: Member, grant_id: str) -> GrantRow:
        row = await find_grant(tx, member.id, checked_id(grant_id))
        if row is None:
            raise gone()
        return row

    async def _cards(
        self,
        tx: Transaction,
        request: Request,
        member: Member,
        rows: Sequence[GrantRow],
        shelf: Shelf | None = None,
    ) -> list[Card]:
        shelf = shelf_of(await load_all(tx, member.owner)) if shelf is None else shelf
        reads = await last_reads(tx, member.id, [row.id for row in rows])
        now, t = self._host.clock.now(), translator_for(request)
        return [make_card(row, shelf, reads.get(row.id), now, t) for row in rows]


def _saved(row: GrantRow, decided: Decided | None) -> str:
    return f"{APPS}/{row.id}" + ("?saved=1" if decided is not None else "")
