"""/account/history: everything that happened under her grants, and every read."""

from collections.abc import Sequence
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.events import is_listing
from consent.grants import GrantRow, find_grant, list_grants
from consent.ledger.search import Filters, Page, history, search
from consent.pages.cards import terms_of
from consent.pages.host import Host, Member
from consent.pages.story import by_day, tell
from foundation.database import Transaction
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for

HISTORY = "/account/history"
_MOST_GRANTS = 200  # an index range each; older grants have their own history, from the dashboard
_PAGE = 30
_MORE = 300


class HistoryPages:
    """The history, of all apps or of one."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(HISTORY, self.show, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Events by day, newest first. `grant`: of one app; `reads`: reads alone, of one app."""
        member = await self._host.person(request)
        query = parse_query(request)
        grant, cursor, reads = query.single("grant"), query.single("after"), bool(query.single("reads"))
        now, t = self._host.clock.now(), translator_for(request)
        async with self._host.db.reading() as tx:
            rows = await self._grants(tx, member, grant)
            page = await self._events(tx, rows, cursor or None, reads=reads and bool(grant))
        told = tell(page.rows, rows, t, _PAGE)
        more = page.rows and told.last != page.rows[-1].event_id
        cursor_on = told.last if more else page.cursor
        return render(
            request,
            "consent/history.html",
            days=by_day(told.lines, t),
            app=terms_of(rows[0])["recipient"]["name"] if grant and rows else "",
            grant=grant if rows else "",
            reads=reads,
            older=_address(grant, cursor_on, reads=reads) if cursor_on else "",
            first=not cursor,
            now=now,
            zone=str(t.dates.zone),
        )

    async def _grants(self, tx: Transaction, member: Member, grant: str) -> list[GrantRow]:
        """Her grants, or the one asked for; another's is simply not found."""
        if not grant:
            return await list_grants(tx, member.id, most=_MOST_GRANTS)
        row = await find_grant(tx, member.id, grant) if is_id(grant) else None
        return [] if row is None else [row]

    async def _events(
        self, tx: Transaction, grants: Sequence[GrantRow], cursor: str | None, *, reads: bool
    ) -> Page:
        """A page of events; a longer one where some of them are told together, once."""
        page = await self._range(tx, grants, cursor, _PAGE, reads=reads)
        if page.cursor is None or not any(row.leaf is not None and is_listing(row.leaf) for row in page.rows):
            return page
        more = await self._range(tx, grants, page.cursor, _MORE, reads=reads)
        return Page([*page.rows, *more.rows], more.cursor)

    async def _range(
        self, tx: Transaction, grants: Sequence[GrantRow], cursor: str | None, limit: int, *, reads: bool
    ) -> Page:
        origin = self._host.log_origin
        if reads and grants:
            filters = Filters(grant=grants[0].id, event="data.read")
            return await search(tx, origin, filters, cursor=cursor, limit=limit)
        return await history(tx, origin, [row.id for row in grants], cursor=cursor, limit=limit)


def _address(grant: str, cursor: str, *, reads: bool) -> str:
    query = {"grant": grant, "reads": "1" if reads else "", "after": cursor}
    return f"{HISTORY}?{urlencode({name: value for name, value in query.items() if value})}"
