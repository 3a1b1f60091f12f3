"""What the outbox keeps: settled events for a year, what is owed until it is said."""

import pytest
from sqlalchemy import func, insert, select

from foundation.clock import DAY
from foundation.database import Database
from foundation.ids import new_id
from foundation.statements import Statement, Write
from idp.signals.keeping import KEPT, purge
from idp.signals.rows import CountRow
from idp.signals.tables import Signal

NOW = 1_800_000_000_000_000
_ADD = Write(insert(Signal))
_LEFT = Statement(select(func.count()).select_from(Signal), CountRow)
_BLANK = dict.fromkeys(Signal.model_fields) | {
    "client_id": "app", "channel": "events", "grant_id": "g", "revision": 1, "event": "grant-revoked",
    "detail_json": "{}",
    "event_id": "e", "attempts": 1, "state": "acknowledged", "occurred_at": NOW,
}  # fmt: skip


async def _add(db: Database, made: int, **fields: object) -> None:
    async with db.transaction() as tx:
        await tx.run(_ADD, **(_BLANK | {"id": new_id(made)} | fields))


async def _left(db: Database) -> int:
    async with db.reading() as tx:
        return (await tx.one(_LEFT)).found


@pytest.mark.parametrize(
    ("fields", "goes"),
    [
        ({}, True),
        ({"state": "refused"}, True),
        ({"state": "given_up"}, True),
        ({"state": "queued"}, False),  # told again on purpose
        ({"erase_by": NOW - 300 * DAY}, False),  # it still owes its word
        ({"erase_by": NOW - 300 * DAY, "attested_at": NOW - DAY}, True),
    ],
)
async def test_what_goes_after_a_year(db: Database, fields: dict[str, object], goes: bool) -> None:
    await _add(db, NOW - KEPT - 1_000, **fields)
    await _add(db, NOW - KEPT, **fields)
    assert await purge(db, NOW) == int(goes)
    assert await _left(db) == 2 - int(goes)


async def test_old_ones_that_stay_hide_none_that_go(db: Database) -> None:
    for number in range(3):
        await _add(db, NOW - KEPT - (10 - number) * DAY, erase_by=NOW)
        await _add(db, NOW - KEPT - (5 - number) * DAY)
    assert await purge(db, NOW) == 3
    assert await _left(db) == 3
