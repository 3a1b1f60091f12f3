"""No page is left out: each GET route of tests/golden/pages.txt is a place of the tour, or has a reason."""

import re

from tests.browser.places import PLACES
from tests.browser.tour import LEADS_TO
from tests.idp.golden import FOLDER

# What a browser gets there is no page.
FILES = {
    "/account/apps/{grant_id}/receipts/{revision}/signed",
    "/account/receipts/{event_id}/signed",
    "/audit/events/{event_id}/proof",
    "/audit/export/{export_id}/{part}",
    "/audit/grants/{grant_id}/archive",
    "/ledger/tile/entries/{number:path}",
    "/ledger/tile/{level}/{number:path}",
    "/schemas/accord-export-1.json",
    "/static/{name:path}",
}
# The page of another route, under a second address.
AGAIN = {
    "/account/receipts/{event_id}": "/account/apps/{grant_id}/receipts/{revision}",
    "/account/receipts/{event_id}/seen": "/account/apps/{grant_id}/receipts/{revision}/seen",
}
# Where a place ends that begins elsewhere: by name of the place.
ENDS = {
    "device, not me": "/device/answered/{polled_id}",
    "export of the log, ready": "/audit/export/{export_id}",
    "import, looked at": "/account/data/import/{draft_id}",
    "notice without values": "/notices/{version}",
    "saved searches": "/audit/views",
}


def routes() -> set[str]:
    """Every GET route of pages."""
    lines = (FOLDER / "pages.txt").read_text("utf-8").splitlines()[1:]
    return {line.split()[1] for line in lines if line.startswith("GET")}


def visited(path: str) -> str:
    """The path of a place as a browser asks for it, whatever the tour puts into it."""
    return re.sub(r"\{\w+\}", "x", LEADS_TO.get(path, path).partition("?")[0])


def pattern(route: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "[^/]+", re.escape(route)))


def test_every_page_is_a_place_of_the_tour() -> None:
    seen = {visited(place.path) for place in PLACES}
    left = {route for route in routes() if not any(pattern(route).fullmatch(path) for path in seen)}
    assert left == FILES | AGAIN.keys() | set(ENDS.values())


def test_what_stands_for_another_is_there() -> None:
    names, seen = {place.name for place in PLACES}, {visited(place.path) for place in PLACES}
    assert names >= ENDS.keys()
    assert len(names) == len(PLACES)
    for route in AGAIN.values():
        assert any(pattern(route).fullmatch(path) for path in seen)
