"""A log that contradicts itself: nothing is built on it, nothing is signed beside what was signed."""

import pytest

from consent.ledger.sequencing.integrate import UNREADABLE
from consent.ledger.sequencing.publish import HeadError, due_head
from consent.ledger.sequencing.sequencer import Sequencer
from consent.ledger.tiles import TileError
from consent.ledger.verifying.verify import verify
from foundation.clock import SECOND
from tests.consent.ledger.support import ORIGIN, signer_of


async def test_never_backwards(log):
    await log.write_many(5)
    await log.drain()
    await log.tamper("DELETE FROM ledger_entry WHERE position >= 3")
    async with log.db.transaction() as tx:
        with pytest.raises(HeadError, match="5 events were signed and 3 are left"):
            await due_head(tx, ORIGIN)


async def test_never_beside_what_was_signed(log):
    await log.write_many(5)
    await log.drain()
    await log.write_many(2)
    await log.sequencer.advance()
    tile = await log.value("SELECT hashes FROM ledger_tile WHERE level = 0")
    await replace_tile(log, bytes(32) + tile[32:])
    async with log.db.transaction() as tx:
        with pytest.raises(HeadError, match="not those that were signed"):
            await due_head(tx, ORIGIN)
    log.clock.advance(2 * SECOND)
    assert await log.sequencer._pass() == 0  # told, refused, and the lag grows
    assert log.sequencer.lag(log.clock.now()) >= SECOND
    await log.sequencer.stop()
    await replace_tile(log, tile)
    await log.drain()
    await log.check(events=7)


async def replace_tile(log, hashes: bytes) -> None:
    await log.tamper("UPDATE ledger_tile SET hashes = ? WHERE level = 0", hashes)


async def test_nothing_is_built_on_a_tile_that_does_not_fit(log):
    await log.write_many(5)
    await log.drain()
    await log.tamper("DELETE FROM ledger_tile")
    await log.write()
    with pytest.raises(TileError):
        await log.sequencer.advance()
    assert await log.value("SELECT count(*) FROM ledger_queue") == 1


async def test_a_removed_head_is_not_signed_anew(log):
    await log.write_many(5)
    await log.drain()
    await log.tamper("DELETE FROM ledger_head")
    async with log.db.transaction() as tx:
        with pytest.raises(HeadError, match="removed"):
            await due_head(tx, ORIGIN)


async def test_another_origin_signs_all_there_is(log):
    await log.write_many(300)
    await log.drain()
    moved = signer_of("accord.test/moved")
    await log.drain(Sequencer(log.db, moved, log.clock))
    verdict = await verify(log.db, [moved.verifier])
    assert verdict.ok
    assert verdict.unpinned == (ORIGIN,)
    assert (await verify(log.db, [moved.verifier, log.signer.verifier])).unpinned == ()


_REST = '"event":"a","log":"b","outcome":"c","client":null,"person":null,"grant":null,"request":null'
POISON = [
    "not json",
    "[]",
    "{}",
    '{"time":-1,"event":"a","log":"b","outcome":"c","client":null,"person":null,"grant":null,"request":null}',
    '{"time":1,"event":null,"log":"b","outcome":"c","client":null,"person":null,"grant":null,"request":null}',
    '{"time":1,"event":"a","log":"b","outcome":"c","client":{},"person":null,"grant":null,"request":null}',
    '{"time":1,"event":"\\u0000","log":"b","outcome":"c","client":null,"person":null,"grant":null,"request":null}',
    *(f'{{"time":{time},{_REST}}}' for time in ("1.5", "true", '"1"', "null", 2**53, 10**30, "1e3")),
    f'{{"time":1,{_REST},"facts":{"[" * 100_000}',
    f'{{"time":1,{_REST}}} ,',
    f"{{{_REST}}}",
]


async def test_poisoned_rows_stop_nothing_and_are_named(log):
    poisoned = [one.event_id for one in await log.write_many(len(POISON))]
    await log.write_many(2)
    for event_id, leaf in zip(poisoned, POISON, strict=True):
        await log.tamper("UPDATE ledger_event SET leaf = ? WHERE id = ?", leaf, event_id)
    await log.drain()
    events = await log.rows("SELECT event FROM ledger_entry ORDER BY position")
    assert events == [(UNREADABLE,)] * len(POISON) + [("data.read",)] * 2
    fault = (await log.verdict()).fault
    assert (fault.table, fault.row) == ("ledger_event", f"id={poisoned[0]}")


async def test_a_queue_row_without_event_or_time_stops_nothing(log):
    await log.tamper("INSERT INTO ledger_queue VALUES ('0123')")
    await log.tamper("INSERT INTO ledger_event VALUES ('zzzz', 'x', NULL)")
    await log.tamper("INSERT INTO ledger_queue VALUES ('zzzz')")
    await log.write()
    await log.drain()
    assert await log.rows("SELECT event_id FROM ledger_queue") == [("0123",)]
    assert log.sequencer.lag(log.clock.now()) == 0
    assert await log.value("SELECT time FROM ledger_entry WHERE event_id = 'zzzz'") == 0
