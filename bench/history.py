"""`python -m bench.history`: what the dashboard and the history cost one person, as her life grows.

By hand, not a timed test. One person gets grants and recorded reads, written straight into fresh storage; the
projection folds them; then her pages are asked of the whole application, in this process and without a
network: server time is all there is. `--database postgresql://…` names an empty database to fill instead.
"""

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, NamedTuple

import httpx
import typer

from bench.rows import GRANT, SCOPES, Read, ReadWriter, grant_row, write
from consent.catalogue import CATALOGUE
from consent.mirror.folder import Folder
from foundation.clock import DAY
from foundation.ids import new_id
from foundation.settings import load_settings
from foundation.web.csrf import FIELD
from idp.app import open_app
from idp.commands.people import add_account
from idp.context import Server
from idp.running.opening import open_server, prepare_schema

EMAIL, PASSWORD = "someone@example.org", "papier pomme cerf-volant"  # of a database that is thrown away
ROUNDS = 15


class Size(NamedTuple):
    """How long a life."""

    grants: int
    reads: int


SIZES = (Size(1, 100), Size(1, 100_000), Size(1, 1_000_000), Size(100, 100_000), Size(10_000, 1_000_000))


def main(
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database; SQLite otherwise.")] = "",
    only: Annotated[int, typer.Option(help="One of the sizes, counted from 0.", min=-1)] = -1,
) -> None:
    """Each size on storage of its own (with --database, choose one)."""
    for size in SIZES if only < 0 else SIZES[only : only + 1]:
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(_measure(size, Path(folder), database))


async def _measure(size: Size, folder: Path, database: str) -> None:
    settings = load_settings(data_dir=folder, database_url=database, port=8000)
    await asyncio.to_thread(prepare_schema, settings)
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(open_server(settings))
        person = (await add_account(server, EMAIL, PASSWORD, "person"))["person_id"]
        grants = await _fill(server, person, size)
        begun = time.perf_counter()
        folded = await Folder(server.db, server.clock).catch_up()
        rate = folded / (time.perf_counter() - begun)
        _say(f"\n{server.db.dialect}, {size.grants} grants, {size.reads} reads; {rate:,.0f} folded a second")
        app = await stack.enter_async_context(open_app(server))
        client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=server.issuer)
        await stack.enter_async_context(client)
        await _sign_in(client)
        for path in _pages(grants):
            await _time(client, path)


def _pages(grants: list[str]) -> list[str]:
    first, middle = grants[0], grants[len(grants) // 2]
    return [
        "/account/apps",
        f"/account/apps?before={middle}",
        f"/account/apps/{first}",
        "/account/history",
        f"/account/history?after=20500.{middle}.z",
        "/account/history/fields",
        "/account/history/fields/skills",
        f"/account/history?grant={first}",
        f"/account/history?grant={first}&reads=1&after={middle}",
    ]


async def _time(client: httpx.AsyncClient, path: str) -> None:
    took, worked = [], []
    for _ in range(ROUNDS):
        begun, working = time.perf_counter(), time.process_time()
        answer = await client.get(path)
        took.append((time.perf_counter() - begun) * 1000)
        worked.append((time.process_time() - working) * 1000)
        if answer.status_code != 200:
            raise RuntimeError(f"{path}: {answer.status_code}")
    wall, work = statistics.median(took), statistics.median(worked)
    _say(f"  {path[:44]:44} p50 {wall:7.1f} ms, of which this process works {work:6.1f} ms")


async def _sign_in(client: httpx.AsyncClient) -> None:
    page = (await client.get("/login")).text
    token = page.split(f'name="{FIELD}" value="', 1)[1].split('"', 1)[0]
    form = {FIELD: token, "email": EMAIL, "password": PASSWORD}
    headers = {"sec-fetch-site": "same-origin"}
    answer = await client.post("/login", data=form, headers=headers)
    if answer.status_code != 303:
        raise RuntimeError(f"sign-in: {answer.status_code}")


async def _fill(server: Server, person: str, size: Size) -> list[str]:
    now = server.clock.now()
    ids = sorted(new_id(now - 170 * DAY + number) for number in range(size.grants))
    grants = [grant_row(person, one, f"app-{number}", now - 170 * DAY) for number, one in enumerate(ids)]
    await write(server.db, (GRANT, grants))
    writer = ReadWriter(server.db, 1_000)
    for read in _reads(ids, size.reads, now):
        await writer.add(read)
    await writer.finish()
    return ids


def _reads(grants: list[str], count: int, now: int) -> Iterator[Read]:
    """Reads spread over half a year, one dataset after the other, one app after the other."""
    datasets = [dataset for name in SCOPES[2:] if (dataset := CATALOGUE[name].dataset) is not None]
    for number in range(count):
        dataset = datasets[number % len(datasets)]
        moment = now - 170 * DAY + 169 * DAY * number // count
        grant = grants[number // len(datasets) % len(grants)]
        yield Read(grant, dataset.name, " ".join(field.name for field in dataset.fields), moment)


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
