"""What she reads of what happened."""

import re

import pytest

from consent.mirror.entries import date_of, day_of
from consent.mirror.folder import Folder
from consent.mirror.totals import last_reads
from consent.pages.routers import ROOM
from foundation.clock import DAY
from foundation.web.kit import build_web
from tests.consent.pages.site import ISSUER
from tests.consent.sharing import Asker, answered, asking, request


async def test_it_begins_empty(site):
    page = await site.browser.open("/account/history")
    assert "Rien pour l’instant" in page.text


async def test_reads_and_decisions_by_day_with_their_time(shared):
    page = await shared.browser.open("/account/history")
    assert "Cap Coaching – Lecture Expériences professionnelles : 3 éléments" in page.text
    assert (
        "Vous avez accepté de partager Identifiant, Identité, Compétences, Expériences professionnelles"
        in page.text
    )
    assert "Heure locale : Paris." in page.text
    assert "pour tout le monde" not in page.text
    assert page.named("a", href="/zone?back=%2Faccount%2Fhistory")
    assert page.named("time")


async def test_one_app_alone_and_its_reads_alone(shared):
    ask = asking(await shared.home.ask(request("openid", asker=Asker("kiosk", "Borne"), required=["openid"])))
    await shared.home.accept(ask, answered(ask, duration=["30d"]))
    assert "Borne" in (await shared.browser.open("/account/history")).text
    grant = await shared.grant_id()
    alone = await shared.browser.open(f"/account/history?grant={grant}")
    assert "Borne" not in alone.text
    assert "Vous avez accepté" in alone.text
    reads = await shared.browser.open(f"/account/history?grant={grant}&reads=1")
    assert "Vous avez accepté" not in reads.text
    assert "Lecture" in reads.text


@pytest.mark.parametrize("grant", ["0" * 32, "x", "%00"])
async def test_anothers_history_is_empty(shared, grant):
    answer = await shared.browser.get(f"/account/history?grant={grant}")
    assert "Cap Coaching" not in answer.text


async def test_a_long_history_comes_by_pages(shared):
    for _ in range(30):
        await shared.read("skills", 1)
    page = await shared.browser.open("/account/history")
    assert "Compétences : 1 élément 31 fois : voir le détail" in page.text
    (day,) = [link["href"] for link in page.named("a") if "&day=" in link.get("href", "")]
    page = await shared.browser.open(day)
    assert "31 fois" not in page.text
    (older,) = page.named("a", rel="next")
    assert "day=" in older["href"]
    last = await shared.browser.open(older["href"])
    assert "Vous avez accepté" in last.text
    assert "Revenir au plus récent" in last.text
    reads = await shared.browser.open(f"/account/history?grant={await shared.grant_id()}&reads=1")
    (older,) = reads.named("a", rel="next")
    assert "reads=1" in older["href"]
    assert "Compétences : 3 éléments" in (await shared.browser.open(older["href"])).text


async def test_a_damaged_page_link_is_told(shared):
    page = await shared.browser.open("/account/history?after=nonsense", status=400)
    assert "Ce lien de page est abîmé" in page.text


async def test_an_event_of_another_room_has_plain_words(shared):
    await shared.browser.submit(f"/account/apps/{await shared.grant_id()}/revoke")
    shared.browser.language = "en"
    assert "Access removed" in (await shared.browser.open("/account/history")).text


async def test_what_is_no_list_is_not_counted(shared):
    await shared.read("identity", 1)
    page = await shared.browser.open("/account/history")
    assert "Cap Coaching – Lecture identity" in page.text
    assert "identity : 1" not in page.text


# --- by day, by field, by app -------------------------------------------------------------------------------


async def test_a_day_alone_has_its_events_alone(shared):
    shared.home.clock.advance(DAY)
    await shared.read("skills", 2)
    grant = await shared.grant_id()
    page = await shared.browser.open("/account/history")
    assert len(page.named("h2")) == 2
    first = date_of(day_of(shared.home.clock.now()) - 1)
    page = await shared.browser.open(f"/account/history?grant={grant}&day={first}")
    assert "2 éléments" not in page.text
    assert "Compétences : 3 éléments" in page.text
    page = await shared.browser.open(f"/account/history?grant={grant}&day={first}&reads=1")
    assert "Vous avez accepté" not in page.text


@pytest.mark.parametrize("day", ["x", "0001-01-01", "2026-13-01", "20260101T00", "%00"])
async def test_what_is_no_day_chooses_none(shared, day):
    answer = await shared.browser.get(f"/account/history?grant={await shared.grant_id()}&day={day}")
    assert answer.status_code == (400 if day == "%00" else 200)


async def test_days_are_those_of_one_calendar_and_say_so(shared):
    """Sums have one zone; a reader elsewhere is told which, and single events come in hers."""
    shared.browser._client.cookies.set("accord_zone", "America/Martinique")
    everything = await shared.browser.open("/account/history")
    assert "Ici, jours et heures sont ceux de Paris, pour tout le monde" in everything.text
    assert "est à votre heure (Martinique)" in everything.text
    alone = await shared.browser.open(f"/account/history?grant={await shared.grant_id()}")
    assert "Heure locale : Martinique." in alone.text
    assert "pour tout le monde" not in alone.text


