"""The projection and what is read with its tail: always exactly what the ledger says, however they meet."""

import asyncio
import json
import random
from collections import Counter

import pytest
from sqlalchemy import bindparam, delete, func, select, update
from sqlmodel import col

from consent.ledger.tables import LedgerEvent
from consent.mirror import tail
from consent.mirror.days import history_by_day, reads_by_week
from consent.mirror.entries import ALL, TotalKey
from consent.mirror.folder import Folder, position
from consent.mirror.tables import HistoryDay, ReadTotal
from consent.mirror.totals import last_reads, readers_of, totals_of
from consent.tables import Grant
from foundation.clock import DAY, HOUR
from foundation.database import open_database
from foundation.errors import AccordError
from foundation.statements import Statement, Write
from tests.consent.mirror.living import KEYS, Life, life_on, seen
from tests.consent.sharing import leaves

_DAMAGE = Write(
    update(LedgerEvent).where(col(LedgerEvent.id) == bindparam("event_id")).values(leaf="no leaf at all")
)
_ERASE = Write(update(Grant).where(col(Grant.person_id) == bindparam("person")).values(person_id=None))


class Rows(tuple):
    _fields = ("rows",)


def count(table):
    return Statement(select(func.count()).select_from(table), Rows)


async def everything(life, who):
    """Every line of her history, by pages of three."""
    lines, cursor = [], None
    while True:
        page = await seen(life.db, history_by_day, who.person.id, cursor, 3)
        lines += page.lines
        if page.cursor is None:
            return lines
        cursor = page.cursor


def oracle(events, grants):
    """From the leaves themselves: how often each thing happened, and how often each dataset left."""
    mine = [leaf for leaf in events if leaf["grant"] in grants]
    times = Counter((leaf["grant"], leaf["event"], leaf["facts"].get("dataset")) for leaf in mine)
    read = [leaf for leaf in mine if leaf["event"] == "data.read" and leaf["facts"]["dataset"] != "grant"]
    totals = Counter((leaf["grant"], leaf["facts"]["dataset"]) for leaf in read)
    totals.update((ALL, leaf["facts"]["dataset"]) for leaf in read)
    return (
        times,
        totals,
        {leaf["grant"]: max(o["time"] for o in read if o["grant"] == leaf["grant"]) for leaf in read},
    )


async def agrees(life, who, grants):
    times, totals, last = oracle(await leaves(life.db), grants)
    lines = await everything(life, who)
    told = Counter()
    for line in lines:
        told[line.grant_id, line.leaf.event, line.leaf.facts.get("dataset")] += line.times
    assert told == times
    found = await seen(life.db, totals_of, who.person.id, [*grants, ALL])
    assert Counter({(key.grant_id, key.dataset): total.reads for key, total in found.items()}) == totals
    assert await seen(life.db, last_reads, who.person.id, grants) == last


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_is_placed_and_folded_when_all_is_told_once(life: Life, seed: int) -> None:
    """A random walk; `steps` weigh what happens, in small pieces so that every seam is met."""
    chance = random.Random(seed)  # noqa: S311  # a repeatable walk
    other = Folder(life.db, life.clock, batch=2)
    life.folder = Folder(life.db, life.clock, batch=3)
    amina, bruno = await life.person(), await life.person()
    grants = {who.person.id: [(await life.share(who, app)).standing.grant_id for app in ("coach", "two")]
              for who in (amina, bruno)}  # fmt: skip
    for _ in range(40):
        step = chance.choice(["read", "read", "read", "place", "fold", "other", "day"])
        if step == "read":
            who, app = chance.choice([amina, bruno]), chance.choice(["coach", "two"])
            await life.read(who, app, chance.choice(["skills", "experiences", "grant"]))
        elif step == "day":
            life.clock.advance(chance.choice([HOUR, DAY]))
        elif step == "place":
            await life.sequencer.advance(sign_now=True)
        else:
            await (life.folder if step == "fold" else other).step()
        if chance.random() < 0.3:
            await agrees(life, amina, grants[amina.person.id])
    await life.fold()
    for who in (amina, bruno):
        await agrees(life, who, grants[who.person.id])
    assert await seen(life.db, position) == len(await leaves(life.db))


