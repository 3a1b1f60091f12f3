"""`kill -9` at the steps of a restore and of a backup: all or nothing, and asking again finishes it."""

import asyncio
import sys
from itertools import groupby
from pathlib import Path

import orjson

from foundation.settings import Settings
from tests.idp.support import World


async def test_all_or_nothing_at_every_step(erased: World, settings: Settings, tmp_path: Path) -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.idp.backup.killed",
        settings.storage_url, str(settings.data_dir), str(tmp_path / "backup"), str(tmp_path / "more"),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = orjson.loads((await program.communicate())[0])
    assert program.returncode == 0
    restored, on_nothing, backed_up = ([name for name, _ in groupby(lives)] for lives in told)
    if settings.on_sqlite:
        assert restored == on_nothing == ["as it was", "cut", "whole"]
    else:  # one transaction
        assert restored == ["as it was", "whole"]
    assert backed_up == ["nothing", "whole"]
    assert [len(lives) for lives in told] == ([17, 17, 8] if settings.on_sqlite else [9, 0, 8])
