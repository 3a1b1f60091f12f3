"""Whoever reads what waits goes by the queue: the length of the log is no matter."""

from typing import NamedTuple

import pytest
from sqlmodel import col

from consent.ledger.searching.find import _waiting
from consent.ledger.sequencing.backlog import _OLDEST_QUEUED
from consent.ledger.sequencing.integrate import QUEUED
from consent.ledger.tables import LedgerQueue
from consent.ledger.waiting import waiting
from foundation.statements import Statement


class Found(NamedTuple):
    event_id: str
    leaf: str


WINDOW = {"low": "", "high": "g", "limit": 200}
ALL = Statement(waiting(), Found)
LATEST = Statement(waiting().order_by(col(LedgerQueue.event_id).desc()).limit(1), Found)
ASKED = {
    "next": (QUEUED, {"limit": 200}),
    "oldest": (_OLDEST_QUEUED, {}),
    "latest": (LATEST, {}),
    "window": (_waiting((), ascending=True), WINDOW),
    "app": (_waiting(("client",), ascending=False), {**WINDOW, "is_client": "x"}),
    "scope": (_waiting(("scope",), ascending=False), {**WINDOW, "is_scope": " x "}),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_each_event_is_looked_up_by_its_key(log, asked):
    """Joined, PostgreSQL walked all events there were, once it had counted a long queue."""
    await log.write_many(300)
    statement, values = ASKED[asked]
    compiled = statement.compiled_for(log.db.dialect)
    sqlite = log.db.dialect == "sqlite"
    if not sqlite:
        await log.rows("ANALYZE")
    explain = f"{'EXPLAIN QUERY PLAN' if sqlite else 'EXPLAIN'} {compiled.sql}"
    plan = " ".join(str(step[-1]) for step in await log.rows(explain, *compiled.arguments(values)))
    assert ("SEARCH ledger_event USING" if sqlite else "ledger_event_pkey") in plan, plan
    for walked in ("SCAN ledger_event", "Seq Scan on ledger_event"):
        assert walked not in plan, plan
    assert "Join" not in plan, plan
    assert "Nested Loop" not in plan, plan


async def test_a_place_in_the_queue_without_its_event_is_passed_over(log):
    await log.write_many(3)
    await log.tamper("INSERT INTO ledger_queue (event_id) VALUES ('0')")
    async with log.db.reading() as tx:
        found = await tx.all(ALL)
        assert await tx.one(_OLDEST_QUEUED) == (min(found).event_id,)
    assert len(found) == 3
    assert await log.sequencer.advance() == 3
    assert await log.rows("SELECT event_id FROM ledger_queue") == [("0",)]
