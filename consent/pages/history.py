"""/account/history: everything that happened under her grants, and every read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from urllib.parse import urlencode

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.grants import GrantRow, find_grant, list_grants
from consent.ledger.leaf import Leaf
from consent.ledger.search import Filters, Page, Row, history, search
from consent.pages.cards import terms_of
from consent.pages.host import Host, Member
from consent.pages.words import event_words
from consent.profile.fields import DATASETS
from foundation.database import Transaction
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.templates import render, translator_for

HISTORY = "/account/history"
_MOST_GRANTS = 200  # an index range each; older grants have their own history, from the dashboard
_PAGE = 30


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One event as she reads it. at: microseconds."""

    event_id: str
    at: int
    app: str
    grant_id: str
    text: str
    detail: str
    drawing: str


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
        lines = history_lines(page.rows, rows, t)
        return render(
            request,
            "consent/history.html",
            days=by_day(lines, t),
            app=terms_of(rows[0])["recipient"]["name"] if grant and rows else "",
            grant=grant if rows else "",
            reads=reads,
            older=_address(grant, page.cursor, reads=reads) if page.cursor else "",
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
        origin = self._host.log_origin
        if reads and grants:
            filters = Filters(grant=grants[0].id, event="data.read")
            return await search(tx, origin, filters, cursor=cursor, limit=_PAGE)
        return await history(tx, origin, [row.id for row in grants], cursor=cursor, limit=_PAGE)


def history_lines(rows: Sequence[Row], grants: Sequence[GrantRow], t: Translator) -> list[HistoryLine]:
    """Events in words. An event whose stored text is damaged is left to the auditors' console."""
    names = {row.id: terms_of(row)["recipient"]["name"] for row in grants}
    return [_line(row.event_id, row.leaf, names, t) for row in rows if row.leaf is not None]


def _line(event_id: str, leaf: Leaf, names: Mapping[str, str], t: Translator) -> HistoryLine:
    words = event_words(leaf.event)
    grant_id = leaf.grant or ""
    return HistoryLine(
        event_id=event_id,
        at=leaf.time,
        app=names.get(grant_id, ""),
        grant_id=grant_id,
        text=t.gettext(words.text),
        detail=_detail(leaf, t),
        drawing=words.drawing,
    )


def _detail(leaf: Leaf, t: Translator) -> str:
    """What was read or decided: "Compétences, 4 éléments"."""
    labels = scope_labels(leaf.scopes or "", t)
    if leaf.event != "data.read":
        return labels if leaf.event.startswith("consent.") else ""
    dataset = DATASETS.get(str(leaf.facts.get("dataset")))
    if dataset is None:
        return t.gettext("La liste de ce qu’elle peut lire")
    if dataset.single:
        return labels
    count = int(leaf.facts.get("count") or 0)
    text = t.ngettext("%(what)s : %(num)s élément", "%(what)s : %(num)s éléments", count)
    return text % {"what": labels, "num": t.number(count)}


def scope_labels(scopes: str, t: Translator) -> str:
    """The labels of space-separated scopes, in the catalogue's order; unknown ones as they are."""
    names = scopes.split()
    known = [t.gettext(CATALOGUE[name].label) for name in CATALOGUE if name in names]
    return ", ".join([*known, *(name for name in names if name not in CATALOGUE)])


def by_day(lines: Sequence[HistoryLine], t: Translator) -> list[tuple[int, list[HistoryLine]]]:
    """Lines by day of the reader's zone: (a moment of that day, its lines)."""
    days = groupby(lines, key=lambda line: t.dates.local(line.at).date())
    return [(same[0].at, same) for same in (list(group) for _, group in days)]


def _address(grant: str, cursor: str, *, reads: bool) -> str:
    query = {"grant": grant, "reads": "1" if reads else "", "after": cursor}
    return f"{HISTORY}?{urlencode({name: value for name, value in query.items() if value})}"
