"""A server opens what it is given, refuses what is not its own, and several nodes are one server."""

import asyncio
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from foundation.clock import FrozenClock
from foundation.database import open_database
from foundation.errors import SettingsError, StorageUnavailableError
from foundation.settings import Settings
from idp.running.alone import only_server
from idp.running.opening import ledger_origin, open_server, prepare_schema
from keys.lifecycle import KeyState, state_of
from keys.rotation import ROTATING, WANTED
from tests.idp.support import ISSUER, World, settings_for

OTHER_KEY = "another master key, as random as can be typed 8317"


async def test_a_server_opens_on_what_it_made(
    settings: Settings, clock: FrozenClock, quick_keys: None
) -> None:
    async with open_server(settings, clock) as first:
        made, rows = first.secrets, list(first.ring.rows())
    async with open_server(settings, clock) as second:
        assert second.secrets == made
        assert list(second.ring.rows()) == rows


async def test_another_master_key_is_refused(
    settings: Settings, clock: FrozenClock, quick_keys: None
) -> None:
    async with open_server(settings, clock):
        pass
    wrong = settings_for(settings.storage_url, settings.data_dir, master_key=OTHER_KEY)
    with pytest.raises(SettingsError, match="not the key that sealed"):
        async with open_server(wrong, clock):
            raise AssertionError("opened")
    async with open_server(settings, clock):
        pass


async def test_without_a_key_an_empty_database_gets_a_file_and_a_sealed_one_refuses(
    database_url: str, tmp_path: Path, clock: FrozenClock, quick_keys: None
) -> None:
    keyless = settings_for(database_url, tmp_path / "data", master_key=None)
    async with open_server(keyless, clock):
        pass
    file = tmp_path / "data" / "master.key"
    assert file.stat().st_mode & 0o777 == 0o600
    async with open_server(keyless, clock):
        pass
    file.rename(tmp_path / "elsewhere")
    with pytest.raises(SettingsError, match="sealed under a master key that is not here"):
        async with open_server(keyless, clock):
            raise AssertionError("opened")
    assert not file.exists()


async def test_a_database_that_does_not_answer_is_told(tmp_path: Path, clock: FrozenClock) -> None:
    (tmp_path / "not-one.sqlite3").write_text("this is no database, only text that is long enough " * 40)
    with pytest.raises(StorageUnavailableError):
        async with open_server(settings_for(f"sqlite:///{tmp_path}/not-one.sqlite3", tmp_path), clock):
            raise AssertionError("opened")


async def test_each_key_made_is_told_to_the_ledger_in_the_same_unit(world: World) -> None:
    rows = world.server.ring.rows()
    staged = {event["facts"]["kid"] for event in await world.events("key.staged")}
    activated = {event["facts"]["kid"] for event in await world.events("key.activated")}
    assert staged == {row.kid for row in rows}
    now = world.clock.now()
    assert activated == {row.kid for row in rows if state_of(row, now) is KeyState.ACTIVE}
    assert len(rows) == len(WANTED) + len(ROTATING)


@pytest.mark.postgres
async def test_nodes_that_start_together_on_an_empty_database_are_one_server(
    postgres_url: str, tmp_path: Path, clock: FrozenClock, quick_keys: None
) -> None:
    settings = settings_for(postgres_url, tmp_path)
    async with AsyncExitStack() as stack:
        nodes = list(
            await asyncio.gather(*(stack.enter_async_context(open_server(settings, clock)) for _ in range(4)))
        )
        assert len({node.secrets.token_hash for node in nodes}) == 1
        for slot in WANTED:
            assert len({node.ring.signer(*slot).kid for node in nodes}) == 1, slot
        assert len({node.sequencer.verifier.name for node in nodes}) == 1
        assert len(nodes[0].ring.rows()) == len(WANTED) + len(ROTATING)


async def test_what_the_body_raises_comes_out_and_everything_is_closed(
    settings: Settings, clock: FrozenClock, quick_keys: None
) -> None:
    with pytest.raises(RuntimeError, match="of the body"):
        async with open_server(settings, clock, sequencing=True) as server:
            raise RuntimeError("of the body")
    assert server.sequencer._task is None
    again = open_database(settings.storage_url)
    await again.start()
    await again.stop()


def test_the_log_is_named_after_the_issuer(tmp_path: Path) -> None:
    assert ledger_origin(settings_for("sqlite:///x", tmp_path)) == "127.0.0.1:8000/ledger"
    named = settings_for("sqlite:///x", tmp_path, issuer="https://accord.example/base/")
    assert ledger_origin(named) == "accord.example/base/ledger"


# --- the schema, and one process a SQLite file ------------------------------------------------------------


@pytest.fixture
def empty(tmp_path: Path) -> Settings:
    return settings_for(f"sqlite:///{tmp_path}/new/accord.sqlite3", tmp_path)


def test_an_empty_database_gets_its_schema_and_another_version_is_refused(empty: Settings) -> None:
    prepare_schema(empty)
    prepare_schema(empty)  # at its revision: nothing to do
    with sqlite3.connect(empty.storage_url.removeprefix("sqlite:///")) as other:
        other.execute("UPDATE alembic_version SET version_num = '9999'")
    other.close()
    with pytest.raises(SettingsError, match="accord db upgrade"):
        prepare_schema(empty)


def test_a_second_server_on_one_sqlite_file_is_refused(empty: Settings) -> None:
    prepare_schema(empty)
    with only_server(empty), pytest.raises(SettingsError, match="already serves"), only_server(empty):
        raise AssertionError("two servers")
    with only_server(empty):
        pass  # the lock went with the first


def test_workers_of_one_server_share_a_sqlite_file_and_nobody_serves_it_alone_beside_them(
    empty: Settings,
) -> None:
    prepare_schema(empty)
    sharing = empty.model_copy(update={"workers": 2})
    refused = pytest.raises(SettingsError, match="already serves")
    with only_server(sharing), only_server(sharing), refused, only_server(empty):
        raise AssertionError("a server alone beside workers")
    with only_server(empty), pytest.raises(SettingsError, match="already serves"), only_server(sharing):
        raise AssertionError("a worker beside a server alone")


def test_postgres_takes_as_many_servers_as_one_likes(tmp_path: Path) -> None:
    settings: Any = settings_for("postgresql://x/y", tmp_path)
    with only_server(settings), only_server(settings):
        assert settings.issuer_url == ISSUER
