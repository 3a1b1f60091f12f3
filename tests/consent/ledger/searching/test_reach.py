"""Every combination of filters, page after page: nothing missed, nothing twice, and never far at once."""

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.events import ConsentAsked, ConsentGiven, DataLimited
from consent.ledger.searching import kinds, reach
from consent.ledger.searching.find import MOST_TELLING
from consent.ledger.searching.reach import _counted
from consent.ledger.searching.search import Filters, search
from tests.consent.ledger.support import ORIGIN, fresh_secrets, read

GRANTS = ["a" * 32, "b" * 32]
EVENTS = 40


def asked(client: str, scopes: str, purposes: str) -> ConsentAsked:
    return ConsentAsked(
        client=client,
        scopes=scopes,
        notice="0" * 64,
        page_version="1",
        locale="fr",
        purposes=purposes,
        record="0" * 64,
        reason="first",
    )


def made(number: int) -> Any:
    client, grant = ("coach", GRANTS[0]) if number % 3 else ("kiosk", GRANTS[1])
    if number % 7 == 0:
        return asked(client, "openid skills", "matching" if number % 2 else "coaching matching")
    if number % 13 == 0:
        return DataLimited(
            client=client,
            grant=grant,
            revision=1,
            scopes="skills",
            dataset="skills",
            reads=1,
            per="day",
            until=9,
        )
    if number % 11 == 0:
        return ConsentGiven(
            client=client, grant=grant, revision=1, scopes="openid email skillset", declined="skills",
            future="", hidden=0, duration="30d", expires_at=0, notice="0" * 64, record="0" * 64,
            hidden_items=(),
        )  # fmt: skip
    return read(1, client=client, grant=grant)


@pytest.fixture
async def full(log):
    """Forty events of two apps and two people; the last five wait for their place."""
    people = [fresh_secrets(), fresh_secrets()]
    await log.sequencer.advance()
    for number in range(EVENTS):
        await log.write(made(number), people[number % 2])
        if number == EVENTS - 6:
            await log.drain()
    async with log.db.reading() as tx:
        log.everything = (await search(tx, ORIGIN, Filters(), limit=EVENTS)).rows
    assert len(log.everything) == EVENTS
    return log


def matches(row, asked: Filters) -> bool:
    leaf, place = row.leaf, row.position
    exact = {name: getattr(leaf, name) for name in ("event", "log", "outcome", "client", "person", "grant")}
    wanted = {name: getattr(asked, name) for name in exact}
    return (
        all(wanted[name] in {None, exact[name]} for name in exact)
        and (asked.scope is None or asked.scope in (leaf.scopes or "").split())
        and (asked.purpose is None or asked.purpose in str(leaf.facts.get("purposes", "")).split())
        and (asked.first is None or (place is not None and place >= asked.first))
        and (asked.last is None or (place is not None and place <= asked.last))
    )


def one_of(*values):
    return st.sampled_from([None, None, None, *values])


@given(
    asked=st.builds(
        dict,
        event=one_of("data.read", "consent.asked", "data.limited", "nothing"),
        log=one_of("consent", "security"),
        outcome=one_of("success", "refused"),
        client=one_of("coach", "kiosk"),
        person=one_of(0, 1),
        grant=one_of(*GRANTS),
        scope=one_of("skills", "openid", "skill", "email"),
        purpose=one_of("coaching", "matching"),
        first=one_of(0, 10, 50),
        last=one_of(5, 30, 2**40),
    ),
    looked=st.integers(1, 9),
    limit=st.integers(1, 7),
)
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_pages_of_any_combination_are_whole(full, monkeypatch, asked, looked, limit):
    monkeypatch.setattr(reach, "LOOKED", looked)
    monkeypatch.setattr(reach, "_FEW", 1)
    person = asked.pop("person")
    name = None if person is None else full.everything[person].leaf.person
    filters = Filters(**asked, person=name)
    seen, cursor, asks = [], None, 0
    async with full.db.reading() as tx:
        while cursor is not None or not asks:
            page = await search(tx, ORIGIN, filters, cursor=cursor, limit=limit)
            assert len(page.rows) <= limit
            assert (page.looked_to is None) or page.cursor is not None
            seen, cursor, asks = [*seen, *page.rows], page.cursor, asks + 1
            assert asks <= EVENTS + 1
    assert seen == [row for row in full.everything if matches(row, filters)]


