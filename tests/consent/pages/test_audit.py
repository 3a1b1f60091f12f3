"""The auditors' console: found, proved, and itself recorded."""

import base64
import re

import orjson
import pytest

from consent.ledger.events import catalogue
from consent.ledger.leaf import leaf_hash
from consent.ledger.searching import reach
from consent.ledger.searching.search import Filters, search
from consent.pages.words import AUDITOR_EVENTS
from foundation.clock import DAY
from tests.consent.pages.site import LOG
from tests.foundation.web.sanity import at_head, defects

EVENT = re.compile(r"/audit/events/([0-9a-f]{32})")


async def looked(site):
    async with site.home.db.reading() as tx:
        page = await search(tx, LOG, Filters(event="auditor.searched"))
    return [row.leaf for row in page.rows]


async def test_the_journal_shows_events_with_their_proof(shared):
    waiting = await shared.auditor.open("/audit")
    assert "Aucune tête signée pour l’instant" in waiting.text
    assert "promise" in waiting.text
    await shared.seal_log()
    page = await shared.auditor.open("/audit")
    for text in ("Tête signée", "événements prouvés", "Sans témoin", "incluse", "Cap Coaching", "Lecture"):
        assert text in page.text
    assert "Compétences · 3 éléments" in page.text
    assert "refusé : Formations" in page.text
    assert "amina" not in page.text.replace("auditor@example.org", "").lower()


async def test_each_look_is_an_event_that_says_not_what_was_typed(shared):
    await shared.auditor.open("/audit?client=coach&person=")
    await shared.auditor.open(f"/audit/grants/{await shared.grant_id()}")
    dossier, listed = await looked(shared)
    assert listed.facts == {"view": "search", "filters": "client", "first_page": True}
    assert dossier.facts == {"view": "dossier", "filters": "grant", "first_page": True}
    assert listed.person != dossier.client


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("event=data.read", ("Lecture", "Lecture")),
        ("event=consent.given", ("Autorisation donnée",)),
        ("client=coach&outcome=success&log=consent", ("Lecture", "Lecture", "Autorisation donnée")),
        ("outcome=failed", ()),
        ("client=nobody", ()),
        ("request=" + "t" * 32, ("Lecture", "Lecture")),
        ("since=2027-01-15&until=2027-01-15&event=data.read", ("Lecture", "Lecture")),
        ("until=2027-01-14", ()),
        ("scope=skills&event=data.read", ("Lecture",)),
        ("scope=skills", ("Lecture", "Autorisation donnée")),
        ("scope=skill", ()),
        ("purpose=career_guidance", ()),
        ("first=0&last=9", ()),
        ("since=2027-01-16", ()),
    ],
)
async def test_filters_find_exactly(shared, query, found):
    page = await shared.auditor.open(f"/audit?{query}")
    rows = [text for text in page.texts if text in {"Lecture", "Autorisation donnée"}]
    assert tuple(rows) == found
    assert ("Aucun événement" in page.text) == (not found)


async def test_a_date_that_does_not_exist_keeps_what_was_typed(shared):
    page = await shared.auditor.open("/audit?since=2027-02-30&until=0000-00-00", status=422)
    assert page.named("input", name="since", value="2027-02-30")
    far = await shared.auditor.get("/audit?until=9999-12-31&since=0001-01-01")
    assert far.status_code in {200, 422}


async def test_a_range_of_the_tree_is_what_has_a_place(shared):
    await shared.seal_log()
    page = await shared.auditor.open("/audit?first=0&last=0")
    assert len(EVENT.findall(page.html)) == len(set(EVENT.findall(page.html))) * 2  # its page, and its proof
    page = await shared.auditor.open("/audit?first=x&last=-1", status=422)
    assert page.text.count("donnez un nombre.") == 4  # at the head, and at each


async def test_a_search_that_stops_on_its_way_says_so(shared, monkeypatch):
    monkeypatch.setattr(reach, "LOOKED", 2)
    await shared.seal_log()
    page = await shared.auditor.open("/audit?scope=nothing&client=coach")
    assert "il en reste à parcourir" in page.text
    (on,) = page.named("a", class_="btn plain", href=page.named("a", class_="btn plain")[-1]["href"])
    last = await shared.auditor.open(on["href"])
    while "il en reste" in last.text:
        last = await shared.auditor.open(last.named("a", class_="btn plain")[-2]["href"])
    assert "Aucun événement" in last.text


