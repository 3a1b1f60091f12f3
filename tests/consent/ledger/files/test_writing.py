"""Taking the log away as files: what the database holds is what the offline verifier finds."""

import asyncio
import sys

import pytest

from consent.ledger.files.bundles import read_bundles
from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.files.writing import write_files
from consent.ledger.notes.policy import unwitnessed
from foundation.errors import AccordError
from tests.consent.ledger.support import ORIGIN

TAMPERED = "UPDATE ledger_event SET leaf = replace(leaf, 'coach', 'couch') WHERE id = ?"


@pytest.fixture
def away(tmp_path):
    return tmp_path / "away"


def names(folder):
    return sorted(Folder(folder).names())


async def taken(log, folder):
    said = []
    size = await write_files(log.db, ORIGIN, folder, lambda done, total: said.append((done, total)))
    checked = check_files(Folder(folder), Asked(unwitnessed(log.signer.verifier)))
    return size, said, checked


async def test_a_log_is_taken_away_and_caught_up(honest, away):
    log = honest
    size, said, checked = await taken(log, away)
    assert (size, said) == (300, [(300, 300)])
    assert checked.ok, checked.message()
    assert checked.leaves == 300
    small = ["checkpoint", "tile/0/000", "tile/0/001.p/44", "tile/1/000.p/1", "tile/entries/000"]
    assert names(away) == [*small, "tile/entries/001.p/44"]
    before = (away / "tile/entries/000").stat().st_mtime_ns
    await log.drain()
    await log.write_many(300)
    await log.drain()
    size, said, checked = await taken(log, away)
    assert (size, said) == (602, [(602, 602)])
    assert checked.ok, checked.message()
    assert len(names(away)) == 8
    assert (away / "tile/entries/000").stat().st_mtime_ns == before


async def test_an_interrupted_run_goes_on(honest, away):
    await taken(honest, away)
    (away / "checkpoint").unlink()
    (away / "tile/entries/001.p/44").rename(away / "tile/entries/001.p/44.half")
    size, _, checked = await taken(honest, away)
    assert (size, checked.ok) == (300, True)
    assert not [name for name in names(away) if name.endswith(".half")]


async def test_what_was_tampered_with_is_taken_away_as_it_is_and_named(honest, away):
    eighth = await honest.value("SELECT event_id FROM ledger_entry WHERE position = 7")
    await honest.tamper(TAMPERED, eighth)
    _, _, checked = await taken(honest, away)
    assert checked.lie is not None
    assert (checked.lie.file, "event 7" in checked.lie.reason) == ("tile/entries/000", True)


async def test_leaves_that_are_gone_are_named(honest, away):
    await honest.tamper(
        "DELETE FROM ledger_event WHERE id IN (SELECT event_id FROM ledger_entry WHERE position = 7)"
    )
    _, _, checked = await taken(honest, away)
    assert checked.lie is not None
    assert "no event accounts for the missing leaves of consent" in checked.lie.reason


async def test_before_the_first_head_there_is_nothing_to_take(log, away):
    with pytest.raises(AccordError) as refused:
        await write_files(log.db, ORIGIN, away)
    assert refused.value.code == "no_checkpoint_yet"


async def test_a_bundle_is_read_from_where_it_begins(honest):
    async with honest.db.reading() as tx:
        last = await read_bundles(tx, 256, 300)
        both = await read_bundles(tx, 0, 300)
    assert last == both[1:]
    assert [one.retired for one in both] == [b"", b""]


async def test_killed_at_any_step_it_is_ended_by_the_next_run(sqlite_log, tmp_path):
    """`kill -9`: nothing half-written has a name that is read, and no checkpoint stands before all does."""
    await sqlite_log.write_many(260)
    await sqlite_log.drain()
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.consent.ledger.files.killed_writing",
        sqlite_log.url, str(tmp_path / "away"),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = (await program.communicate())[0]
    assert (program.returncode, int(told)) == (0, 1 + 6 * 3 + 1)  # a removal, six files, the one that lived
    checked = check_files(Folder(tmp_path / "away" / "7"), Asked(unwitnessed(sqlite_log.signer.verifier)))
    assert (checked.ok, checked.leaves) == (True, 260)
