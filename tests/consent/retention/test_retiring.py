"""A class and a month go whole: at every moment the log accounts for what went, and its proofs hold."""

import asyncio
import contextlib

import orjson
import pytest

from consent.ledger.export import follow
from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.files.writing import write_files
from consent.ledger.merkle import verify_inclusion
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.proofs import prove
from consent.ledger.retiring.retired import Period
from consent.ledger.searching.search import Filters, search
from consent.ledger.verifying.accounts import retired_fault
from consent.retention import moving, retiring
from consent.retention.report import due, standing_of
from foundation.errors import AccordError, StorageUnavailableError
from tests.consent.ledger.faults import Faulty
from tests.consent.ledger.support import ORIGIN, read
from tests.consent.retention.conftest import CLOCKS, GRANTED

JANUARY = Period("security", "2027-01")
CONSENT = Period("consent", "2027-01")
FEBRUARY = Period("security", "2027-02")


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(moving, "PIECE", 3)
    monkeypatch.setattr(retiring, "_PAGE", 16)


async def proofs_of(log, ids):
    async with log.db.reading() as tx:
        return [await prove(tx, ORIGIN, one) for one in ids]


async def taken(log, folder):
    await write_files(log.db, ORIGIN, folder)
    return check_files(Folder(folder), Asked(unwitnessed(log.signer.verifier)))


async def test_a_month_goes_and_all_still_verifies(log, tmp_path):
    await log.grow_old(20)
    root = (await log.verdict()).root
    ids = await log.rows("SELECT event_id FROM ledger_entry WHERE position IN (0, 38) ORDER BY position")
    gone = [row[0] for row in ids]
    said = []
    assert await log.retire(JANUARY, progress=lambda *done: said.append(done)) == 20
    assert said == [(done, 20) for done in (0, 3, 6, 9, 12, 15, 18, 20)]
    verdict = await log.verdict()
    assert verdict.ok, verdict.message()
    assert (verdict.events, verdict.signed, verdict.retired) == (82, 82, 20)
    assert "20 of them retired" in verdict.message()
    assert await log.rows("SELECT log, count(*) FROM ledger_retired GROUP BY log") == [("security", 20)]
    for table in ("ledger_event", "ledger_entry"):
        assert await log.value(f"SELECT count(*) FROM {table}") == 62  # noqa: S608  # ours
    assert root != verdict.root  # one event more
    for proof, position in zip(await proofs_of(log, gone), (0, 38), strict=True):
        assert proof.position == position
        verify_inclusion(position, proof.size, proof.leaf_hash, proof.proof, proof.root)
    checked = await taken(log, tmp_path)
    assert checked.lie is None
    assert (checked.leaves, checked.missing) == (82, 20)


async def test_both_classes_and_months_one_after_the_other(log, tmp_path):
    await log.grow_old(5)
    for period in (CONSENT, FEBRUARY, JANUARY, Period("consent", "2027-02")):
        assert await log.retire(period) == 5
        assert await log.retire(period) == 5  # what ended is not done again
        verdict = await log.verdict()
        assert verdict.ok, verdict.message()
    assert await log.value("SELECT count(*) FROM ledger_retirement WHERE ended_at IS NULL") == 0
    assert await log.value("SELECT count(*) FROM ledger_entry WHERE event = 'log.retired'") == 4
    checked = await taken(log, tmp_path)
    assert checked.lie is None
    assert checked.missing == 20
    followed = [one async for one in follow(log.db)]
    assert [one.position for one in followed] == list(range(25))
    assert [one.leaf is None for one in followed] == [True] * 20 + [False] * 5
    assert all(len(one.leaf_hash) == 32 for one in followed)
    async with log.db.reading() as tx:
        page = await search(tx, ORIGIN, Filters(log="security"))
    assert {row.leaf.event for row in page.rows} == {"log.retired"}


