"""/account/history: what happened under her grants, by day, by field, and event by event for one app.

The first two come from the summaries (consent/mirror), whose cost does not go with what is in them; an app's
own events come from the ledger, by an index range.
"""

from datetime import date
from typing import cast
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.events import is_listing
from consent.grants import GrantRow, find_grant
from consent.ledger.searching.search import Filters, Page, search
from consent.mirror.by_field import by_dataset
from consent.mirror.days import history_by_day
from consent.mirror.entries import ALL, bounds_of, number_of
from consent.mirror.names import names_of
from consent.mirror.totals import readers_of, totals_of
from consent.mirror.words import dataset_label, field_label
from consent.pages.cards import terms_of
from consent.pages.host import Host, Member
from consent.pages.story import by_day, grants_in, tell, tell_days
from consent.profile.fields import DATASETS
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.forms import Form, parse_query
from foundation.web.i18n import Translator
from foundation.web.templates import render, translator_for

HISTORY = "/account/history"
_PAGE = 30
_MORE = 300
_FIRST_DAY = date(2020, 1, 1)


class HistoryPages:
    """The history: of all apps by day and by field, of one app event by event."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(HISTORY, self.show, methods=["GET"])
        router.add_api_route(HISTORY + "/fields", self.fields, methods=["GET"])
        router.add_api_route(HISTORY + "/fields/{dataset}", self.readers, methods=["GET"])

    async def show(self, request: Request) -> Response:
        """Events by day, newest first. `grant`: of one app; `reads`, `day`: of it, reads or a day alone."""
        member, query = await self._host.person(request), parse_query(request)
        return await (self._of_app if query.single("grant") else self._of_all)(request, member, query)

    async def fields(self, request: Request) -> Response:
        """What was read of her, dataset by dataset and field by field, by all apps together."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            totals = await totals_of(tx, member.id, [ALL])
        found = by_dataset(totals.items(), translator_for(request))
        return render(request, "mirror/fields.html", datasets=found, now=self._host.clock.now())

    async def readers(self, request: Request, dataset: str) -> Response:
        """Which apps read a dataset, the last first."""
        member, t = await self._host.person(request), translator_for(request)
        if dataset not in DATASETS:
            raise AccordError("not_found", "There is no such part of a profile.", status=404)
        after = parse_query(request).single("after")
        async with self._host.db.reading() as tx:
            found, cursor = await readers_of(tx, member.id, dataset, after or None)
            names = await names_of(tx, member.id, [key.grant_id for key, _ in found])
        readers = [
            (
                key.grant_id,
                names.get(key.grant_id, ""),
                [field_label(dataset, name, t) for name in key.fields.split()],
                total,
            )
            for key, total in found
        ]
        return render(
            request,
            "mirror/readers.html",
            label=dataset_label(dataset, t),
            readers=readers,
            older=f"{HISTORY}/fields/{dataset}?after={cursor}" if cursor else "",
            now=self._host.clock.now(),
        )

    async def _of_all(self, request: Request, member: Member, query: Form) -> Response:
        cursor, t = query.single("after"), _on_our_calendar(request)
        async with self._host.db.reading() as tx:
            page = await history_by_day(tx, member.id, cursor or None)
            named = [one for line in page.lines for one in grants_in(line.leaf)]
            names = await names_of(tx, member.id, named)
        return render(
            request,
            "mirror/history.html",
            days=tell_days(page.lines, names, t),
            dates=t.dates,
            app="",
            grant="",
            reads=False,
            day=None,
            older=_address(after=page.cursor) if page.cursor else "",
            first=not cursor,
        )

    async def _of_app(self, request: Request, member: Member, query: Form) -> Response:
        grant, cursor, reads = query.single("grant"), query.single("after"), query.single("reads")
        day = _read_day(query.single("day"))
        t = _on_our_calendar(request) if day else translator_for(request)
        async with self._host.db.reading() as tx:
            # Another's is simply not found.
            row = await find_grant(tx, member.id, grant) if is_id(grant) else None
            page = await self._events(tx, _filters(row, day, reads=bool(reads)), cursor or None)
            named = [one for found in page.rows if found.leaf is not None for one in grants_in(found.leaf)]
            names = {} if row is None else await names_of(tx, member.id, named)
        name = "" if row is None else terms_of(row)["recipient"]["name"]
        told = tell(page.rows, names | {grant: name}, t, _PAGE)
        more = page.rows and told.last != page.rows[-1].event_id
        older = told.last if more else page.cursor
        return render(
            request,
            "mirror/history.html",
            days=by_day(told.lines, t),
            dates=t.dates,
            app=name,
            grant="" if row is None else grant,
            reads=bool(reads),
            day=day,
            older=_address(grant=grant, reads=reads, day=day, after=older) if older else "",
            first=not cursor,
        )

    async def _events(self, tx: Transaction, filters: Filters | None, cursor: str | None) -> Page:
        """A page of events; a longer one where some of them are told together, once."""
        if filters is None:
            return Page([], None)
        origin = self._host.log_origin
        page = await search(tx, origin, filters, cursor=cursor, limit=_PAGE)
        if page.cursor is None or not any(row.leaf is not None and is_listing(row.leaf) for row in page.rows):
            return page
        more = await search(tx, origin, filters, cursor=page.cursor, limit=_MORE)
        return Page([*page.rows, *more.rows], more.cursor)


def _on_our_calendar(request: Request) -> Translator:
    """Sums have one calendar: their days, and the times beside them, are told in its zone."""
    web = request.scope["accord.web"]
    return cast("Translator", web.catalogues.translator(translator_for(request).tag))


def _read_day(text: str) -> date | None:
    """The date of an address; None for anything else."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if day >= _FIRST_DAY else None


def _filters(row: GrantRow | None, day: date | None, *, reads: bool) -> Filters | None:
    if row is None:
        return None
    since, until = (None, None) if day is None else bounds_of(number_of(day))
    return Filters(grant=row.id, event="data.read" if reads else None, since=since, until=until)


def _address(**query: object) -> str:
    return f"{HISTORY}?{urlencode({name: value for name, value in query.items() if value})}"
