"""Search, dossier, history: filters, pages without gap or repeat, waiting events among the others."""

import re
from typing import NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from bench.rows import EVENT, Read, event_row, filed, write
from consent.events import ConsentGiven, ConsentRevoked
from consent.ledger import shelves
from consent.ledger.searching.find import COLUMN_OF, _placed, find, telling
from consent.ledger.searching.search import MAX_PAGE, Filters, dossier, search
from consent.ledger.shelves import Window
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerShelf
from foundation.clock import MINUTE, SECOND
from foundation.errors import AccordError
from foundation.statements import Write
from tests.consent.ledger.support import ORIGIN, fresh_secrets, read

GRANTS = ["a" * 32, "b" * 32, "c" * 32]


def agreed(client: str, grant: str) -> ConsentGiven:
    return ConsentGiven(
        client=client,
        grant=grant,
        revision=1,
        scopes="skills",
        declined="",
        future="",
        hidden=0,
        duration="30d",
        expires_at=0,
        notice="0" * 64,
        record="0" * 64,
        hidden_items=(),
    )


def revoked(client: str, grant: str) -> ConsentRevoked:
    return ConsentRevoked(
        client=client, grant=grant, revision=2, scopes="skills", by="person", record="0" * 64
    )


@pytest.fixture
async def told(log):
    """Two apps, three grants, 24 events: the first 18 have places under a head, 3 have places, 3 wait."""
    await log.sequencer.advance()
    log.people = [fresh_secrets(), fresh_secrets()]
    log.written = []
    for number in range(24):
        client, grant = ("coach", GRANTS[number % 2]) if number % 4 else ("kiosk", GRANTS[2])
        make = {0: agreed, 1: read, 2: read, 3: revoked}[number % 4]
        event = read(1, client=client, grant=grant) if make is read else make(client, grant)
        log.written.append((await log.write(event, log.people[number % 2])).event_id)
        if number == 17:
            await log.drain()
        if number == 20:
            await log.sequencer.advance()
    return log


async def pages(ask, log, **given_to_it):
    """All rows of a query, three at a time."""
    rows, cursor = [], None
    while True:
        async with log.db.reading() as tx:
            page = await ask(tx, ORIGIN, cursor=cursor, limit=3, **given_to_it)
        assert len(page.rows) <= 3
        rows += page.rows
        if page.cursor is None:
            return rows
        assert page.cursor == page.rows[-1].event_id
        cursor = page.cursor


def ids(rows) -> list[str]:
    return [row.event_id for row in rows]


async def test_no_filter_gives_all_newest_first(told):
    rows = await pages(search, told, filters=Filters())
    assert ids(rows) == told.written[::-1]
    assert [row.position for row in rows] == [None] * 3 + list(range(20, -1, -1))
    assert [row.state for row in rows] == ["promised"] * 6 + ["integrated"] * 18
    assert all((row.deadline is None) == (row.state == "integrated") for row in rows)
    assert rows[0].deadline == rows[0].leaf.time + 10 * SECOND
    assert all(row.leaf.id == row.event_id for row in rows)


FILTERS = [
    (Filters(event="data.read"), lambda leaf: leaf.event == "data.read"),
    (Filters(client="kiosk"), lambda leaf: leaf.client == "kiosk"),
    (Filters(grant=GRANTS[1]), lambda leaf: leaf.grant == GRANTS[1]),
    (Filters(outcome="success"), lambda leaf: True),
    (Filters(outcome="refused"), lambda leaf: False),
    (Filters(log="security"), lambda leaf: False),
    (Filters(request="4bf92f3577b34da6"), lambda leaf: True),
    (Filters(request="4bf92f35"), lambda leaf: False),
    (Filters(client='co"ach'), lambda leaf: False),
    (
        Filters(event="data.read", client="coach", grant=GRANTS[1]),
        lambda leaf: (leaf.event, leaf.grant) == ("data.read", GRANTS[1]),
    ),
]


async def test_each_filter(told):
    everything = await pages(search, told, filters=Filters())
    for filters, kept in FILTERS:
        rows = await pages(search, told, filters=filters)
        assert rows == [row for row in everything if kept(row.leaf)], filters


async def test_a_pseudonym_finds_one_person_at_one_app(told):
    everything = await pages(search, told, filters=Filters())
    name = everything[0].leaf.person
    rows = await pages(search, told, filters=Filters(person=name))
    assert rows == [row for row in everything if row.leaf.person == name]
    assert {row.leaf.client for row in rows} == {everything[0].leaf.client}


async def test_a_time_range(told):
    everything = await pages(search, told, filters=Filters())
    since, until = everything[20].leaf.time, everything[4].leaf.time
    rows = await pages(search, told, filters=Filters(since=since, until=until))
    assert rows == everything[5:21]
    assert await pages(search, told, filters=Filters(since=until, until=since)) == []
    assert len(await pages(search, told, filters=Filters(since=-1))) == 24


async def test_a_dossier_is_a_grant_s_story_oldest_first(told):
    everything = await pages(search, told, filters=Filters())
    rows = await pages(dossier, told, grant=GRANTS[2])
    assert rows == [row for row in everything[::-1] if row.leaf.grant == GRANTS[2]]