async def test_a_page_that_found_nothing_says_how_far_it_looked(full, monkeypatch):
    monkeypatch.setattr(reach, "LOOKED", 10)
    async with full.db.reading() as tx:
        page = await search(tx, ORIGIN, Filters(scope="nothing"))
    assert page.rows == []
    assert page.cursor is not None
    row = next(row for row in full.everything if row.event_id == page.cursor)
    assert page.looked_to == row.leaf.time // 1000 * 1000


async def test_a_damaged_leaf_stops_no_search(full):
    await full.tamper("UPDATE ledger_event SET leaf = 'x' WHERE id = ?", full.everything[20].event_id)
    await full.tamper(
        'UPDATE ledger_event SET leaf = \'"scopes":"\' WHERE id = ?', full.everything[21].event_id
    )
    await full.tamper("UPDATE ledger_event SET leaf = '' WHERE id = ?", full.everything[22].event_id)
    async with full.db.reading() as tx:
        page = await search(tx, ORIGIN, Filters(scope="openid", purpose="matching"), limit=EVENTS)
    assert {row.leaf.event for row in page.rows if row.leaf is not None} == {"consent.asked"}


@pytest.mark.parametrize("name", [None, *MOST_TELLING])
async def test_counting_is_a_range_of_an_index_alone(sqlite_log, name):
    compiled = _counted(name).compiled_for("sqlite")
    values = {"low": "", "high": "g", "limit": 50, **({} if name is None else {"value": "x"})}
    steps = await sqlite_log.rows(f"EXPLAIN QUERY PLAN {compiled.sql}", *compiled.arguments(values))
    plan = " ".join(step[-1] for step in steps)
    assert re.search(r"SEARCH ledger_entry USING COVERING INDEX", plan), plan
    assert re.findall(r"SCAN (\w+)", plan) == ["piece"], plan


TOLD = [{"log": "consent"}, {"log": "security"}, {"outcome": "refused"}, {"outcome": "success"},
        {"log": "consent", "outcome": "refused"}, {"log": "security", "event": "data.read"}]  # fmt: skip


@pytest.mark.parametrize("asked", TOLD, ids=str)
async def test_what_names_decide_is_found_wherever_it_stands(full, monkeypatch, asked):
    """However little a search looks at: a class or an outcome is some ranges of the index by name."""
    monkeypatch.setattr(reach, "LOOKED", 1)
    async with full.db.reading() as tx:
        page = await search(tx, ORIGIN, Filters(**asked), limit=EVENTS)
    assert page.rows == [row for row in full.everything if matches(row, Filters(**asked))]
    assert (page.cursor, page.looked_to) == (None, None)


@pytest.mark.parametrize(
    ("statement", "values"),
    [(kinds._NAMES, {}), (kinds._NEWEST, {"low": "", "high": "g", "limit": 50, "events": "[]"})],
    ids=["names", "newest"],
)
async def test_kinds_are_leapt_through_by_their_index(sqlite_log, statement, values):
    compiled = statement.compiled_for("sqlite")
    steps = await sqlite_log.rows(f"EXPLAIN QUERY PLAN {compiled.sql}", *compiled.arguments(values))
    plan = [step[-1] for step in steps]
    touched = [step for step in plan if "ledger_entry" in step]
    assert touched
    assert all(step.startswith("SEARCH") for step in touched), plan
    assert all("ix_ledger_entry_event" in step or "(event_id=?)" in step for step in touched), plan
