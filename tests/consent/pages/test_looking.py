"""Saved views, figures and flags, as an auditor opens them."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from consent.ledger.searching.search import Filters, search
from consent.looking.adding import add_new, forget
from consent.looking.tables import LedgerDay
from consent.looking.views import MOST, save_view, views_of
from consent.pages.host import Member
from foundation.clock import DAY
from foundation.errors import AccordError
from foundation.statements import Statement
from keys.people import PeopleKeys
from tests.consent.pages.site import LOG


class Sum(tuple):
    _fields = ("times",)


_ALL = Statement(select(func.coalesce(func.sum(col(LedgerDay.times)), 0)), Sum)


async def counted(site) -> int:
    async with site.home.db.reading() as tx:
        return int((await tx.one(_ALL))[0])


async def told(site, event):
    async with site.home.db.reading() as tx:
        return [row.leaf for row in (await search(tx, LOG, Filters(event=event))).rows]


async def test_a_search_is_kept_under_a_name(shared):
    page = await shared.auditor.open("/audit?event=data.read&client=coach")
    assert page.named("input", name="name")
    kept = await shared.auditor.submit(
        "/audit/views", name="Lectures du coach", event="data.read", client="coach", after="x"
    )
    (link,) = [one for one in kept.named("a") if one.get("href", "").startswith("/audit?")]
    assert link["href"] == "/audit?event=data.read&client=coach"
    assert "Lectures du coach" in (await shared.auditor.open("/audit")).text
    (saved,) = await told(shared, "auditor.view_saved")
    assert saved.facts["filters"] == "client event"
    path = f"/audit/views/{saved.facts['view']}/delete"
    gone = await shared.auditor.submit(path)
    assert "Aucune recherche gardée" in gone.text
    assert (await shared.auditor.post(path)).status_code == 404
    assert len(await told(shared, "auditor.view_deleted")) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "x"},
        {"name": " ", "client": "coach"},
        {"client": "coach"},
        {"name": "x", "since": "2026-02-30"},
    ],
)
async def test_what_is_no_search_is_not_kept(shared, fields):
    assert (await shared.auditor.post("/audit/views", **fields)).status_code == 400
    assert await told(shared, "auditor.view_saved") == []


async def test_views_are_her_own_and_not_too_many(site):
    db, now = site.home.db, site.home.clock.now()
    keys = PeopleKeys(b"w" * 32)
    async with db.transaction() as tx:
        hers = Member("1" * 32, await keys.create(tx, "1" * 32))
    other = replace(hers, id="2" * 32)

    async def save(number: int) -> None:
        async with db.transaction() as tx:
            await save_view(tx, hers, f"view {number}", {"client": "coach"}, now)

    results = await asyncio.gather(*(save(number) for number in range(MOST + 12)), return_exceptions=True)
    refused = [one for one in results if one is not None]
    assert [one.code for one in refused if isinstance(one, AccordError)] == ["too_many_views"] * 12
    async with db.reading() as tx:
        assert len(await views_of(tx, hers)) == MOST
        assert await views_of(tx, other) == []


async def test_figures_are_added_up_and_can_be_made_again(shared):
    empty = await shared.auditor.open("/audit/figures")
    assert "Aucune lecture pendant cette période" in empty.text
    await shared.read("skills")
    await shared.browser.submit(f"/account/apps/{await shared.grant_id()}/revoke")
    await shared.seal_log()
    added = await add_new(shared.home.db)
    assert await counted(shared) == added > 0
    assert await add_new(shared.home.db) == 0
    page = await shared.auditor.open("/audit/figures?days=91")
    for text in ("Cap Coaching", "Compétences", "Moins d’une heure", "1 en tout.", "en pointillé"):
        assert text in page.text
    assert [attrs["aria-current"] for attrs in page.named("a", href="/audit/figures?days=91")] == ["page"]
    assert page.named("svg", role="img")
    async with shared.home.db.transaction() as tx:
        await forget(tx)
    assert await counted(shared) == 0
    assert await add_new(shared.home.db) >= added
    assert (await shared.auditor.get("/audit/figures?days=x")).status_code == 200


async def test_nothing_is_flagged_where_nothing_is_wrong(shared):
    await shared.browser.submit(f"/account/apps/{await shared.grant_id()}/revoke")
    await shared.seal_log()
    await add_new(shared.home.db)
    page = await shared.auditor.open("/audit/flags")
    assert page.text.count("rien à signaler") == 4
    assert page.text.count("à regarder") == 1  # no witness
    assert [leaf.facts["view"] for leaf in await told(shared, "auditor.searched")] == ["flags"]


async def test_what_must_not_be_is_shown(shared):
    """A read under the revision that the withdrawal made: by whoever can write into the log."""
    standing = await shared.home.standing()
    await shared.browser.submit(f"/account/apps/{standing.grant_id}/revoke")
    shared.home.standing = lambda _client="coach": _given(replace(standing, revision=standing.revision + 1))
    await shared.read("skills")
    for _ in range(100):
        await shared.read("experiences")
    await shared.seal_log()
    await add_new(shared.home.db)
    page = await shared.auditor.open("/audit/flags")
    assert page.text.count("à regarder") == 3
    assert (
        "103 lectures, d’habitude 0" in page.text.replace("\xa0", " ")
        or "lectures, d’habitude 0" in page.text
    )
    shared.home.clock.advance(3 * DAY)
    assert "d’habitude 0" not in (await shared.auditor.open("/audit/flags")).text


async def _given(standing):
    return standing
