"""The dossier of a grant that was read often: flat in memory, read by the page, proved under one head."""

import tracemalloc

import pytest

from consent.ledger.notes.policy import unwitnessed
from consent.ledger.store import Head
from consent.rights import zipping
from consent.rights.zipping import zipped
from consent.taking import dossier
from consent.taking.dossier import Dossier, parts
from consent.taking.means import Means
from consent.taking.proving import Heads
from consent.taking.unpacked import check_dossier
from foundation.errors import AccordError
from tests.consent.ledger.support import ORIGIN, read

SELDOM, OFTEN = "a" * 32, "b" * 32


async def nothing(_tx, _grant):
    return []


async def no_keys():
    return {}


def taken(log, grant):
    means = Means(exports=None, issuer="https://x.test", vkey="key", told=nothing, keys=no_keys, clocks=None)
    return parts(Dossier(log.db, means, ORIGIN, grant, log.clock.now()))


async def write(log, grant, count):
    async with log.db.transaction() as tx:
        for _ in range(count):
            log.clock.advance(1_000)
            await log.append(tx, read(grant=grant))


async def test_memory_is_flat_in_the_number_of_reads(sqlite_log, monkeypatch):
    monkeypatch.setattr(dossier, "_AT_ONCE", 25)
    monkeypatch.setattr(zipping, "_HELD", 10_000)
    await write(sqlite_log, SELDOM, 50)
    await write(sqlite_log, OFTEN, 500)
    await sqlite_log.drain()
    peaks = {}
    for grant in (OFTEN, SELDOM, OFTEN):  # once for what stays in caches
        tracemalloc.start()
        async for _ in zipped(taken(sqlite_log, grant), sqlite_log.clock.now()):
            pass
        peaks[grant] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peaks[OFTEN] - peaks[SELDOM] < 200_000  # bytes


@pytest.fixture
def counted(log, monkeypatch):
    """How often it was read from."""
    readings, real = [], log.db.reading

    def reading(*, ahead=False):
        readings.append(1)
        return real(ahead=ahead)

    monkeypatch.setattr(log.db, "reading", reading)
    return readings


async def test_each_event_is_proved_under_the_checkpoint_of_the_archive(log, counted, monkeypatch, tmp_path):
    monkeypatch.setattr(dossier, "_AT_ONCE", 100)
    await write(log, OFTEN, 300)  # whole pages
    await log.drain()
    await write(log, OFTEN, 2)
    counted.clear()
    files = {}
    async for name, content in taken(log, OFTEN):
        files[name] = b"".join([piece async for piece in content])
        if len(files) == 100:  # the log goes on meanwhile
            await write(log, SELDOM, 20)
            await log.drain()
    assert len(counted) < 40
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    found = check_dossier(tmp_path, unwitnessed(log.signer.verifier))
    assert (found.proved, found.waiting) == (300, 2)
    assert {path.read_text().partition("\n\n")[2] for path in tmp_path.glob("events/*.tlog-proof")} == {
        (tmp_path / "checkpoint").read_text()
    }
    assert (tmp_path / "reads.csv").read_text().count("\n") == 303


async def test_a_leaf_that_was_damaged_is_given_as_it_is_and_is_no_read(log):
    await write(log, OFTEN, 3)
    await log.drain()
    await log.tamper("UPDATE ledger_event SET leaf = 'x' WHERE id = (SELECT min(id) FROM ledger_event)")
    files = {name: [piece async for piece in content] async for name, content in taken(log, OFTEN)}
    assert sum(content == [b"x"] for content in files.values()) == 1
    assert b"".join(files["reads.csv"]).count(b"\n") == 3


async def test_before_the_first_checkpoint_there_is_nothing_to_take(log):
    await write(log, OFTEN, 1)
    with pytest.raises(AccordError, match="no_checkpoint_yet"):
        [name async for name, _ in taken(log, OFTEN)]


def test_an_event_is_proved_under_the_head_that_witnesses_saw():
    shown, seen = Head(9, b"", "shown", 0), Head(5, b"", "seen", 0)
    covering = [Heads(shown, seen).covering(position) for position in (None, 4, 5, 8, 9)]
    assert covering == [None, seen, shown, shown, None]
    assert Heads(shown, None).covering(4) == shown
