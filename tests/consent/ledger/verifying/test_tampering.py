"""Each column of each table, tampered with: the verifier finds it and names the row that lies."""

import re
from typing import NamedTuple

import pytest

from tests.consent.ledger.support import ORIGIN

ZERO = bytes(32)
WIDER = bytearray()  # stands for the last tile and one hash more
COPIES = ("event", "log", "outcome", "client", "person", "grant_id", "request")


class Case(NamedTuple):
    """sql may hold one `?`. `#7` in value, row or reason stands for the id of the eighth event."""

    sql: str
    value: object
    table: str  # where the lie is; "" where there is none
    row: str
    reason: str


def entry(change: str, reason: str, value: object = None) -> Case:
    sql = "UPDATE ledger_entry SET CHANGE WHERE position = 7".replace("CHANGE", change)
    return Case(sql, value, "ledger_entry", "position=7", reason)


def shelf(sql: str, number: int, reason: str) -> Case:
    return Case(sql, None, "ledger_shelf", f"number={number}", reason)


def tile(sql: str, row: str, reason: str, value: object = None) -> Case:
    return Case(sql, value, "ledger_tile", row, reason)


def head(change: str, reason: str, value: object = None, origin: str = ORIGIN) -> Case:
    sql = "UPDATE ledger_head SET CHANGE".replace("CHANGE", change)
    return Case(sql, value, "ledger_head", f"origin={origin}", reason)


def checkpoint(sql: str, size: int, reason: str, value: object = None) -> Case:
    return Case(sql, value, "ledger_checkpoint", f"origin={ORIGIN} size={size}", reason)


def event(sql: str, number: int, reason: str, value: object = None) -> Case:
    return Case(sql, value or f"#{number}", "ledger_event", f"id=#{number}", reason)


MISSING = Case("", None, "ledger_entry", "position=7", "missing: the next position is 8")
ORPHAN = MISSING._replace(reason="does not exist", value="#7")

CASES = [
    # ledger_event
    event("UPDATE ledger_event SET leaf = replace(leaf, 'coach', 'couch') WHERE id = ?", 7, "does not hash"),
    event("UPDATE ledger_event SET leaf = 'x' WHERE id = ?", 7, "does not hash"),
    event("UPDATE ledger_event SET leaf = '{}' WHERE id = ?", 301, "keys differ"),
    ORPHAN._replace(sql="UPDATE ledger_event SET id = '0' WHERE id = ?"),
    ORPHAN._replace(sql="DELETE FROM ledger_event WHERE id = ?"),
    Case("UPDATE ledger_event SET sealed = NULL WHERE id = ?", "#7", "", "", ""),  # what an erasure does
    # ledger_entry
    MISSING._replace(sql="DELETE FROM ledger_entry WHERE position = 7"),
    MISSING._replace(sql="UPDATE ledger_entry SET position = 9999 WHERE position = 7"),
    entry("event_id = 'f'", "does not exist"),
    event("UPDATE ledger_entry SET event_id = ? WHERE position = 7", 300, "does not hash"),
    entry("leaf_hash = ?", "leaf_hash is not the hash", ZERO),
    entry("time = time + 1", "column time"),
    entry("shelf = 7", "column shelf says 7"),
    *(entry(f"{column} = 'x'", f"column {column} says 'x'") for column in COPIES),
    entry("client = NULL", "column client says None"),
    # ledger_shelf
    shelf("UPDATE ledger_shelf SET low_id = high_id", 0, "its ids go from"),
    shelf("UPDATE ledger_shelf SET high_id = low_id", 0, "its ids go from"),
    shelf("UPDATE ledger_shelf SET number = 9", 0, "not from None to None"),
    shelf("DELETE FROM ledger_shelf", 0, "not from None to None"),
    shelf("INSERT INTO ledger_shelf VALUES (9, 'a', 'b')", 9, "holds no event"),
    shelf("INSERT INTO ledger_shelf VALUES (-1, 'a', 'b')", -1, "holds no event"),
    # ledger_tile: 256 hashes, 44 hashes, and the one above
    tile("UPDATE ledger_tile SET hashes = ? WHERE tile_index = 1", "level=0 tile_index=1", "at 0", ZERO * 44),
    tile("UPDATE ledger_tile SET hashes = ? WHERE level = 1", "level=1 tile_index=0", "another hash", ZERO),
    tile("UPDATE ledger_tile SET hashes = ? WHERE level = 1", "level=1 tile_index=0", "no hash", ZERO[1:]),
    tile("UPDATE ledger_tile SET level = 5 WHERE level = 1", "level=1 tile_index=0", "no hash at"),
    tile(
        "UPDATE ledger_tile SET tile_index = 9 WHERE tile_index = 1", "level=0 tile_index=1", "no hash at 0"
    ),
    tile("DELETE FROM ledger_tile WHERE level = 0", "level=0 tile_index=0", "no hash at"),
    tile("INSERT INTO ledger_tile VALUES (0, 2, ?)", "level=0 tile_index=2", "past the end", ZERO),
    tile("INSERT INTO ledger_tile VALUES (4, 0, ?)", "level=4 tile_index=0", "past the end", ZERO),
    tile("UPDATE ledger_tile SET hashes = ? WHERE tile_index = 1", "level=0 tile_index=1", "past", WIDER),
    # ledger_head
    head("size = 301", "301 events were signed and 300 are left"),
    head("size = 250", "its last checkpoint's 300"),
    head("root = ?", "not the last checkpoint", ZERO),
    head("note = 'x'", "not the last checkpoint"),
    head("origin = 'x'", "its last checkpoint's None", origin="x"),
    Case("DELETE FROM ledger_head", None, "ledger_head", "origin=*", "no head was ever signed"),
    # ledger_checkpoint
    checkpoint("UPDATE ledger_checkpoint SET size = 249 WHERE size = 250", 249, "root that was signed"),
    checkpoint("UPDATE ledger_checkpoint SET root = ? WHERE size = 250", 250, "root that was signed", ZERO),
    checkpoint("UPDATE ledger_checkpoint SET root = ? WHERE size = 0", 0, "root that was signed", ZERO),
    checkpoint("UPDATE ledger_checkpoint SET note = 'x' WHERE size = 250", 250, "does not verify"),
    head("", "its last checkpoint's 250")._replace(sql="DELETE FROM ledger_checkpoint WHERE size = 300"),
    head("", "missing, though", origin="x")._replace(
        sql="UPDATE ledger_checkpoint SET origin = 'x' WHERE size = 250"
    ),
    head("", "its last checkpoint's 9999", ZERO)._replace(
        sql="INSERT INTO ledger_checkpoint SELECT origin, 9999, ?, note, 0 FROM ledger_head"
    ),
    checkpoint(
        "INSERT INTO ledger_checkpoint VALUES ('x', 9999, ?, 'n', 0)", 9999, "than the 300 left", ZERO
    )._replace(row="origin=x size=9999"),
    # ledger_queue
    event("DELETE FROM ledger_queue WHERE event_id = ?", 301, "neither sequenced nor waiting"),
    event("UPDATE ledger_queue SET event_id = 'zz' WHERE event_id = ?", 301, "neither sequenced nor waiting"),
    Case("INSERT INTO ledger_queue VALUES (?)", "#7", "ledger_queue", "event_id=#7", "has position 7"),
    Case("INSERT INTO ledger_queue VALUES ('zz')", None, "ledger_queue", "event_id=zz", "does not exist"),
]


