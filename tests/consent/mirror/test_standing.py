"""The dashboard's counts go by the entries of each state's index, whatever else a person has."""

import sqlite3

from consent.mirror import standing


def test_each_state_is_counted_by_its_own_index(sqlite_url: str) -> None:
    sql = standing._COUNTED.compiled_for("sqlite").sql
    with sqlite3.connect(sqlite_url.removeprefix("sqlite:///")) as db:
        plan = db.execute(f"EXPLAIN QUERY PLAN {sql}", [0] * sql.count("?")).fetchall()
    db.close()
    searched = [row[3].split()[4] for row in plan if row[3].startswith("SEARCH consent_grant USING")]
    states = [f"consent_grant_{state}" for state in ("active", "paused", "ended", "active", "paused")]
    assert searched == states, plan
