"""/zone: whose hours a reader is told. Anybody chooses, signed in or not; her browser alone keeps it.

A page of the kit that needs a form, and so a session: whoever assembles the server gives it `Doors`.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache
from typing import Any, Protocol

from babel import Locale
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from foundation.clock import Clock
from foundation.folding import fold
from foundation.text import N_
from foundation.web.csrf import local_path
from foundation.web.dates import Dates, city_of, zone_of, zones
from foundation.web.forms import Form, parse_query
from foundation.web.i18n import Translator
from foundation.web.kit import Web, page_router
from foundation.web.templates import ZONE_PATH, render, translator_for

# Where the Republic is at home; any other zone is typed.
PLACES = (
    ("Europe/Paris", N_("France hexagonale et Corse")),
    ("America/Guadeloupe", N_("Guadeloupe")),
    ("America/Martinique", N_("Martinique")),
    ("America/Cayenne", N_("Guyane")),
    ("America/Marigot", N_("Saint-Martin")),
    ("America/St_Barthelemy", N_("Saint-Barthélemy")),
    ("America/Miquelon", N_("Saint-Pierre-et-Miquelon")),
    ("Indian/Reunion", N_("La Réunion")),
    ("Indian/Mayotte", N_("Mayotte")),
    ("Pacific/Noumea", N_("Nouvelle-Calédonie")),
    ("Pacific/Wallis", N_("Wallis-et-Futuna")),
    ("Pacific/Tahiti", N_("Polynésie française : Tahiti")),
    ("Pacific/Marquesas", N_("Polynésie française : îles Marquises")),
    ("Pacific/Gambier", N_("Polynésie française : îles Gambier")),
    ("UTC", N_("Temps universel (UTC)")),
)
_UNCHOSEN = N_("Choisissez un lieu de la liste.")
_UNKNOWN = N_(
    "Nous ne connaissons pas ce lieu. Essayez une autre grande ville à la même heure, ou le nom d’un fuseau"
    " horaire, comme Europe/Brussels."
)
# Zones that are called by a city; "US/Eastern" and "Etc/GMT+5" are not.
_LANDS = {
    *("Africa", "America", "Antarctica", "Arctic", "Asia", "Australia", "Europe"),
    *("Atlantic", "Indian", "Pacific"),
}
_BETWEEN = re.compile(r"[\s_’'-]+")
LONGEST = 64  # of what is typed; the longest IANA name has 32 characters


class Posted(Protocol):
    """A form that came from our own page."""

    @property
    def form(self) -> Form: ...


class Doors(Protocol):
    """How a browser gets a session, whoever is there, and how its form is proved to be ours."""

    def page(self, request: Request, make: Callable[[Any], Response], /) -> Awaitable[Response]:
        """What `make` renders for the browser's session."""

    def posted(self, request: Request, /) -> Awaitable[Posted]:
        """Raises AccordError csrf_refused, or what the form is."""


class ZonePages:
    """The page, and what it sets."""

    def __init__(self, doors: Doors, clock: Clock) -> None:
        self._doors = doors
        self._clock = clock

    def router(self) -> APIRouter:
        router = page_router()
        router.add_api_route(ZONE_PATH, self.show, methods=["GET"])
        router.add_api_route(ZONE_PATH, self.choose, methods=["POST"])
        return router

    async def show(self, request: Request) -> Response:
        """`back`: the path of ours that she comes from and goes back to."""
        back = local_path(parse_query(request).single("back"))
        return await self._doors.page(request, lambda _session: self._page(request, back))

    async def choose(self, request: Request) -> Response:
        """Keep the zone that was ticked (`zone`) or typed (`other`), and go back."""
        form = (await self._doors.posted(request)).form
        web: Web = request.scope["accord.web"]
        back, t = local_path(form.single("back")), translator_for(request)
        if "other" in form:
            typed = form.single("other")[: LONGEST + 1].strip()
            chosen, wrong = zone_called(typed, t.language.formats), {"other": _UNKNOWN}
        else:
            typed, chosen, wrong = "", form.single("zone"), {"zone": _UNCHOSEN}
        if chosen not in zones():
            return self._page(request, back, typed, wrong)
        answer = RedirectResponse(back, 303)
        web.remember(answer, web.zone_cookie, chosen)
        return answer

    def _page(
        self, request: Request, back: str, typed: str = "", wrong: Mapping[str, str] | None = None
    ) -> Response:
        t, now = translator_for(request), self._clock.now()
        return render(
            request,
            "kit/zone.html",
            status=422 if wrong else 200,
            back=back,
            places=_places(t, now),
            current=str(t.dates.zone),
            typed=typed,
            longest=LONGEST,
            errors={name: t.gettext(text) for name, text in (wrong or {}).items()},
        )


def zone_called(text: str, locale: Locale) -> str:
    """The IANA name of what somebody typed: "europe/brussels", "Brussels", "bruxelles"; "" for no zone."""
    return _called(locale).get(_folded(text), "")


@cache
def _called(locale: Locale) -> Mapping[str, str]:
    """What zones are called, folded: by their cities and, before those, by their names."""
    placed = sorted(zone for zone in zones() if zone.partition("/")[0] in _LANDS)
    cities = {_folded(zone.rpartition("/")[2]): zone for zone in placed}
    said = {_folded(city_of(zone, locale)): zone for zone in placed}
    return cities | said | {_folded(zone): zone for zone in zones()}


def _folded(text: str) -> str:
    """Without case and accents, and with one space between words."""
    return _BETWEEN.sub(" ", fold(text)).strip()


def _places(t: Translator, now: int) -> Sequence[tuple[str, str, str]]:
    """The places to tick, with the hour there; hers is among them, wherever it is."""
    offered = {zone: t.gettext(name) for zone, name in PLACES if zone in zones()}
    hers = str(t.dates.zone)
    offered.setdefault(hers, city_of(hers, t.language.formats))
    return [
        (zone, name, Dates(t.language.formats, zone_of(zone)).time(now)) for zone, name in offered.items()
    ]
