"""A crash between SQLite's two files: whoever was half registered is ended, and registers again."""

import asyncio
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from foundation.clock import HOUR, MINUTE, SECOND, FrozenClock
from foundation.settings import Settings
from foundation.sqlite_driver import path_apart
from idp.backup.making import Matched, matched
from idp.context import Server
from idp.rights.torn import WITHIN
from idp.running.opening import open_server
from tests.idp.rights.registered import register
from tests.idp.rights.remains import rows
from tests.idp.support import settings_for
from tests.support.skips import program

SHE, BEFORE = "half@example.org", "whole@example.org"
WHOLE = Matched(0, 0)


@pytest.fixture
def settings(sqlite_url: str, tmp_path: Path, quick_keys: None) -> Settings:
    """On PostgreSQL one COMMIT has all."""
    return settings_for(sqlite_url, tmp_path)


async def erasures(server: Server) -> list[str]:
    return [row.person_id for row in (await rows(server.db))["erasure"]]


async def back(server: Server) -> None:
    """She registers as if nothing had been."""
    assert await matched(server) == WHOLE
    await register(server, SHE)
    assert await matched(server) == WHOLE
    assert len((await rows(server.db))["account"]) == 2


@pytest.fixture
def killer(tmp_path: Path) -> Path:
    library = tmp_path / "dies_writing.so"
    source = Path(__file__).with_name("dies_writing.c")
    compiler = [program("gcc"), "-shared", "-fPIC", "-Wall", "-Werror", "-o", library, source, "-ldl"]
    subprocess.run(compiler, check=True)  # noqa: S603  # our own source
    return library


async def test_killed_before_her_keys_are_written(
    settings: Settings, clock: FrozenClock, tmp_path: Path, killer: Path
) -> None:
    async with open_server(settings, clock, sequencing=True) as server:
        await register(server, BEFORE)
    begun = tmp_path / "begun"
    faults = {"LD_PRELOAD": str(killer), "FAULT_WHEN": str(begun), "FAULT_NAME": "-people_keys-wal"}
    dying = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.idp.rights.registered",
        settings.storage_url, str(settings.data_dir), SHE, str(clock.now()), str(begun),
        env=os.environ | faults,
    )  # fmt: skip
    assert await dying.wait() == -9
    async with open_server(settings, clock) as command:  # a command leaves it to the server
        assert await matched(command) == Matched(people_without_keys=1, keys_without_people=0)
    clock.advance(HOUR)
    async with open_server(settings, clock, sequencing=True) as server:
        [torn] = await erasures(server)
        assert torn not in {row.id for row in (await rows(server.db))["account"]}
        await back(server)
    async with open_server(settings, clock, sequencing=True) as server:
        assert await erasures(server) == [torn]  # once


class Cut:
    """Copies of the files of a database, each as it was at a moment of its own."""

    def __init__(self, settings: Settings, to: Path) -> None:
        path = settings.storage_url.removeprefix("sqlite:///")
        self._files = {"database": Path(path), "keys": path_apart(path, "people_keys")}
        self._to = to
        to.mkdir()
        self.settings = settings_for(f"sqlite:///{to / Path(path).name}", settings.data_dir)

    def take(self, what: str) -> None:
        for end in ("", "-wal"):
            file = Path(f"{self._files[what]}{end}")
            shutil.copyfile(file, self._to / file.name)


async def test_the_power_is_cut_once_her_keys_are_on_the_disk(
    settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    cut = Cut(settings, tmp_path / "cut")
    async with open_server(settings, clock) as server:
        await register(server, BEFORE)
        cut.take("database")
        clock.advance(HOUR)  # a quiet one
        await register(server, SHE)
        cut.take("keys")
    async with open_server(cut.settings, clock) as command:
        assert await matched(command) == Matched(people_without_keys=0, keys_without_people=1)
    async with open_server(cut.settings, clock, sequencing=True) as server:
        await back(server)


@pytest.mark.parametrize("newer", ["database", "keys"])
async def test_files_of_two_moments_end_nobody(
    settings: Settings, clock: FrozenClock, tmp_path: Path, newer: str
) -> None:
    """One of both was put back alone, by mistake: it is for its operator to put right."""
    cut = Cut(settings, tmp_path / "cut")
    async with open_server(settings, clock) as server:
        await register(server, BEFORE)
        cut.take("keys" if newer == "database" else "database")
        for _ in range(2):
            clock.advance(WITHIN + SECOND)
            await register(server, f"{clock.now()}@example.org")
        await server.sequencer.advance(sign_now=True)
        cut.take(newer)
    for _ in range(2):
        async with open_server(cut.settings, clock, sequencing=True) as server:
            assert sum(await matched(server)) == 2
        clock.advance(MINUTE)
