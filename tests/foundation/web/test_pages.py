"""What every page has, in every language, for every visitor."""

import re

import pytest

from foundation.web.kit import KIT, Frame, NavItem, Room, build_web
from foundation.web.static import PREFIX
from foundation.web.templates import ANYONE, Page, fragment, render
from tests.foundation.web.bare import bare_request
from tests.foundation.web.conftest import CONFIRM, ISSUER, visitor
from tests.foundation.web.sanity import at_head, defects
from tests.house_rules import ROOMS
from tests.support import ROOT


async def test_the_frame_leads_where_this_visitor_may_go(http):
    page = (await http.get("/hello")).text
    for text in ("Aide", "Pages", "Code", "Référence", "Se déconnecter", "Aller au contenu"):
        assert text in page
    stranger = (await http.get("/errors")).text
    assert "Se déconnecter" not in stranger
    assert ">Aide<" not in stranger
    assert "Référence" in stranger


async def test_a_visitors_name_cannot_become_markup(http):
    page = (await http.get("/hello", params={"name": "<img src=x onerror=alert(1)>"})).text
    assert "<img" not in page
    assert "&lt;img" in page


def test_a_form_without_a_session_is_a_defect(web):
    with pytest.raises(RuntimeError, match="form_secret"):
        render(bare_request(web), "kit/confirm.html", **CONFIRM)


async def test_the_language_link_keeps_the_query_and_is_remembered(http):
    page = await http.get("/errors?page=2&page=3&lang=fr&q=%C3%A9%26")
    link = re.search(r'href="(/errors\?[^"]*lang=en)"', page.text)
    assert link
    assert link.group(1) == "/errors?page=2&amp;page=3&amp;q=%C3%A9%26&amp;lang=en"
    english = await http.get("/errors?lang=en")
    assert '<html lang="en" dir="ltr"' in english.text
    assert "accord_lang=en; HttpOnly; Max-Age=31536000; Path=/; SameSite=lax" in english.headers["set-cookie"]
    assert "Error codes" in (await http.get("/errors")).text
    assert "set-cookie" not in (await http.get("/errors?lang=en")).headers


async def test_a_page_for_readers_from_right_to_left(http):
    page = (await http.get("/errors?lang=ar-XB")).text
    assert '<html lang="ar-XB" dir="rtl"' in page


def test_no_language_is_offered_on_the_answer_to_a_post(web):
    assert (
        Page(bare_request(web, method="POST"), web, web.catalogues.translator("fr"), ANYONE).other_languages()
        == []
    )


def test_the_current_link_is_the_nearest_above():
    web = build_web(
        ISSUER,
        frame=Frame(header=_items("/account", "/account/apps", "/audit")),
    )
    page = Page(bare_request(web, "/account/apps/1"), web, web.catalogues.translator("fr"), visitor())
    assert [page.is_under(item) for item in page.navigation] == [False, True, False]
    page = Page(bare_request(web, "/accounts"), web, web.catalogues.translator("fr"), visitor())
    assert not any(page.is_under(item) for item in page.navigation)
    assert page.home == "/account"


def _items(*hrefs):
    return tuple(NavItem("Aide", href, "person") for href in hrefs)


def test_scripts_and_nonces_enter_the_policy_when_used(tmp_path):
    room = _room(
        tmp_path, "{{ page.script('x/a.js') }}{{ page.script('x/a.js') }}<i nonce='{{ page.nonce }}'>"
    )
    web = build_web(ISSUER, [room])
    policy = render(bare_request(web), "x/t.html").headers["content-security-policy"]
    assert re.search(r"script-src 'self' 'nonce-[0-9a-f]{32}'", policy)


def test_macros_speak_the_readers_language_without_being_told(tmp_path):
    room = _room(tmp_path, "{% from 'kit/parts.html' import pages %}{{ pages('/newer', '') }}")
    web = build_web(ISSUER, [room])
    assert "Newer" in fragment(bare_request(web, query="lang=en"), "x/t.html")
    assert "Plus récents" in fragment(bare_request(web), "x/t.html")


def test_text_of_a_variable_is_always_escaped(tmp_path):
    room = _room(
        tmp_path, "{{ v }}{{ _('%(a)s', a=v) }}{% trans a=v %}{{ a }}{% endtrans %}<b title=\"{{ v }}\">"
    )
    web = build_web(ISSUER, [room])
    assert "<script" not in fragment(bare_request(web), "x/t.html", v='"><script>')


