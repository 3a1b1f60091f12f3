"""How telling goes, app by app: every app once, counts as the rows say, and never a walk over all of them."""

import sqlite3
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert

from foundation.database import Database, open_database
from foundation.ids import new_id
from foundation.statements import Write
from idp.signals import overview
from idp.signals.overview import COUNTS, NEXT, AppState, every_app, some_apps
from idp.signals.tables import Signal

NOW = 1_800_000_000_000_000
_EMPTY, _ADD = Write(delete(Signal)), Write(insert(Signal))

rows = st.lists(
    st.fixed_dictionaries(
        {
            "client_id": st.sampled_from(["a", "b", "c", "d"]),
            "state": st.sampled_from(["queued", "acknowledged", "refused", "given_up"]),
            "erase_by": st.sampled_from([None, NOW - 1, NOW + 1]),
            "attested_at": st.sampled_from([None, NOW]),
        }
    ),
    max_size=20,
)


async def _fill(db: Database, story: list[dict[str, Any]]) -> list[dict[str, Any]]:
    numbers = count()
    blank: dict[str, Any] = dict.fromkeys(Signal.model_fields) | {
        "channel": "events", "grant_id": "g", "revision": 1, "event": "grant-revoked",
        "detail_json": "{}", "event_id": "e",
        "attempts": 0,
    }  # fmt: skip
    made = [
        blank | {"id": new_id(NOW + number), "occurred_at": NOW + number} | one
        for number, one in zip(numbers, story, strict=False)
    ]
    async with db.transaction() as tx:
        await tx.run(_EMPTY)
        await tx.run_many(_ADD, made)
    return sorted(made, key=lambda one: one["id"])


def _told(made: list[dict[str, Any]], client_id: str, most: int) -> AppState:
    mine = [one for one in made if one["client_id"] == client_id]
    waiting = [one for one in mine if one["state"] == "queued"]
    owed = [one for one in mine if one["erase_by"] is not None and one["attested_at"] is None]

    def some(found: list[Any]) -> int:
        return min(len(found), most + 1)

    return AppState(
        client_id,
        some([one for one in mine if one["state"] == "acknowledged"]),
        some(waiting),
        waiting[0]["occurred_at"] if waiting else None,
        some([one for one in mine if one["state"] in {"refused", "given_up"}]),
        some(owed),
        some([one for one in owed if one["erase_by"] < NOW]),
    )


@pytest.mark.parametrize(("most", "page"), [(1_000, 25), (2, 2), (1, 1)])
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(story=rows)
async def test_each_app_once_with_what_its_rows_say(
    db: Database, monkeypatch: pytest.MonkeyPatch, most: int, page: int, story: list[dict[str, Any]]
) -> None:
    monkeypatch.setattr(overview, "MOST", most)
    monkeypatch.setattr(overview, "PAGE", page)
    made = await _fill(db, story)
    apps = sorted({one["client_id"] for one in made})
    async with db.reading() as tx:
        assert await every_app(tx, NOW) == [_told(made, app, most) for app in apps]
        first, more = await some_apps(tx, "", NOW)
    assert [one.client_id for one in first] == apps[:page]
    assert more == (len(apps) > page)


async def test_it_walks_indexes_only(sqlite_url: str) -> None:
    """On SQLite, which keeps no statistics: each app and each count is a search."""
    await _prepared(sqlite_url)
    raw = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))
    for statement in (COUNTS, NEXT):
        sql = statement.compiled_for("sqlite").sql
        steps = raw.execute(f"EXPLAIN QUERY PLAN {sql}", ["x"] * sql.count("?")).fetchall()
        plan = [step[-1] for step in steps]
        assert not [step for step in plan if step.startswith("SCAN signal") or "TEMP B-TREE" in step], plan
        assert all("signal_" in step for step in plan if step.startswith("SEARCH signal")), plan
    raw.close()


async def _prepared(url: str) -> None:
    db = open_database(url)
    await db.start()
    await db.stop()