async def test_a_crash_at_each_step_leaves_a_log_that_verifies_and_is_finished(log, tmp_path):
    """Each statement and each commit of a retirement in turn, "not stored" and "stored anyway"."""
    await log.grow_old(18)
    periods = iter((JANUARY, FEBRUARY, CONSENT, Period("consent", "2027-02")))
    for step in ("statement", "commit"):
        for stored in (False, True):
            period, failed, at = next(periods), True, 0
            while failed:
                faulty = Faulty(log.db, stored=stored, **{step: at})
                try:
                    await log.retire(period, faulty)
                except StorageUnavailableError:
                    assert faulty.failed
                verdict = await log.verdict()
                assert verdict.ok, (step, stored, at, verdict.message())
                failed, at = faulty.failed, at + 1
            assert at > (10 if step == "statement" else 3)  # so many were tried
    verdict = await log.verdict()
    assert (verdict.retired, verdict.waiting) == (72, 0)
    assert await log.value("SELECT count(*) FROM ledger_entry WHERE event = 'log.retired'") == 4
    assert (await taken(log, tmp_path)).lie is None


async def test_what_comes_after_its_month_went_goes_by_a_further_account(log, tmp_path):
    early = log.clock.now()
    await log.grow_old(5)
    now = log.clock.now()
    assert await log.retire(JANUARY) == 5
    for late in (1, 2):
        await log.come_late(*(early + number for number in range(late)))
        standing = await standing_of(log.db, CLOCKS, now, JANUARY)
        assert (standing.state, standing.events, standing.retired_at) == ("due", late, now)
        assert JANUARY in await due(log.db, CLOCKS, now)
        assert await log.retire(JANUARY) == (6 if late == 1 else 8)  # in all
        verdict = await log.verdict()
        assert verdict.ok, verdict.message()
        assert verdict.retired == (6 if late == 1 else 8)
        checked = await taken(log, tmp_path)
        assert (checked.lie, checked.missing) == (None, verdict.retired)
    gone = await standing_of(log.db, CLOCKS, now, JANUARY)
    assert (gone.state, gone.events) == ("retired", 8)
    accounts = await log.rows("SELECT leaf FROM ledger_event WHERE leaf LIKE '%log.retired%' ORDER BY id")
    facts = [orjson.loads(leaf)["facts"] for (leaf,) in accounts]
    assert [one["count"] for one in facts] == [5, 6, 8]
    assert len({one["first"] for one in facts}) == 1
    # An account of before is where the last one began; it may not say anything else.
    await log.tamper("DELETE FROM ledger_retired WHERE position = ?", facts[0]["first"])
    assert not (await log.verdict()).ok


async def test_what_comes_late_is_kept_by_its_grant_like_any_other(log):
    early = log.clock.now()
    await log.grow_old(2)
    await log.retire(CONSENT)
    async with log.db.transaction() as tx:
        await log.ledger.append(tx, read(grant="c" * 32), person=log.person, now=early, request_id=None)
    await log.drain()
    now = log.clock.now()
    await log.tamper(GRANTED, "c" * 32, now, None)
    standing = await standing_of(log.db, CLOCKS, now, CONSENT)
    assert (standing.state, standing.events, standing.kept_by) == ("kept", 1, "c" * 32)
    with pytest.raises(AccordError) as refused:
        await log.retire(CONSENT)
    assert refused.value.code == "period_kept"


async def test_a_crash_at_each_step_of_a_further_account_and_many_at_once(log, tmp_path):
    early = log.clock.now()
    await log.grow_old(4)
    await log.retire(JANUARY)
    for stored in (False, True):
        await log.come_late(early, early + 1, early + 2, early + 3)
        failed, at = True, 0
        while failed:
            faulty = Faulty(log.db, stored=stored, statement=at)
            with contextlib.suppress(StorageUnavailableError):
                await log.retire(JANUARY, faulty)
            failed, at = faulty.failed, at + 1
            verdict = await log.verdict()
            assert verdict.ok, (stored, at, verdict.message())
    await log.come_late(early)
    assert set(await asyncio.gather(*(log.retire(JANUARY) for _ in range(64)))) == {13}
    assert await log.value("SELECT count(*) FROM ledger_entry WHERE event = 'log.retired'") == 4
    assert (
        await log.value("SELECT events FROM ledger_month WHERE log = 'security' AND month = '2027-01'") == 0
    )
    assert (await log.verdict()).ok
    assert (await taken(log, tmp_path)).lie is None


async def test_nothing_goes_before_a_signed_head_covers_the_event(log):
    await log.grow_old(3)

    async def nobody_signs() -> None:
        pass

    with pytest.raises(AccordError, match="No signed head") as refused:
        await log.retiring().retire(JANUARY, nobody_signs)
    assert (refused.value.code, refused.value.status) == ("log_not_signed", 503)
    assert await log.value("SELECT count(*) FROM ledger_retired") == 0
    assert (await log.verdict()).ok
    assert await log.retire(JANUARY) == 3


