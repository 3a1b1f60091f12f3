"""Whose hours she reads: chosen on one page, kept by her browser, told from then on."""

import html
import re
from http.cookies import SimpleCookie

import httpx
import pytest
from babel import Locale
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import FrozenClock
from foundation.web.csrf import check
from foundation.web.forms import read_form
from foundation.web.guard import Guard
from foundation.web.kit import build_web, install, mount
from foundation.web.zones import PLACES, ZonePages, zone_called
from tests.foundation.web.conftest import ISSUER, visitor
from tests.foundation.web.sanity import at_head, defects, unmarked

NOON = 1_795_345_200_000_000  # 2026-11-22, 11:00 in UTC
FRENCH, ENGLISH = Locale.parse("fr_FR"), Locale.parse("en_GB")
HOSTILE = (
    *("../../etc/passwd", "/etc/localtime", "Europe/Paris/../../../../etc/passwd", "..", "/", ".", "Europe"),
    *(
        "localtime",
        "Factory",
        "posixrules",
        "posix/Europe/Paris",
        "tzdata.zi",
        "Mars/Olympus",
        "éé",
        "\u202e",
    ),
    *("<script>alert(1)</script>", "'\" onfocus=x autofocus", "a" * 60_000, "%00", "Europe\\Paris", "  ", ""),
)


class Posted:
    def __init__(self, form):
        self.form = form


class Doors:
    """Everybody has one session."""

    async def page(self, request: Request, make):
        request.state.visitor = visitor()
        return make(None)

    async def posted(self, request: Request):
        request.state.visitor = visitor()
        form = await read_form(request)
        check(request, form, visitor().form_secret, ISSUER)
        return Posted(form)


@pytest.fixture
def web():
    return build_web(ISSUER, made_up_languages=True)


@pytest.fixture
async def http(web):
    app = FastAPI()
    install(app)
    mount(app, ZonePages(Doors(), FrozenClock(NOON)).router())
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(Guard(app, web)), base_url=ISSUER, headers={"accept": "text/html"}
    ) as client:
        yield client


async def choose(http, **fields):
    token = re.search(r'name="form_token" value="(\w+)"', (await http.get("/zone")).text)
    assert token
    return await http.post("/zone", data={"form_token": token.group(1), **fields})


def ticked(page):
    return re.findall(r'value="([^"]*)"(?: id="zone")? checked', page.text)


async def test_each_place_is_offered_with_its_hour_now(http):
    page = await http.get("/zone")
    assert page.headers["cache-control"] == "no-store"
    assert defects(page.text) == []
    offered = dict(re.findall(r"<span>([^<]*)<small>([^<]*)</small>", html.unescape(page.text)))
    assert len(offered) == len(PLACES)
    assert offered["France hexagonale et Corse"] == "12:00"
    assert offered["La Réunion"] == "15:00"
    assert offered["Martinique"] == "07:00"
    assert offered["Nouvelle-Calédonie"] == "22:00"
    assert offered["Polynésie française\u00a0: îles Marquises"] == "01:30"
    assert ticked(page) == ["Europe/Paris"]
    assert "Indian/Reunion" in page.text


async def test_what_is_chosen_is_kept_for_a_year_and_leads_back(http):
    answer = await choose(http, zone="Indian/Reunion", back="/account/history?grant=1&reads=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/account/history?grant=1&reads=1")
    assert answer.headers["cache-control"] == "no-store"
    kept = answer.headers["set-cookie"]
    assert SimpleCookie(kept)["accord_zone"].value == "Indian/Reunion"
    assert kept.endswith("; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax")
    assert ticked(await http.get("/zone")) == ["Indian/Reunion"]


def test_behind_tls_both_cookies_are_this_hosts_alone():
    web = build_web("https://accord.example")
    assert (web.zone_cookie, web.language_cookie) == ("__Host-accord_zone", "__Host-accord_lang")
    answer = Response()
    web.remember(answer, web.zone_cookie, "Indian/Reunion")
    assert answer.headers["set-cookie"].endswith("; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax; Secure")


