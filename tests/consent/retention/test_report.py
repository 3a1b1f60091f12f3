"""What would go, before it goes: when each month may, and what keeps it."""

import pytest

from consent.ledger.retiring.retired import Period
from consent.looking.adding import add_new, forget
from consent.retention import report, rows
from consent.retention.clocks import Clocks
from consent.retention.report import due, full_survey, standing_of, survey, unfinished
from foundation.clock import DAY, month_of, month_start
from foundation.errors import AccordError
from tests.consent.ledger.support import read
from tests.consent.retention.conftest import CLOCKS, GRANTED

JANUARY, FEBRUARY = Period("security", "2027-01"), Period("security", "2027-02")
GRANT = "b" * 32


def test_months_are_counted_as_a_calendar_does():
    assert month_of(month_start("2027-01")) == "2027-01"
    assert month_of(month_start("2027-01") - 1) == "2026-12"
    assert month_start("2027-11", 14) == month_start("2029-01")
    assert month_of(2**60) == "9999-12"


def test_the_two_clocks():
    clocks = Clocks(security_months=12, consent_years=5)
    end = month_start("2027-02")
    assert clocks.may_go(JANUARY, None) == month_start("2028-02")
    assert clocks.may_go(JANUARY, end + 900 * DAY) == month_start("2028-02")  # no matter of grants
    of_consent = Period("consent", "2027-01")
    assert clocks.may_go(of_consent, None) == month_start("2032-02")
    assert clocks.may_go(of_consent, end - DAY) == month_start("2032-02")
    assert clocks.may_go(of_consent, month_start("2029-07")) == month_start("2034-07")


async def test_what_would_go_is_shown_before_it_goes(log):
    await log.grow_old(4)
    now = log.clock.now()
    standings = await full_survey(log.db, CLOCKS, now)
    assert [(*one.period, one.state, one.events, one.kept_by) for one in standings] == [
        ("consent", "2027-01", "due", 4, None),
        ("security", "2027-01", "due", 4, None),
        ("consent", "2027-02", "due", 4, None),
        ("security", "2027-02", "due", 4, None),
        ("consent", "2028-03", "kept", 1, "clock"),
    ]
    assert await due(log.db, CLOCKS, now) == [one.period for one in standings[:4]]
    leaves = await log.value(
        "SELECT sum(length(leaf) + coalesce(length(sealed), 0)) FROM ledger_event"
        " WHERE leaf LIKE '%auditor.searched%' AND id < ?",
        f"{month_start('2027-02') // 1000:012x}",
    )
    assert standings[1].bytes == leaves
    await log.retire(JANUARY)
    gone = await standing_of(log.db, CLOCKS, now, JANUARY)
    assert (gone.state, gone.events, gone.bytes, gone.retired_at) == ("retired", 4, 0, now)
    told = gone.as_dict()
    assert (told["log"], told["period"], told["may_go"]) == (
        "security",
        "2027-01",
        "2028-02-01T00:00:00+00:00",
    )
    assert JANUARY not in await due(log.db, CLOCKS, now)
    assert await unfinished(log.db) == []
    assert [one.state for one in await full_survey(log.db, CLOCKS, now)][:2] == ["due", "retired"]
    # The event that accounts for January stands in the current month, and is none of those that go.
    assert await standing_of(log.db, CLOCKS, now, Period("security", "2028-03")) is None


@pytest.mark.parametrize(
    ("expires_in", "revoked_ago", "kept"),
    [(30, None, True), (-30, None, True), (-400, None, False), (30, 10, True), (30, 400, False)],
)
async def test_a_grant_that_may_be_argued_about_keeps_its_months(log, expires_in, revoked_ago, kept):
    """Living, ended lately or long ago; by its term or by her."""
    await log.write(read(grant=GRANT))
    await log.grow_old(1)
    now = log.clock.now()
    revoked_at = None if revoked_ago is None else now - revoked_ago * DAY
    await log.tamper(GRANTED, GRANT, now + expires_in * DAY, revoked_at)
    standing = await standing_of(log.db, CLOCKS, now, Period("consent", "2027-01"))
    assert (standing.state, standing.kept_by) == (("kept", GRANT) if kept else ("due", None))
    if kept:
        with pytest.raises(AccordError) as refused:
            await log.retire(standing.period)
        assert (refused.value.code, refused.value.status) == ("period_kept", 409)
        assert standing.may_go > now
    assert (await standing_of(log.db, CLOCKS, now, JANUARY)).state == "due"


async def test_an_event_without_a_place_keeps_its_month(log):
    early = log.clock.now()
    await log.grow_old(1)
    async with log.db.transaction() as tx:
        await log.ledger.append(tx, read(), person=log.person, now=early, request_id=None)
    now = log.clock.now()
    assert (await standing_of(log.db, CLOCKS, now, JANUARY)).kept_by == "waiting"
    await log.drain()
    assert (await standing_of(log.db, CLOCKS, now, JANUARY)).state == "due"