def _room(folder, template):
    (folder / "templates").mkdir()
    (folder / "templates" / "t.html").write_text(template)
    (folder / "static").mkdir()
    (folder / "static" / "a.js").write_text("1")
    (folder / "static" / "notes.txt").write_text("not served")
    return Room("x", folder)


FORM = """
{% extends "kit/base.html" %}
{% from "kit/parts.html" import boxes, choices, field, select, text_area %}
{% block title %}Formulaire{% endblock %}
{% block main %}
<h1>Formulaire</h1>
{{ field("city", "Commune <b>", error=errors.get("city", "")) }}
{{ select("level", "Niveau", [("a", "A")], error=errors.get("level", "")) }}
{{ text_area("more", "Précision", error=errors.get("more", "")) }}
{{ choices("d", "Durée", [("a", "A"), ("b", "B")], error=errors.get("d", "")) }}
{{ boxes("kinds", "Contrats", [("a", "A")], ["a"], error=errors.get("kinds", ""), optional=true) }}
{% endblock %}
"""


def test_the_head_of_a_form_names_what_is_wrong_in_the_words_of_the_field(tmp_path):
    web = build_web(ISSUER, [_room(tmp_path, FORM)])
    errors = dict.fromkeys(("kinds", "d", "more", "level"), "%(field)s : à revoir.")
    errors["city"] = "Écrivez une commune."
    html = render(bare_request(web, visitor=visitor()), "x/t.html", errors=errors).body.decode()
    assert defects(html) == []
    assert at_head(html) == {
        "city": "Écrivez une commune.",
        "level": "Niveau : à revoir.",
        "more": "Précision : à revoir.",
        "d": "Durée : à revoir.",
        "kinds": "Contrats : à revoir.",
    }
    assert list(at_head(html)) == ["city", "level", "more", "d", "kinds"]  # as they come on the page
    assert "<title>Erreur" in html
    assert "5 réponses sont à revoir" in html
    assert html.index('class="summary"') < html.index("<h1>")


def test_a_label_with_markup_stays_text_at_the_head_too(tmp_path):
    web = build_web(ISSUER, [_room(tmp_path, FORM)])
    wrong = {"city": "%(field)s : à revoir."}
    html = render(bare_request(web, visitor=visitor()), "x/t.html", errors=wrong).body.decode()
    assert html.count("Commune &lt;b&gt; : à revoir.") == 2
    assert "<b>" not in html


def test_a_form_in_order_has_nothing_at_its_head(tmp_path):
    web = build_web(ISSUER, [_room(tmp_path, FORM)])
    html = render(bare_request(web, visitor=visitor()), "x/t.html", errors={}).body.decode()
    assert (defects(html), at_head(html), "Erreur" in html) == ([], {}, False)


PARTS = """
{% from "kit/parts.html" import badge, bars, button, checkbox, choices, crumb, day, empty, exact, field,
   flash, icon, moment, notice, pages, pill, select, text_area %}
{{ badge("Cap Coaching") }}{{ badge("…") }}
{{ bars([["lundi", 0], ["mardi", 12]], "Lectures", "Jour", "Nombre") }}
{{ button("Oui", "danger", "yes", "decision", "accept", "wide") }}{{ button("Non") }}
{{ checkbox("box", "Case", checked=true, hint="aide") }}
{{ choices("d", "Durée", [("a", "A", "un"), ("b", "B")], "b", hint="aide", error="à revoir") }}
{{ crumb("/", "Retour") }}{{ day(at) }}{{ exact(at) }}{{ moment(at) }}{{ moment(at, at) }}
{% call empty("apps", "Rien", "/x", "Aller") %}encore{% endcall %}
{{ field("mail", "E-mail", "a@b", "email", "aide", "à revoir", optional=true,
   also={"autocomplete": "email"}) }}
{{ field("pass", "Mot de passe", "hunter2", "password") }}
{{ flash("Fait") }}{{ flash("") }}{{ icon("ok", "turn") }}
{% call notice("warn", "Attention", "status") %}corps{% endcall %}
{{ pages("/n", "/o") }}{{ pages("", "") }}{{ pill("Active", "ok") }}{{ pill("x") }}
{{ select("s", "Choix", [("1", "un"), ("2", "deux")], "2", error="non") }}
{{ text_area("t", "Texte", "<b>") }}
"""