async def test_field_by_field_what_was_read_and_how_often(shared):
    await shared.seal_log()
    await Folder(shared.home.db, shared.home.clock).catch_up()
    await shared.read("skills")
    await shared.read("grant", 0)
    page = await shared.browser.open("/account/history/fields")
    assert "Compétences Lu 2 fois, la dernière aujourd’hui" in page.text
    assert "Compétence 2 aujourd’hui" in page.text
    assert "Poste" not in page.text  # the reads of this site tell one field, "label"
    (link,) = [one["href"] for one in page.named("a") if one.get("href", "").endswith("/fields/skills")]
    page = await shared.browser.open(link)
    assert "Compétences : qui les a lues" in page.text
    assert "Cap Coaching 2 fois, la dernière aujourd’hui" in page.text
    shared.browser.language = "en"
    assert "Read 2 times" in (await shared.browser.open("/account/history/fields")).text


async def test_nothing_read_yet_is_said_kindly(site):
    assert "Rien n’a été lu" in (await site.browser.open("/account/history/fields")).text
    page = await site.browser.open("/account/history/fields/skills")
    assert "Aucune application n’a lu ces données" in page.text
    await site.browser.open("/account/history/fields/nothing", status=404)
    await site.browser.open("/account/history/fields/skills?after=x", status=400)


# --- asking what may be read --------------------------------------------------------------------------------

ASKED = "Cap Coaching – L’application a demandé ce qu’elle peut lire"
NOTHING = "Aucune de vos données n’est sortie."


def lines(page):
    return page.text.count("Cap Coaching – ")


async def test_an_app_that_asks_what_it_may_read_is_one_line_a_day(shared):
    before = lines(await shared.browser.open("/account/history"))
    await shared.read("grant", 0)
    page = await shared.browser.open("/account/history")
    assert f"{ASKED} {NOTHING}" in page.text
    for _ in range(6):
        await shared.read("skills", 1)
        await shared.read("grant", 0)
    page = await shared.browser.open("/account/history")
    assert page.text.count(ASKED) == 1
    assert f"{ASKED} 7 fois. {NOTHING}" in page.text
    assert lines(page) == before + 1
    assert "Compétences : 1 élément 7 fois : voir le détail" in page.text
    shared.home.clock.advance(DAY)
    await shared.read("grant", 0)
    assert (await shared.browser.open("/account/history")).text.count(ASKED) == 2
    shared.browser.language = "en"
    page = await shared.browser.open("/account/history")
    assert "The app asked what it may read 7 times. None of your data left." in page.text


async def test_two_apps_that_ask_are_two_lines(shared):
    await shared.read("grant", 0)
    ask = asking(await shared.home.ask(request("openid", asker=Asker("kiosk", "Borne"), required=["openid"])))
    await shared.home.accept(ask, answered(ask, duration=["30d"]))
    await shared.read("grant", 0, client="kiosk")
    page = await shared.browser.open("/account/history")
    assert ASKED in page.text
    assert ASKED.replace("Cap Coaching", "Borne") in page.text


async def test_a_page_is_full_however_often_an_app_asked(shared):
    """What fills thirty lines is found behind what folds into one; nothing is shown twice or left out."""
    for number in range(40):
        await shared.read("skills", number + 100)
        await shared.read("grant", 0)
        await shared.read("grant", 0)
    page = await shared.browser.open(f"/account/history?grant={await shared.grant_id()}")
    assert lines(page) - 1 == 30  # the title names the app too
    texts = [page.text]
    while older := page.named("a", rel="next"):
        page = await shared.browser.open(older[0]["href"])
        texts.append(page.text)
    for number in range(40):
        assert sum(text.count(f" {number + 100} éléments") for text in texts) == 1
    times = [int(found) for text in texts for found in re.findall(r"(\d+) fois\. Aucune", text)]
    assert sum(times) == 80
    assert "Vous avez accepté" in texts[-1]


async def test_reads_alone_fold_them_too(shared):
    for _ in range(3):
        await shared.read("grant", 0)
    page = await shared.browser.open(f"/account/history?grant={await shared.grant_id()}&reads=1")
    assert page.text.count(ASKED) == 1
    assert "Lecture" in page.text


async def test_asking_is_not_the_last_read_nor_on_the_chart(shared):
    grant = await shared.grant_id()
    shared.home.clock.advance(2 * DAY)
    for _ in range(3):
        await shared.read("grant", 0)
    async with shared.home.db.reading() as tx:
        told = await last_reads(tx, shared.member.id, [grant])
    assert shared.home.clock.now() - told[grant] >= 2 * DAY
    read = build_web(ISSUER, [ROOM]).catalogues.translator("fr").moment(told[grant])
    for path in (f"/account/apps/{grant}", "/account/apps"):
        page = await shared.browser.open(path)
        assert f"Dernière lecture {read}" in page.text.replace("\xa0", " ").replace("\u202f", " ")


async def test_an_app_that_only_asked_has_read_nothing(site):
    await site.share("skills")
    await site.read("grant", 0)
    for path in (f"/account/apps/{await site.grant_id()}", "/account/apps"):
        assert "Dernière lecture jamais" in (await site.browser.open(path)).text


# --- a term -------------------------------------------------------------------------------------------------


async def test_a_term_says_when_it_was_though_it_was_recorded_later(shared):
    ends = (await shared.home.standing()).expires_at
    shared.home.clock.value = ends + 3 * DAY
    grant = await shared.grant_id()
    async with shared.home.db.transaction() as tx:
        assert await shared.host.decisions.lapse(tx, grant, shared.home.act(notice=None))
    t = build_web(ISSUER, [ROOM]).catalogues.translator("fr")
    page = await shared.browser.open("/account/history")
    assert f"jusqu’au {t.moment(ends)}" in page.text.replace("\xa0", " ").replace("\u202f", " ")