async def test_an_event_that_gets_its_place_between_two_reads_is_seen_once(told):
    """The queue is read first; then the row moves; then the entries are read."""

    class Moving:
        def __init__(self, tx) -> None:
            self.tx = tx
            self.first = tx.first
            self.moved = False

        async def all(self, statement, **values):
            rows = await self.tx.all(statement, **values)
            if not self.moved:
                self.moved = True
                await told.sequencer.advance()
            return rows

    async with told.db.reading() as tx:
        page = await search(Moving(tx), ORIGIN, Filters(), limit=30)
    assert ids(page.rows) == told.written[::-1]
    assert page.rows[0].position == 23


async def test_hostile_pages(told):
    async with told.db.reading() as tx:
        for ask in (search(tx, ORIGIN, Filters(), cursor="'; --"), dossier(tx, ORIGIN, "a", cursor="x")):
            with pytest.raises(AccordError) as refusal:
                await ask
            assert (refusal.value.code, refusal.value.status) == ("bad_cursor", 400)
        assert len((await search(tx, ORIGIN, Filters(), limit=-5)).rows) == 1
        assert len((await search(tx, ORIGIN, Filters(), limit=10**9)).rows) == 24 <= MAX_PAGE
        assert (await search(tx, ORIGIN, Filters(client="%"))).rows == []


async def test_a_row_whose_leaf_is_none_still_shows(told):
    await told.tamper("UPDATE ledger_event SET leaf = 'x' WHERE id = ?", told.written[3])
    rows = await pages(search, told, filters=Filters())
    assert [row.leaf is None for row in rows][-4] is True
    assert len(rows) == 24


INDEXED = sorted(COLUMN_OF.keys() - {"time", "log"})
COMBINED = [("event", "grant"), ("grant", "log", "outcome")]


@pytest.mark.parametrize("names", [(), *((name,) for name in INDEXED), *COMBINED], ids=str)
async def test_a_page_is_a_range_of_an_index(sqlite_log, names):
    """Whatever the filter, nothing is sorted and no table is read through."""
    by = next(iter(telling(dict.fromkeys(names, "x"))), None)
    compiled = _placed(names, by, ascending=False).compiled_for("sqlite")
    values = {"low": "", "high": "g", "limit": 50, **{f"is_{name}": "x" for name in names}}
    steps = await sqlite_log.rows(f"EXPLAIN QUERY PLAN {compiled.sql}", *compiled.arguments(values))
    plan = " ".join(step[-1] for step in steps)
    index = next((f"ix_ledger_entry_{name}" for name in ("grant", *names) if name in names), "autoindex")
    if {"grant", "person"} & set(names):
        by_shelf = rf"{index} \(shelf=\? AND (grant_id|person)=\? AND event_id>\? AND event_id<\?\)"
        assert re.search(by_shelf, plan), plan
        assert re.findall(r"SCAN (\w+)", plan) in ([], ["page"]), plan  # the page that was chosen
        return
    assert plan.startswith("SEARCH ledger_entry USING")
    assert index in plan.partition(" SEARCH ")[0]
    assert "SCAN" not in plan
    assert "TEMP B-TREE" not in plan


class Asked(NamedTuple):
    """owners: whose each event is, in order of time; order: in which they came to the shelves."""

    owners: list[int]
    order: list[int]
    since: int
    until: int
    limit: int


@given(
    asked=st.builds(
        Asked,
        owners=st.lists(st.integers(0, 2), min_size=23, max_size=23),
        order=st.permutations(range(23)),
        since=st.integers(0, 24),
        until=st.integers(0, 24),
        limit=st.integers(1, 7),
    )
)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_the_shelves_hold_pages_are_in_order_and_whole(db, monkeypatch, asked):
    """Ids come to the shelves in any order, as slow transactions bring them."""
    monkeypatch.setattr(shelves, "SHELF_BITS", 1)
    monkeypatch.setattr(shelves, "_FIRST", 1)
    made = [
        event_row(Read(GRANTS[owner], "skills", "label", MINUTE * at))
        for at, owner in enumerate(asked.owners)
    ]
    entries = [made[at][1] | {"position": position} for position, at in enumerate(asked.order)]
    async with db.transaction() as tx:
        for table in (LedgerEntry, LedgerShelf, LedgerEvent):
            await tx.run(Write(delete(table)))
    await write(db, (EVENT, [event for event, _ in made]), *filed(entries))
    hers = [
        event["id"]
        for at, (event, _) in enumerate(made)
        if asked.owners[at] == 0 and asked.since <= at < asked.until
    ]
    for ascending in (True, False):
        seen, bounds = [], Window.of(MINUTE * asked.since, MINUTE * asked.until)
        async with db.reading() as tx:
            while found := await find(tx, {"grant": GRANTS[0]}, bounds, asked.limit, ascending=ascending):
                seen += [one.event_id for one in found]
                bounds = bounds.after(seen[-1]) if ascending else bounds.before(seen[-1])
        assert seen == (hers if ascending else hers[::-1])
