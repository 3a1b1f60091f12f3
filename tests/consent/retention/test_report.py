"""What would go, before it goes: when each month may, and what keeps it."""

import pytest

from consent.ledger.retiring.retired import Period
from consent.retention.clocks import Clocks
from consent.retention.report import due, standing_of, survey, unfinished
from foundation.clock import DAY, month_of, month_start
from foundation.errors import AccordError
from tests.consent.ledger.support import read
from tests.consent.retention.conftest import CLOCKS

JANUARY, FEBRUARY = Period("security", "2027-01"), Period("security", "2027-02")
GRANT = "b" * 32
_GRANT = """INSERT INTO consent_grant (id, client_id, subject, revision, fetch_type, choice_json, terms_json,
    answered_json, granted_at, expires_at, revoked_at)
    VALUES (?, 'coach', '', 1, 'once', '', '', '', 0, ?, ?)"""


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
    standings = await survey(log.db, CLOCKS, now)
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
    assert [one.state for one in await survey(log.db, CLOCKS, now)][:2] == ["due", "retired"]
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
    await log.tamper(_GRANT, GRANT, now + expires_in * DAY, revoked_at)
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
