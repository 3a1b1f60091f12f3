"""Receipts given before records had a table of their own are carried over, to the letter."""

import asyncio
import json
from pathlib import Path

import asyncpg
from sqlalchemy import create_engine, text

from consent.records.packing import unpack
from idp.migrations import schema
from tests.idp.migrations.test_upgrading import revisions, upgrade_to

RECEIPTS = json.loads(
    (Path(__file__).parents[2] / "consent" / "records" / "data" / "receipts_v1.json").read_text("utf-8")
)["receipts"]
GRANT = (
    "INSERT INTO consent_grant (id, person_id, client_id, subject, revision, fetch_type, choice_json,"
    " terms_json, answered_json, granted_at, expires_at) VALUES"
    " ('g1', 'p1', 'coach', 'sub', 2, 'periodic', '{}', '{}', '{}', 1, 2)"
)
REVISION = (
    "INSERT INTO grant_revision (grant_id, revision, kind, decided_at, choice_json, terms_json, event_id,"
    " leaf_hash, receipt)"
    " VALUES ('g1', {number}, '{kind}', 1, '{{}}', '{{}}', 'e{number}', {leaf}, '{receipt}')"
)
FOUND = "SELECT person_id, client_id, grant_id, revision, state, packed FROM consent_record ORDER BY event_id"


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    """Plain SQL; the rows of the last statement."""

    async def on_postgres() -> list[tuple[object, ...]]:
        connection = await asyncpg.connect(url)
        rows = [await connection.fetch(statement) for statement in statements]
        await connection.close()
        return [tuple(row) for row in rows[-1]]

    if url.startswith("postgresql"):
        return asyncio.run(on_postgres())
    engine = create_engine(url)
    with engine.begin() as connection:
        ended = [connection.execute(text(statement)) for statement in statements]
        rows = [tuple(row) for row in ended[-1]] if ended[-1].returns_rows else []
    engine.dispose()
    return rows


def test_receipts_of_before_become_records(empty_url: str) -> None:
    steps = revisions()
    (here,) = [step for step in steps if (schema_file(step)).endswith("_records.py")]
    upgrade_to(empty_url, steps[steps.index(here) - 1])
    leaf = "x'00'" if empty_url.startswith("sqlite") else "'\\x00'::bytea"
    rows = [
        REVISION.format(number=number, kind=kind, leaf=leaf, receipt=receipt)
        for number, (kind, receipt) in enumerate(zip(("given", "revoked"), RECEIPTS, strict=True), 1)
    ]
    run(empty_url, GRANT, *rows)
    upgrade_to(empty_url, here)
    found = run(empty_url, FOUND)
    assert [row[:5] for row in found] == [
        ("p1", "coach", "g1", 1, "given"),
        ("p1", "coach", "g1", 2, "withdrawn"),
    ]
    assert [unpack(bytes(row[5])) for row in found] == RECEIPTS  # type: ignore[call-overload]  # bytes it is


def schema_file(revision: str) -> str:
    """The name of a revision's file."""
    folder = Path(schema.__file__).parent / "versions"
    return next(path.name for path in folder.glob(f"{revision}_*.py"))