TABLES = [f"ledger_{name}" for name in ("event", "queue", "entry", "shelf", "tile", "head", "checkpoint")]
KEEP = "CREATE TABLE kept_NAME AS SELECT * FROM NAME"
EMPTY = "DELETE FROM NAME"
FILL = "INSERT INTO NAME SELECT * FROM kept_NAME"


async def test_each_column_tampered_with_is_named(honest):
    for table in TABLES:
        await honest.tamper(KEEP.replace("NAME", table))
    ids = [row[0] for row in await honest.rows("SELECT id FROM ledger_event ORDER BY id")]
    last_tile = await honest.value("SELECT hashes FROM ledger_tile WHERE level = 0 AND tile_index = 1")

    def real(text: str) -> str:
        return re.sub(r"#(\d+)", lambda number: ids[int(number[1])], text)

    for case in CASES:
        value = real(case.value) if isinstance(case.value, str) else case.value
        if value is WIDER:
            value = last_tile + ZERO
        await honest.tamper(case.sql, *([] if value is None else [value]))
        verdict = await honest.verdict()
        told = (case, verdict.message())
        assert verdict.ok == (not case.table), told
        if verdict.fault is not None:
            assert (verdict.fault.table, verdict.fault.row) == (case.table, real(case.row)), told
            assert case.reason in verdict.fault.reason, told
            assert verdict.message().startswith("LIE in"), told
            assert verdict.as_dict()["fault"]["table"] == case.table, told
        for table in TABLES:
            if table in case.sql:
                await honest.tamper(EMPTY.replace("NAME", table))
                await honest.tamper(FILL.replace("NAME", table))
    assert (await honest.verdict()).ok


MISTYPED = [
    ("UPDATE ledger_event SET leaf = CAST(leaf AS BLOB)", "ledger_event"),
    ("UPDATE ledger_event SET sealed = 'text'", "ledger_event"),
    ("UPDATE ledger_entry SET leaf_hash = 'text'", "ledger_entry"),
    ("UPDATE ledger_entry SET event_id = CAST(event_id AS BLOB)", "ledger_entry"),
    ("UPDATE ledger_tile SET hashes = 'text'", "ledger_tile"),
    ("UPDATE ledger_head SET size = 'many'", "ledger_head"),
    ("UPDATE ledger_head SET origin = CAST(origin AS BLOB)", "ledger_head"),
    ("UPDATE ledger_checkpoint SET note = CAST(note AS BLOB)", "ledger_checkpoint"),
    ("UPDATE ledger_checkpoint SET root = 'text'", "ledger_checkpoint"),
]


@pytest.mark.parametrize(("sql", "table"), MISTYPED)
async def test_values_of_another_type_are_lies_too(sqlite_log, sql, table):
    """SQLite columns take any type; the verifier names the row instead of stumbling over it."""
    await sqlite_log.write_many(3)
    await sqlite_log.drain()
    await sqlite_log.tamper(sql)
    assert (await sqlite_log.verdict()).fault.table == table