@pytest.mark.parametrize("typed", ["Europe/Brussels", " bruxelles ", "BRUSSELS", "europe/brussels"])
async def test_any_other_zone_is_typed_and_then_offered(http, typed):
    answer = await choose(http, other=typed)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    page = await http.get("/zone")
    assert ticked(page) == ["Europe/Brussels"]
    assert "<span>Bruxelles<small>12:00</small></span>" in page.text


@pytest.mark.parametrize("field", ["zone", "other"])
@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:20])
async def test_what_is_no_zone_is_told_and_not_kept(http, field, text):
    page = await choose(http, **{field: text, "back": "/help"})
    assert page.status_code == 422
    assert defects(page.text) == []
    said = {"zone": "Choisissez un lieu de la liste.", "other": "Nous ne connaissons pas ce lieu. "}
    assert list(at_head(page.text)) == [field]
    assert at_head(page.text)[field].startswith(said[field])
    assert "set-cookie" not in page.headers
    assert len(page.text) < 20_000
    assert ticked(page) == ["Europe/Paris"]
    assert page.text.count('name="back" value="/help"') == 2


async def test_a_form_without_a_choice_is_told(http):
    assert list(at_head((await choose(http)).text)) == ["zone"]


@pytest.mark.parametrize("fields", [{"zone": "a\0"}, {"other": "\x1b[2J"}, {"zone": ["UTC", "UTC"]}])
async def test_what_no_page_sends_is_refused(http, fields):
    answer = await choose(http, **fields)
    assert answer.status_code == 400
    assert "set-cookie" not in answer.headers


async def test_another_sites_form_changes_nothing(http):
    answer = await http.post("/zone", data={"zone": "UTC"})
    assert (answer.status_code, "set-cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("value", [*HOSTILE[:-2], '"Europe/Paris', "Europe/Paris\\000", "é", "a" * 4000])
async def test_a_cookie_that_names_no_zone_is_paris(http, value):
    page = await http.get("/zone", headers={b"cookie": b"accord_zone=" + value.encode()})
    assert (page.status_code, ticked(page)) == (200, ["Europe/Paris"])


@pytest.mark.parametrize(
    "back",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/%09/evil", "/;@evil", "/é", "x", ""],
)
async def test_she_goes_back_to_a_page_of_ours_alone(http, back):
    page = await http.get("/zone", params={"back": back})
    assert page.text.count('name="back" value="/"') == 2
    assert "evil" not in re.sub(r'<a href="/zone\?[^"]*"', "", page.text)
    assert (await choose(http, zone="UTC", back=back)).headers["location"] == "/"


async def test_it_speaks_every_language(http):
    names = ("Accord", "Français", "English", "Mirrored", "Accented")
    page = await http.get("/zone?lang=en-XA")
    assert unmarked(page.text[page.text.index("<main") :], names) == []
    assert "Reunion" in (await http.get("/zone?lang=en")).text
    assert 'dir="rtl"' in (await http.get("/zone?lang=ar-XB")).text


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("Bruxelles", "Europe/Brussels"),
        ("new-york", "America/New_York"),
        ("sao paulo", "America/Sao_Paulo"),
        ("Port au Prince", "America/Port-au-Prince"),
        ("etc/GMT-5", "Etc/GMT-5"),
        ("Etc/gmt+5", "Etc/GMT+5"),
        ("utc", "UTC"),
        ("Eastern", ""),
        ("localtime", ""),
        ("", ""),
    ],
)
def test_a_place_is_known_by_its_city_or_by_its_name(text, zone):
    assert zone_called(text, FRENCH) == zone


def test_a_city_is_known_by_its_name_in_her_language():
    assert zone_called("Londres", FRENCH) == zone_called("London", ENGLISH) == "Europe/London"
