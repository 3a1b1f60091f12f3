"""Where the benches of the application itself run: SQLite, then PostgreSQL, or a database that is given."""

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from bench.postgres import cluster
from bench.processes import StartError
from bench.targets import REPOSITORY
from foundation.settings import Settings, load_settings
from idp.app import settle_memory
from idp.context import Server
from idp.running.opening import open_server, prepare_schema

HELP = "URL of an empty database; else SQLite, then a PostgreSQL server of the bench's own."


def on_each(database: str, measure: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Measure on `database`; when it names none, on a fresh one of each kind that can be had here."""
    _on(database, measure)
    if database:
        return
    out = REPOSITORY / "bench" / "out"
    out.mkdir(exist_ok=True)
    try:
        with cluster(out) as server:
            _on(server.create("bench"), measure)
    except StartError as error:
        say(f"not measured: {error}")


@asynccontextmanager
async def serving(settings: Settings, *, sequencing: bool = False) -> AsyncIterator[Server]:
    """An open server, garbage searched for as where it serves."""
    async with open_server(settings, sequencing=sequencing) as server:
        settle_memory()
        yield server


def _on(database: str, measure: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(
            data_dir=Path(folder), database_url=database, issuer="http://127.0.0.1:8000", port=8000
        )
        prepare_schema(settings)
        asyncio.run(measure(settings))


def say(line: str) -> None:
    """A line at once, not when the run ends."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