async def test_pages_follow_by_key(shared):
    for _ in range(52):
        await shared.read("skills")
    first = await shared.auditor.open("/audit?event=data.read")
    (older,) = first.named("a", rel="next")
    assert "event=data.read" in older["href"]
    second = await shared.auditor.open(older["href"])
    (newer,) = second.named("a", rel="prev")
    assert newer["href"] == "/audit?event=data.read"
    assert not set(EVENT.findall(first.html)) & set(EVENT.findall(second.html))
    dossier = await shared.auditor.open(f"/audit/grants/{await shared.grant_id()}")
    (rest,) = dossier.named("a", rel="next")
    last = await shared.auditor.open(rest["href"])
    assert "Revenir au début" in last.text
    assert [leaf.facts["first_page"] for leaf in await looked(shared)] == [False, True, False, True]


async def test_a_dossier_tells_a_grants_story_in_order(shared):
    grant = await shared.grant_id()
    await shared.browser.submit(f"/account/apps/{grant}/revoke")
    page = await shared.auditor.open(f"/audit/grants/{grant}")
    story = [
        text for text in page.texts if text in {"Autorisation donnée", "Lecture", "Autorisation retirée"}
    ]
    assert story == ["Autorisation donnée", "Lecture", "Lecture", "Autorisation retirée"]


async def test_an_event_word_for_word_with_a_proof_to_take_away(shared):
    await shared.seal_log()
    event = EVENT.findall((await shared.auditor.open("/audit?event=data.read")).html)[0]
    page = await shared.auditor.open(f"/audit/events/{event}")
    for text in ("incluse", "dans un arbre de", "Contenu scellé", "data.read", "dataset", "experiences"):
        assert text in page.text
    answer = await shared.auditor.get(f"/audit/events/{event}/proof")
    assert "attachment" in answer.headers["content-disposition"]
    proof = orjson.loads(answer.content)
    assert proof["state"] == "integrated"
    assert base64.b64encode(leaf_hash(proof["leaf"].encode())).decode() == proof["leaf_hash"]


async def test_an_event_that_waits_is_promised(shared):
    event = EVENT.findall((await shared.auditor.open("/audit?event=data.read")).html)[0]
    page = await shared.auditor.open(f"/audit/events/{event}")
    assert "une tête signée le couvrira sous peu" in page.text


async def test_a_damaged_row_is_shown_as_such(shared):
    await shared.seal_log()
    event = EVENT.findall((await shared.auditor.open("/audit?event=data.read")).html)[0]
    await shared.damage(event)
    assert "illisible" in (await shared.auditor.open("/audit?event=data.read")).text
    page = await shared.auditor.open(f"/audit/events/{event}")
    assert "Événement illisible" in page.text


async def test_a_person_is_a_pseudonym_and_days_are_the_readers(shared):
    page = await shared.auditor.open("/audit?event=data.read")
    pseudonyms = re.findall(r"person=(p-[\w-]{22})", page.html)
    assert len(set(pseudonyms)) == 1
    again = await shared.auditor.open(f"/audit?person={pseudonyms[0]}")
    assert "Lecture" in again.text
    shared.home.clock.advance(DAY)
    assert "CET" in again.text


def test_every_event_there_is_has_a_name():
    assert {line.name for line in catalogue()} - AUDITOR_EVENTS.keys() == set()


async def test_a_date_that_does_not_exist_is_told_by_its_name(shared):
    page = await shared.auditor.get("/audit?since=2026-02-30&until=x")
    assert page.status_code == 422
    assert defects(page.text) == []
    told = {name: text.replace("\xa0", " ") for name, text in at_head(page.text).items()}
    assert told == {"since": "Du : cette date n’existe pas.", "until": "Au : cette date n’existe pas."}


async def test_a_fact_that_is_a_time_is_told_in_the_readers_zone_where_it_stands(shared):
    event = EVENT.findall((await shared.auditor.open("/audit?event=consent.given")).html)[0]
    page = await shared.auditor.open(f"/audit/events/{event}")
    ends = orjson.loads((await shared.auditor.get(f"/audit/events/{event}/proof")).json()["leaf"])["facts"][
        "expires_at"
    ]
    assert re.search(r"expires_at \d\d/\d\d/\d{4} \d\d:\d\d:\d\d CES?T", page.text)
    assert f"expires_at {ends}" not in page.text