async def test_many_that_retire_one_month(log):
    await log.grow_old(10)
    assert await asyncio.gather(*(log.retire(JANUARY) for _ in range(64))) == [10] * 64
    assert await log.value("SELECT count(*) FROM ledger_retired") == 10
    verdict = await log.verdict()
    assert verdict.ok, verdict.message()
    assert await log.value("SELECT count(*) FROM ledger_entry WHERE event = 'log.retired'") == 1


async def test_what_does_not_verify_is_not_retired(log):
    await log.grow_old(3)
    await log.tamper("UPDATE ledger_entry SET outcome = 'failed' WHERE position = 2")
    with pytest.raises(AccordError, match="column outcome") as refused:
        await log.retire(JANUARY)
    assert refused.value.code == "log_contradicts_itself"
    assert await log.value("SELECT count(*) FROM ledger_retirement") == 0


LIES = [
    ("DELETE FROM ledger_retired WHERE position = 0", "ledger_entry", "position=0"),
    ("DELETE FROM ledger_retired WHERE position = 4", "ledger_entry", "position=4"),
    (
        "UPDATE ledger_retired SET event_id = 'f' || substr(event_id, 2) WHERE position = 2",
        "ledger_retired",
        "0",
    ),
    ("UPDATE ledger_retired SET event_id = substr(event_id, 1, 31) || 'g' WHERE position = 2", "", "0"),
    ("UPDATE ledger_retired SET log = 'consent' WHERE position = 0", "", "0"),
    ("UPDATE ledger_retired SET position = 999 WHERE position = 0", "ledger_entry", "position=0"),
    ("INSERT INTO ledger_retired VALUES (999, 'x', 'security')", "", "999"),
    (
        "INSERT INTO ledger_retired SELECT position, event_id, log FROM ledger_entry WHERE position = 1",
        "",
        "1",
    ),
    ("DELETE FROM ledger_event WHERE leaf LIKE '%log.retired%'", "ledger_entry", "position=13"),
    ("DELETE FROM ledger_entry WHERE event = 'log.retired'", "ledger_head", f"origin={ORIGIN}"),
    ("UPDATE ledger_tile SET hashes = hashes", None, ""),
]


async def test_each_lie_about_what_went_is_named(log):
    await log.grow_old(3)
    await log.retire(JANUARY)
    for table in ("retired", "event", "entry"):
        await log.tamper(f"CREATE TABLE kept_{table} AS SELECT * FROM ledger_{table}")  # noqa: S608  # ours
    for sql, table, row in LIES:
        await log.tamper(sql)
        fault = (await log.verdict()).fault
        if table is None:
            assert fault is None
        else:
            named = (table or "ledger_retired", row if "=" in row else f"position={row}")
            assert fault is not None, sql
            assert fault[:2] == named, (sql, fault)
        for name in ("retired", "event", "entry"):
            await log.tamper(f"DELETE FROM ledger_{name}")  # noqa: S608  # ours
            await log.tamper(f"INSERT INTO ledger_{name} SELECT * FROM kept_{name}")  # noqa: S608  # ours
    assert (await log.verdict()).ok


async def test_the_hash_of_what_went_cannot_be_changed(log):
    await log.grow_old(3)
    await log.retire(JANUARY)
    tile = await log.value("SELECT hashes FROM ledger_tile WHERE level = 0")
    await log.tamper("UPDATE ledger_tile SET hashes = ? WHERE level = 0", bytes(32) + tile[32:])
    assert not (await log.verdict()).ok
    fault = await retired_fault(log.db)
    assert fault is not None
    assert "no event accounts for what is gone of security 2027-01" in fault.reason


async def test_a_damaged_intent_is_told_apart(log):
    await log.grow_old(1)
    await log.retire(JANUARY)
    async with log.db.reading() as tx:
        begun = await moving.find_begun(tx, JANUARY)
        assert await moving.find_begun(tx, FEBRUARY) is None
    with pytest.raises(ValueError, match="accounts for nothing"):
        _ = begun._replace(leaf=await log.value("SELECT leaf FROM ledger_event ORDER BY id LIMIT 1")).retired