async def test_what_never_was_cannot_go(log):
    await log.grow_old(1)
    for period in (Period("security", "2020-01"), Period("security", "2028-03")):
        with pytest.raises(AccordError, match="no event"):
            await log.retire(period)


async def test_an_interrupted_retirement_is_found(log):
    await log.grow_old(2)

    async def nobody_signs() -> None:
        pass

    with pytest.raises(AccordError):
        await log.retiring().retire(JANUARY, nobody_signs)
    assert await unfinished(log.db) == [JANUARY]
    standing = await standing_of(log.db, CLOCKS, log.clock.now(), JANUARY)
    assert (standing.state, standing.events) == ("going", 2)
    await log.retire(JANUARY)
    assert await unfinished(log.db) == []


STATEMENTS = {"INTENTS": rows.INTENTS, "HELD": rows.HELD, "FIRST_WAITING": rows.FIRST_WAITING}
# What grows with the log: no question of the report may touch it, but by the id of an account.
LONG = ("ledger_entry", "ledger_tile", "ledger_retired", "ledger_shelf")


class Counting:
    """Counts what is asked and what comes of it."""

    def __init__(self, tx) -> None:
        self.tx, self.statements, self.rows = tx, 0, 0

    def __getattr__(self, name):
        async def call(statement, **values):
            found = await getattr(self.tx, name)(statement, **values)
            self.statements, self.rows = self.statements + 1, self.rows + len(found)
            return found

        return call


async def test_the_report_costs_the_same_however_long_the_log_is(log):
    asked = []
    for count in (2, 40):
        await log.grow_old(count)
        await full_survey(log.db, CLOCKS, log.clock.now())
        async with log.db.reading() as tx:
            counting = Counting(tx)
            standings = await survey(counting, CLOCKS, log.clock.now())
        asked.append((counting.statements, counting.rows - len(standings)))
    assert asked == [(3, 1), (3, 1)]


@pytest.mark.parametrize("name", STATEMENTS)
async def test_no_question_of_the_report_reads_the_log(log, name):
    """By the plans of both databases: SQLite's names each table, PostgreSQL's each node."""
    compiled = STATEMENTS[name].compiled_for(log.db.dialect)
    explain = "EXPLAIN QUERY PLAN" if log.db.dialect == "sqlite" else "EXPLAIN"
    plan = " ".join(str(step[-1]) for step in await log.rows(f"{explain} {compiled.sql}"))
    assert not [table for table in LONG if table in plan], plan
    assert "SCAN ledger_event" not in plan  # of an empty table PostgreSQL's plan says nothing


async def test_a_month_is_looked_through_once_and_again_when_its_grant_lets_go(log, monkeypatch):
    """Who looked knows the grant that ended last; while that one keeps the month, nobody looks again."""
    looks = []
    real = report._look

    async def look(db, standing, now):
        looks.append(standing.period)
        await real(db, standing, now)

    monkeypatch.setattr(report, "_look", look)
    await log.write(read(grant=GRANT))
    await log.grow_old(1)
    now, of_january = log.clock.now(), Period("consent", "2027-01")
    await log.tamper(GRANTED, GRANT, now + 30 * DAY, None)

    async def state(moment):
        standings = await full_survey(log.db, CLOCKS, moment)
        return next((one.state, one.kept_by) for one in standings if one.period == of_january)

    assert await state(now) == ("kept", GRANT)
    assert await state(now) == await state(now + 200 * DAY) == ("kept", GRANT)
    assert looks.count(of_january) == 1
    assert await state(now + 400 * DAY) == (
        "due",
        None,
    )  # it ended after the look: others could have outlived it
    assert await state(now + 500 * DAY) == ("due", None)
    assert looks.count(of_january) == 2
    async with log.db.transaction() as tx:  # one that comes late makes it be looked through again
        await log.ledger.append(tx, read(), person=log.person, now=month_start("2027-01"), request_id=None)
    await log.drain()
    await add_new(log.db)
    async with log.db.reading() as tx:
        [seen] = [one for one in await survey(tx, CLOCKS, now + 500 * DAY) if one.period == of_january]
    assert (seen.state, seen.kept_by) == ("kept", "look")
    assert await state(now + 500 * DAY) == ("due", None)


async def test_counting_again_waits_for_a_retirement(log):
    await log.grow_old(2)
    before = await full_survey(log.db, CLOCKS, log.clock.now())
    async with log.db.transaction() as tx:
        await forget(tx)
    assert await full_survey(log.db, CLOCKS, log.clock.now()) == before

    async def nobody_signs() -> None:
        pass

    with pytest.raises(AccordError):
        await log.retiring().retire(JANUARY, nobody_signs)
    with pytest.raises(AccordError) as refused:
        async with log.db.transaction() as tx:
            await forget(tx)
    assert (refused.value.code, refused.value.status) == ("period_going", 409)
