"""/audit/views, /audit/figures, /audit/flags: an auditor's own searches, figures, what looks wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.catalogue import CATALOGUE
from consent.ledger.searching.search import Page
from consent.looking.charts import HEIGHT, WIDTH, Chart, draw, share
from consent.looking.counting import LONGER, REVOKED
from consent.looking.events import AuditorViewDeleted, AuditorViewSaved
from consent.looking.figures import GIVEN, PERIODS, REFUSED, Column, Count, Figures, read_figures
from consent.looking.flags import RECENT, SPIKE, USUAL_DAYS, read_flags
from consent.looking.views import LONGEST_NAME, delete_view, save_view, views_of
from consent.mirror.entries import bounds_of, date_of, day_of
from consent.pages.console import AuditLine, audit_lines, read_query
from consent.pages.host import Host
from consent.pages.looks import Look, criteria_text, record_look, tell
from foundation.clock import DAY
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.kit import Room
from foundation.web.templates import render, translator_for

ROOM = Room("looking", Path(__file__).parent)
VIEWS, FIGURES, FLAGS = "/audit/views", "/audit/figures", "/audit/flags"
ERRORS = (
    ErrorWords(
        "too_many_views",
        N_("Vous gardez déjà vingt recherches"),
        N_("Supprimez-en une, puis recommencez."),
        N_("Gérer mes recherches"),
        VIEWS,
    ),
)
_DECISIONS = {
    GIVEN: N_("Autorisations données"),
    REFUSED: N_("Demandes refusées"),
    REVOKED: N_("Autorisations retirées"),
}
_DELAYS = {
    "hour": N_("Moins d’une heure"),
    "day": N_("Moins d’un jour"),
    "week": N_("Moins d’une semaine"),
    "month": N_("Moins d’un mois"),
    "quarter": N_("Moins de trois mois"),
    LONGER: N_("Plus longtemps"),
}
_PERIODS = {30: N_("30 jours"), 91: N_("Trois mois"), 364: N_("Un an")}


class Drawn(NamedTuple):
    """A chart with what it shows. columns: as in the table beside it."""

    title: str
    total: int
    chart: Chart
    columns: list[Column]


class Line(NamedTuple):
    """A bar that lies, in a table. share: its length of a hundred."""

    label: str
    times: int
    share: int


class LookingPages:
    """Theirs."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(VIEWS, self.views, methods=["GET"])
        router.add_api_route(VIEWS, self.save, methods=["POST"])
        router.add_api_route(VIEWS + "/{view_id}/delete", self.delete, methods=["POST"])
        router.add_api_route(FIGURES, self.figures, methods=["GET"])
        router.add_api_route(FLAGS, self.flags, methods=["GET"])

    async def views(self, request: Request) -> Response:
        """Her searches, each to open or to delete."""
        member = await self._host.auditor(request)
        async with self._host.db.reading() as tx:
            return render(request, "looking/views.html", views=await views_of(tx, member))

    async def save(self, request: Request) -> Response:
        """Keep a search; then it is shown again."""
        posted = await self._host.posted_by_auditor(request)
        member, form = posted.member, posted.form
        query = read_query(form, translator_for(request).dates.zone)
        name = form.single("name").strip()[:LONGEST_NAME]
        if not name or query.wrong or not query.values:
            raise AccordError("invalid_request", "A saved search has a name and filters.")
        async with self._host.db.transaction() as tx:
            view_id = await save_view(tx, member, name, query.values, self._host.clock.now())
            event = AuditorViewSaved(
                view=view_id, filters=query.names, name=name, criteria=criteria_text(query.values)
            )
            await tell(self._host, tx, request, member, event)
        return RedirectResponse(VIEWS, 303)

    async def delete(self, request: Request, view_id: str) -> Response:
        """Keep it no more."""
        member = (await self._host.posted_by_auditor(request)).member
        async with self._host.db.transaction() as tx:
            if not is_id(view_id) or not await delete_view(tx, member, view_id):
                raise AccordError("not_found", "There is no such search of this account.", status=404)
            await tell(self._host, tx, request, member, AuditorViewDeleted(view=view_id))
        return RedirectResponse(VIEWS, 303)

    async def figures(self, request: Request) -> Response:
        """Decisions by day, how long grants lived, reads by app and dataset."""
        member, t = await self._host.auditor(request), translator_for(request)
        asked = parse_query(request).single("days")
        period = next((days for days in PERIODS if str(days) == asked), min(PERIODS))
        await record_look(self._host, request, member, Look("figures", {"days": str(period)}))
        today = day_of(self._host.clock.now())
        async with self._host.db.reading() as tx:
            found = await read_figures(tx, today, period)
            names = await self._host.app_names(tx, [str(one.name) for one in found.by_app])
        return render(
            request,
            "looking/figures.html",
            period=period,
            periods=[(days, t.gettext(label)) for days, label in _PERIODS.items()],
            decisions=_drawn(found, t),
            delays=_lines(found.by_delay, {name: t.gettext(label) for name, label in _DELAYS.items()}),
            apps=_lines(found.by_app, names),
            more_apps=found.apps - len(found.by_app),
            datasets=_lines(found.by_dataset, _dataset_labels(t)),
            day=lambda number: t.dates.day(bounds_of(number)[0]),
            width=WIDTH,
            height=HEIGHT,
        )

    async def flags(self, request: Request) -> Response:
        """What looks wrong, and what was looked for and is not there."""
        member, t = await self._host.auditor(request), translator_for(request)
        await record_look(self._host, request, member, Look("flags", {}))
        now = self._host.clock.now()
        async with self._host.db.reading() as tx:
            found = await read_flags(tx, self._host.log_origin, now)
            names = await self._host.app_names(tx, [spike.client for spike in found.spikes])
            reused = [await self._shown(tx, page, t) for page in found.reused.values()]
        return render(
            request,
            "looking/flags.html",
            found=found,
            reused=[line for lines in reused for line in lines],
            more=any(page.cursor for page in found.reused.values()),
            spikes=[
                (spike, names.get(spike.client, spike.client), date_of(spike.day).isoformat())
                for spike in found.spikes
            ],
            day=lambda number: t.dates.day(bounds_of(number)[0]),
            usual_days=USUAL_DAYS,
            times=SPIKE,
            recent=RECENT // DAY,
        )

    async def _shown(self, tx: Transaction, page: Page, t: Translator) -> list[AuditLine]:
        clients = {row.leaf.client for row in page.rows if row.leaf is not None and row.leaf.client}
        return audit_lines(page.rows, await self._host.app_names(tx, sorted(clients)), t)


def _drawn(found: Figures, t: Translator) -> list[Drawn]:
    """The charts of decisions, all on one scale."""
    most = max(column.times for columns in found.decisions.values() for column in columns)
    made = []
    for event, columns in found.decisions.items():
        counts = [column.times for column in columns]
        chart = draw(counts, most=most, opened=sum(column.open for column in columns))
        made.append(Drawn(t.gettext(_DECISIONS[event]), sum(counts), chart, columns))
    return made


def _lines(counts: Sequence[Count], labels: Mapping[str, str]) -> list[Line]:
    most = max((one.times for one in counts), default=0)
    return [
        Line(labels.get(str(one.name), str(one.name)), one.times, share(one.times, most)) for one in counts
    ]


def _dataset_labels(t: Translator) -> dict[str, str]:
    return {
        scope.dataset.name: t.gettext(scope.label)
        for scope in CATALOGUE.values()
        if scope.dataset is not None
    }
