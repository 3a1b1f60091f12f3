"""The dashboard's counts go by the index of each state, whatever else a person has."""

import sqlite3

import pytest

from consent.mirror import standing
from foundation.statements import Statement


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (standing._PAUSED, "consent_grant_paused"),
        (standing._ENDED, "consent_grant_ended"),
        (standing._LAPSED, "consent_grant_lapsed"),
    ],
)
def test_each_state_is_counted_by_its_own_index(
    sqlite_url: str, statement: Statement[standing.CountRow], index: str
) -> None:
    sql = statement.compiled_for("sqlite").sql
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as db:
        plan = db.execute(f"EXPLAIN QUERY PLAN {sql}", [0] * sql.count("?")).fetchall()
    db.close()
    assert any(f"INDEX {index} " in row[3] for row in plan), plan
