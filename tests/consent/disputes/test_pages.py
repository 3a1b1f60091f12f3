"""She says from her history that she does not recognise an access; what she sees of what follows."""

import re

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import col

from consent.disputes.life import LONGEST, MOST_OPEN, new_code
from consent.disputes.tables import Dispute
from consent.grants import find_grant
from consent.ledger.tables import LedgerEvent
from foundation.statements import Statement
from tests.consent.sharing import leaves

NOTE = "Je n’ai rien demandé à cette application.\nAppelez-moi."


class Rows(tuple):
    _fields = ("note", "answer")


async def event_of(site, event="data.read"):
    return [leaf for leaf in await leaves(site.home.db) if leaf["event"] == event][-1]["id"]


async def report(site, action="none", note=NOTE, event=None):
    return await site.browser.post(
        "/account/history/disputes/new", event=event or await event_of(site), action=action, note=note
    )


async def grant(site):
    async with site.home.db.reading() as tx:
        return await find_grant(tx, site.member.id, (await leaves_of(site))["grant"])


async def leaves_of(site, event="dispute.opened"):
    return [leaf for leaf in await leaves(site.home.db) if leaf["event"] == event][-1]


async def test_each_line_of_what_an_app_did_leads_to_the_form(shared):
    page = await shared.browser.open("/account/history")
    (first, *_) = [
        a["href"] for a in page.named("a") if a.get("href", "").startswith("/account/history/disputes/new")
    ]
    form = await shared.browser.open(first)
    assert "Je ne reconnais pas cet accès" in form.text
    assert "Cap Coaching" in form.text
    assert "Expériences professionnelles : 3 éléments" in form.text
    assert [one["value"] for one in form.named("input", name="action")] == ["none", "paused", "withdrawn"]
    assert [one["value"] for one in form.named("input", name="action") if "checked" in one] == ["none"]


@pytest.mark.parametrize(
    ("action", "ended", "paused"),
    [("none", False, None), ("paused", False, "person"), ("withdrawn", True, None)],
)
async def test_a_report_has_a_code_and_stops_what_she_says(shared, action, ended, paused):
    answer = await report(shared, action)
    page = await shared.browser.open(answer.headers["location"])
    code = re.search(r"Signalement ([2-9A-Z]{4}-[2-9A-Z]{4})", page.text)
    assert code
    assert "En attente de réponse" in page.text
    assert "Appelez-moi." in page.text
    row = await grant(shared)
    assert (row.revoked_at is not None, row.pause_reason) == (ended, paused)
    leaf = await leaves_of(shared)
    assert leaf["facts"] == {"dispute": code[1], "about": leaf["facts"]["about"], "action": action}
    assert leaf["commitment"]
    assert code[1] in (await shared.browser.open("/account/history/disputes")).text
    assert "Vous avez signalé un accès" in (await shared.browser.open("/account/history")).text


async def test_her_words_are_at_rest_under_her_key_alone(shared):
    await report(shared)
    async with shared.home.db.reading() as tx:
        (row,) = await tx.all(Statement(select(col(Dispute.sealed_note), col(Dispute.sealed_answer)), Rows))
        events = await tx.all(Statement(select(col(LedgerEvent.leaf), col(LedgerEvent.sealed)), Rows))
    assert b"demand" not in row[0]
    assert row[1] is None
    assert not [one for one in events if "demand" in one[0] or b"demand" in (one[1] or b"")]


async def test_told_twice_it_is_one_report(shared):
    first, second = await report(shared), await report(shared, "withdrawn")
    assert first.headers["location"] == second.headers["location"]
    assert (await grant(shared)).revoked_at is None  # nothing was done the second time


async def test_she_closes_it_and_may_report_again(shared):
    path = (await report(shared)).headers["location"]
    page = await shared.browser.submit(f"{path}/close")
    assert "Clos" in page.text
    assert not page.named("form", action=f"{path}/close")
    await shared.browser.submit(f"{path}/close")
    told = [leaf for leaf in await leaves(shared.home.db) if leaf["event"] == "dispute.closed"]
    assert [leaf["facts"]["by"] for leaf in told] == ["person"]
    assert (await report(shared)).headers["location"] != path


async def test_an_ended_access_can_be_reported_and_nothing_stopped(shared):
    event = await event_of(shared)
    await shared.browser.submit(f"/account/apps/{await shared.grant_id()}/revoke")
    form = await shared.browser.open(f"/account/history/disputes/new?event={event}")
    assert "Cet accès est déjà terminé" in form.text
    assert (await report(shared, "withdrawn", event=event)).status_code == 303


@pytest.mark.parametrize("event", ["", "x", "0" * 32, "%00"])
async def test_no_event_no_report(shared, event):
    answer = await shared.browser.get(f"/account/history/disputes/new?event={event}")
    assert answer.status_code in {400, 404}
    assert (await report(shared, event=event or "x")).status_code in {400, 404}


async def test_anothers_event_and_anothers_report_are_not_there(shared):
    path = (await report(shared)).headers["location"]
    event = await event_of(shared)
    object.__setattr__(shared.member, "id", "f" * 32)  # somebody else looks, from here on
    assert (await shared.browser.get(path)).status_code == 404
    assert (await shared.browser.post(f"{path}/close")).status_code == 404
    assert (await shared.browser.get(f"/account/history/disputes/new?event={event}")).status_code == 404
    assert (await report(shared, event=event)).status_code == 404
    assert "Aucun signalement" in (await shared.browser.open("/account/history/disputes")).text


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"action": "destroy"}, 400),
        ({"action": ""}, 400),
        ({"note": "x" * (LONGEST + 1)}, 400),
        ({"note": "\0"}, 400),
        ({"form_token": "00"}, 403),
    ],
)
async def test_what_was_not_offered_is_refused(shared, fields, status):
    posted = {"event": await event_of(shared), "action": "none", "note": "", **fields}
    answer = await shared.browser.post("/account/history/disputes/new", **posted)
    assert answer.status_code == status
    assert "Aucun signalement" in (await shared.browser.open("/account/history/disputes")).text


async def test_there_is_a_limit_that_stops_no_withdrawal(shared):
    for _ in range(MOST_OPEN):
        await shared.read("skills", 1)
        assert (await report(shared)).status_code == 303
    await shared.read("skills", 1)
    refused = await report(shared)
    assert refused.status_code == 429
    assert "Vous avez déjà beaucoup de signalements en attente" in refused.text


async def test_a_damaged_event_leaves_the_report_readable(shared):
    event = await event_of(shared)
    path = (await report(shared)).headers["location"]
    await shared.damage(event)
    assert "En attente de réponse" in (await shared.browser.open(path)).text


def test_codes_can_be_read_aloud():
    codes = {new_code() for _ in range(500)}
    assert len(codes) == 500
    assert all(re.fullmatch(r"[2-9A-HJKMNP-TV-Z]{4}-[2-9A-HJKMNP-TV-Z]{4}", code) for code in codes)


async def test_the_event_has_no_word_of_hers(shared):
    await report(shared, note="amina@example.org")
    assert "amina" not in orjson.dumps(await leaves(shared.home.db)).decode()