async def test_nodes_that_fold_at_once_fold_each_entry_once(life: Life, database_url: str) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    for _ in range(30):
        await life.read(amina)
    await life.place()
    others = [life.db]
    if life.db.dialect == "postgresql":
        others = [open_database(database_url) for _ in range(3)]
        for one in others:
            await one.start()
    folded = await asyncio.gather(
        *(Folder(one, life.clock, batch=4).catch_up() for one in others for _ in range(3))
    )
    for one in others[: len(others) * (life.db.dialect == "postgresql")]:
        await one.stop()
    assert await life.folder.catch_up() + sum(folded) == 31
    (total,) = (await seen(life.db, totals_of, amina.person.id, [grant])).values()
    assert total.reads == 30


async def test_a_pass_that_is_cut_wrote_nothing(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    await life.read(amina)
    await life.place()

    async def cut(*_words: object) -> None:
        raise OSError("the machine stops here")

    with monkeypatch.context() as broken:
        broken.setattr("consent.mirror.folder._write", cut)
        with pytest.raises(OSError, match="stops here"):
            await life.folder.step()
    assert await seen(life.db, position) == 0
    assert await life.folder.catch_up() == 2
    await agrees(life, amina, [grant])


async def test_a_damaged_leaf_stops_nothing(life: Life) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    damaged = await life.read(amina)
    await life.read(amina, dataset="experiences")
    async with life.db.transaction() as tx:
        await tx.run(_DAMAGE, event_id=damaged)
    for _ in range(2):
        found = await seen(life.db, totals_of, amina.person.id, [grant])
        assert {key.dataset for key in found} == {"experiences"}
        assert await life.fold() in {0, 3}


async def test_a_line_whose_newest_leaf_was_damaged_since_is_left_to_the_auditors(life: Life) -> None:
    amina = await life.person()
    await life.share(amina)
    event_id = await life.read(amina)
    await life.fold()
    async with life.db.transaction() as tx:
        await tx.run(_DAMAGE, event_id=event_id)
    assert [line.leaf.event for line in await everything(life, amina)] == ["consent.given"]


async def test_an_erased_person_leaves_no_summary_and_gets_none(life: Life) -> None:
    amina, bruno = await life.person(), await life.person()
    for who in (amina, bruno):
        await life.share(who)
        await life.read(who)
    await life.fold()
    await life.read(amina)
    await life.place()
    async with life.db.transaction() as tx:
        await KEYS.destroy(tx, amina.person.id)  # what an erasure holds first
        for table in (HistoryDay, ReadTotal):
            await tx.run(Write(delete(table).where(col(table.person_id) == amina.person.id)))
        if life.db.dialect == "sqlite":  # whichever comes first
            await tx.run(_ERASE, person=amina.person.id)
    assert await life.folder.catch_up() == 1
    assert await everything(life, amina) == []
    assert (await seen(life.db, totals_of, amina.person.id, [ALL])) == {}
    assert len(await everything(life, bruno)) == 2
    async with life.db.reading() as tx:
        assert (await tx.one(count(HistoryDay)))[0] == 2
        assert (await tx.one(count(ReadTotal)))[0] == 2


async def test_a_long_backlog_costs_a_page_no_more(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tail, "MOST", 2)
    amina = await life.person()
    await life.share(amina)
    for _ in range(5):
        await life.read(amina)
    await life.place()
    assert sum(line.times for line in await everything(life, amina)) == 2
    await life.fold()
    assert sum(line.times for line in await everything(life, amina)) == 6


async def test_nobody_reads_anothers(life: Life) -> None:
    amina, bruno = await life.person(), await life.person()
    grant = (await life.share(amina)).standing.grant_id
    await life.read(amina)
    for _ in range(2):
        assert (await seen(life.db, history_by_day, bruno.person.id)).lines == []
        assert await seen(life.db, totals_of, bruno.person.id, [grant, ALL]) == {}
        weeks = await seen(life.db, reads_by_week, bruno.person.id, grant, life.clock.now())
        assert sum(reads for _, reads in weeks) == 0
        assert await seen(life.db, readers_of, bruno.person.id, "skills") == ([], None)
        await life.fold()


async def test_weeks_begin_on_monday_and_the_last_is_this_one(life: Life) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    for wait in (0, 7 * DAY, 7 * DAY, 0):
        life.clock.advance(wait)
        await life.read(amina)
        await life.read(amina, dataset="grant")
    await life.fold()
    await life.read(amina)
    weeks = await seen(life.db, reads_by_week, amina.person.id, grant, life.clock.now())
    assert [reads for _, reads in weeks] == [0] * 9 + [1, 1, 3]
    assert [(day + 3) % 7 for day, _ in weeks] == [0] * 12


async def test_who_read_a_dataset_comes_by_pages_the_last_first(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("consent.mirror.totals.PAGE", 2)
    amina = await life.person()
    grants = []
    for number in range(5):
        grants.append((await life.share(amina, f"app-{number}")).standing.grant_id)
        await life.read(amina, f"app-{number}")
    await life.fold()
    shown, cursor = [], None
    while True:
        page, cursor = await seen(life.db, readers_of, amina.person.id, "skills", cursor)
        shown += [key for key, _ in page]
        if cursor is None:
            break
    assert shown == [TotalKey(grant, "skills", "label level") for grant in reversed(grants)]


@pytest.mark.parametrize(
    "cursor", ["", "x", "1", "1.x", "9999999." + "a" * 32 + ".", "20000." + "a" * 32 + ".\0"]
)
async def test_a_damaged_cursor_is_refused(life: Life, cursor: str) -> None:
    with pytest.raises(AccordError, match="damaged"):
        await seen(life.db, history_by_day, "p", cursor)


@pytest.mark.parametrize("cursor", ["", "x", "1", "1.x", "1" * 19 + "." + "a" * 32])
async def test_a_damaged_cursor_of_readers_is_refused(life: Life, cursor: str) -> None:
    with pytest.raises(AccordError, match="damaged"):
        await seen(life.db, readers_of, "p", "skills", cursor)


async def test_what_a_page_reads_are_ranges_of_indexes(sqlite_url: str, clock) -> None:
    """On SQLite, which keeps no statistics: no walk over all of anybody's rows, no sort."""
    database = open_database(sqlite_url)
    await database.start()
    life = life_on(database, clock)
    amina = await life.person()
    await life.share(amina)
    plans = []

    def explain(sql, arguments):
        steps = database._reader.execute(f"EXPLAIN QUERY PLAN {sql}", arguments)
        plans.extend(step[-1] for step in steps)

    from consent.mirror import days, totals  # noqa: PLC0415  # their private statements

    values = {"person_id": "p", "day": 1, "grant_id": "g", "line": "", "most": 5}
    for statement, given in (
        (days._PAGE_OF, values),
        (
            totals._OF_DATASET,
            {"person_id": "p", "dataset": "skills", "last_at": 1, "grant_id": "g", "most": 5},
        ),
        (totals._OF_GRANTS, {"person_id": "p", "grants": json.dumps(["a"])}),
        (tail._PLACED, {"low": 0, "person_id": "p"}),
        (tail._OWNED, {"grants": "[]", "person_id": "p"}),
    ):
        compiled = statement.compiled_for("sqlite")
        explain(compiled.sql, compiled.arguments(given))
    await database.stop()
    assert not [step for step in plans if "TEMP B-TREE" in step or "consent_grant_person" in step]
    scans = [step for step in plans if step.startswith("SCAN") and "VIRTUAL TABLE" not in step]
    assert scans == []
