"""What the files of a SQLite database still hold of someone erased: nothing, once its journal is cut.

PostgreSQL keeps old versions of rows until it vacuums, and its own log until it recycles it
(docs/operating.md).
"""

import sqlite3

import pytest

from foundation.clock import MINUTE
from foundation.settings import Settings
from foundation.sqlite_forget import cut_journals
from idp.people.addresses import digest_of_text
from idp.rights.settling import forget, settle
from tests.idp.rights.remains import rows, stored_bytes
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """This engine alone has these files."""
    return sqlite_url


async def test_no_byte_of_her_stays_in_the_files(world: World, settings: Settings) -> None:
    await lived_in(world)
    subject = world.act(world.client).person.subject
    wrapped = (await rows(world.server.db))["person_key"]
    sealed = [row.sealed for row in (await rows(world.server.db))["profile_dataset"]]
    assert world.person_id.encode() in stored_bytes(settings)
    await erase(world)
    world.clock.advance(5 * MINUTE)
    assert await settle(world.server) == 1
    left = stored_bytes(settings)
    digest = digest_of_text(world.server.secrets.lookup, "amina@example.org")
    for needle in (world.person_id.encode(), subject.encode(), b"amina@example.org", digest):
        assert needle not in left, needle
    for needle in [row.wrapped for row in wrapped] + sealed:
        assert needle not in left


async def test_a_busy_journal_waits_for_the_next_round(
    sqlite_url: str, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await erase(world)
    world.clock.advance(5 * MINUTE)
    monkeypatch.setattr("foundation.sqlite_forget._PATIENCE_SECONDS", 0.01)
    reader = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM erasure").fetchall()
    assert await settle(world.server) == 0
    reader.execute("ROLLBACK")
    reader.close()
    assert await settle(world.server) == 1
    assert await settle(world.server) == 0
    assert cut_journals("/nonexistent/file")


async def test_there_is_no_journal_to_cut_elsewhere(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Settings, "on_sqlite", property(lambda _self: False))
    assert await forget(world.server)