def test_parts_render_and_say_what_a_screen_reader_needs(tmp_path):
    web = build_web(ISSUER, [_room(tmp_path, PARTS)])
    html = fragment(bare_request(web), "x/t.html", at=1_795_336_927_000_000)
    assert 'aria-describedby="mail-hint mail-error" aria-invalid="true"' in html
    assert "hunter2" not in html
    assert '<option value="2" selected>deux</option>' in html
    assert "&lt;b&gt;" in html
    assert 'datetime="2026-11-22T08:42:07Z"' in html
    assert 'aria-label="Lectures"' in html
    assert '<td class="number">12</td>' in html
    assert "CC</span>" in html
    assert 'role="status"' in html


HOURS = """
{% extends "kit/base.html" %}
{% from "kit/parts.html" import day, exact, moment %}
{% block title %}Heures{% endblock %}
{% block main %}
<h1>Heures</h1>
<p>{{ day(at) }} {{ exact(at) }} {% if hour %}{{ moment(at, at) }}{% endif %}</p>
{% endblock %}
"""


@pytest.mark.parametrize(
    ("zone", "hour", "said"),
    [("Europe/Paris", True, ["Paris"]), ("Asia/Tokyo", True, ["Tokyo"]), ("Asia/Tokyo", False, [])],
)
def test_the_foot_names_the_zone_of_an_hour_that_says_none(tmp_path, zone, hour, said):
    web = build_web(ISSUER, [_room(tmp_path, HOURS)])
    request = bare_request(web)
    request.scope["headers"] = [(b"cookie", b"accord_zone=" + zone.encode())]
    html = render(request, "x/t.html", at=1_795_336_927_000_000, hour=hour).body.decode()
    assert re.findall(r"Heure locale : (\w+)\.", html.replace("\u00a0", " ")) == said
    assert html.count('<a href="/zone?back=%2Fx">Heure locale') == len(said)


def test_the_way_to_other_hours_leads_back_to_this_very_page(web):
    french = web.catalogues.translator("fr")
    request = bare_request(web, query="grant=1&q=%C3%A9%26")
    assert Page(request, web, french, ANYONE).zone_page == "/zone?back=%2Fx%3Fgrant%3D1%26q%3D%25C3%25A9%2526"
    assert Page(bare_request(web, method="POST"), web, french, ANYONE).zone_page == ""


async def test_static_files_never_change_under_their_address(http, web):
    address = web.static.url("kit/accord.css")
    plain = await http.get(address, headers={"accept-encoding": "identity"})
    packed = await http.get(address)
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert packed.headers["content-encoding"] == "gzip"
    assert packed.text == plain.text
    assert plain.headers["content-type"] == "text/css; charset=utf-8"
    assert len(plain.content) < 15_360


def test_every_class_of_the_sheet_is_on_some_page():
    sheet = re.sub(
        r"/\*.*?\*/|\{[^{}]*\}", " ", (KIT.folder / "static" / "accord.css").read_text("utf-8"), flags=re.S
    )
    pages = [path.read_text("utf-8") for room in ROOMS for path in (ROOT / room).rglob("*/templates/*.html")]
    pages += [path.read_text("utf-8") for room in ROOMS for path in (ROOT / room).rglob("*/static/*.js")]
    text = " ".join(pages)
    # In an attribute, as an argument of a macro, or as the layout of a page.
    places = re.findall(r'class="([^>]*)|"([^"]*)"|block layout %\}(\w+)', text)
    written = {word for found in places for part in found for word in re.findall(r"[\w-]+", part)}
    assert set(re.findall(r"\.([a-z][\w-]*)", sheet)) - written == set()


@pytest.mark.parametrize(
    "path", ["kit/accord.css", "../pyproject.toml", "%2e%2e/x", "", "kit/accord.0000000000000000.css"]
)
async def test_no_other_file_is_served(http, path):
    assert (await http.get(PREFIX + path)).status_code == 404


def test_only_known_kinds_of_files_are_served(tmp_path):
    web = build_web(ISSUER, [_room(tmp_path, "")])
    with pytest.raises(KeyError):
        web.static.url("x/notes.txt")


def test_an_operators_theme_comes_after_our_sheet(tmp_path):
    theme = tmp_path / "city.css"
    theme.write_text(":root{--brand:#123}")
    web = build_web(ISSUER, frame=Frame(theme=theme))
    page = render(bare_request(web, visitor=visitor()), "kit/confirm.html", **CONFIRM).body.decode()
    assert page.index("kit/accord.") < page.index("/static/theme/city.")


def test_a_room_without_pages_brings_words_alone(tmp_path):
    web = build_web(ISSUER, [Room("words", tmp_path, KIT.folder / "locales")])
    assert web.catalogues.translator("en").gettext("Annuler") == "Cancel"
