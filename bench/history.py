"""`python -m bench.history`: what the dashboard and the history cost one person, as her life grows.

By hand, not a timed test. People with lives of several lengths get grants and recorded reads, written
straight into fresh storage; the projection folds them; then their pages are asked in turn of the whole
application, in this process and without a network. What counts is this process's processor time: a busy
machine hurts it less than the clock; on a quiet one the clock tells the database's share too.
Once on SQLite and once on PostgreSQL.
"""

import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import Annotated, Any, NamedTuple, TypeVar

import httpx
import typer

from bench.databases import HELP, on_each, say, serving
from bench.rows import GRANT, SCOPES, Read, ReadWriter, grant_row, write
from consent.catalogue import CATALOGUE
from consent.mirror.folder import Folder
from foundation.clock import DAY
from foundation.ids import new_id
from foundation.settings import Settings
from foundation.web.csrf import FIELD
from idp.app import open_app
from idp.commands.people import add_account
from idp.context import Server

PASSWORD = "papier pomme cerf-volant"  # of a database that is thrown away
ROUNDS = 41
FoundT = TypeVar("FoundT")
# As many active as paused as ended: each count of the dashboard has something to count.
_STATES: tuple[Callable[[int], dict[str, Any]], ...] = (
    lambda _now: {},
    lambda now: {"paused_at": now - DAY, "pause_reason": "person"},
    lambda now: {"revoked_at": now - DAY, "end_reason": "withdrawn"},
)


class Life(NamedTuple):
    """How long a life."""

    grants: int
    reads: int


class Took(NamedTuple):
    """Milliseconds: on the clock, and of this process's processor (what a busy machine changes least)."""

    wall: float
    cpu: float


LIVES = (Life(1, 100), Life(1, 1_000_000), Life(100, 100_000), Life(10_000, 1_000_000))
FULL = 2  # the first of them whose pages are full: a page is as dear as what stands on it


def main(
    database: Annotated[str, typer.Option(help=HELP)] = "",
    fewer: Annotated[int, typer.Option(help="Divide the reads by this.", min=1)] = 1,
) -> None:
    """Print a row for each page, with the medians of each life beside one another."""
    lives = [Life(life.grants, life.reads // fewer) for life in LIVES]
    on_each(database, lambda settings: _measure(settings, lives))


async def _measure(settings: Settings, lives: Sequence[Life]) -> None:
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(serving(settings))
        grants = await _fill(server, lives)
        begun = time.perf_counter()
        folded = await Folder(server.db, server.clock).catch_up()
        rate = folded / (time.perf_counter() - begun)
        say(f"{server.db.dialect}; {rate:,.0f} folded a second; ms of CPU (ms on the clock)")
        app = await stack.enter_async_context(open_app(server))
        people = []
        for number, hers in enumerate(grants):
            client = httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=server.issuer)
            await sign_in(await stack.enter_async_context(client), _email(number))
            people.append((client, _pages(hers)))
        say(f"{'':24}" + "".join(f"{life.grants:>9,}, {life.reads:>9,}" for life in lives) + "   rise")
        rises: list[Took] = []
        for page in _pages(grants[0]):
            took = await _time([(client, pages[page]) for client, pages in people])
            most, full = took[-1], took[FULL]
            rises.append(Took(most.wall / full.wall, most.cpu / full.cpu))
            figures = "".join(f"{one.cpu:11.1f} ({one.wall:6.1f})" for one in took)
            say(f"{page:24}{figures}   x {rises[-1].cpu:.2f} ({rises[-1].wall:.2f})")
        _tell(lives, rises)


def _tell(lives: Sequence[Life], rises: Sequence[Took]) -> None:
    """The figure: how much dearer a page becomes that was full already."""
    full, most = lives[FULL], lives[-1]
    middle, worst = (
        [pick(getattr(one, kind) for one in rises) for kind in ("cpu", "wall")]
        for pick in (statistics.median, max)
    )
    say(
        f"the figure: from {full.grants:,} grants and {full.reads:,} reads to {most.grants:,} and"
        f" {most.reads:,}: at the median x {middle[0]:.2f} of CPU (x {middle[1]:.2f} on the clock),"
        f" at most x {worst[0]:.2f} (x {worst[1]:.2f})"
    )


def _pages(grants: list[str]) -> dict[str, str]:
    first, middle = grants[0], grants[len(grants) // 2]
    return {
        "the dashboard": "/account/apps",
        "its next page": f"/account/apps?before=open.{middle}",
        "its ended apps": f"/account/apps?before=ended.{middle}",
        "one app": f"/account/apps/{first}",
        "the history": "/account/history",
        "its next page ": f"/account/history?after=20500.{middle}.z",
        "by field": "/account/history/fields",
        "one field": "/account/history/fields/skills",
        "one app's history": f"/account/history?grant={first}",
        "its reads, a next page": f"/account/history?grant={first}&reads=1&after={middle}",
    }


async def _time(asked: Sequence[tuple[httpx.AsyncClient, str]]) -> list[Took]:
    """The median for each who asks, in turn: a noisy moment hurts all of them alike."""
    rounds = [[await _ask(client, path) for client, path in asked] for _ in range(ROUNDS)]
    return [Took(*map(statistics.median, zip(*hers, strict=True))) for hers in zip(*rounds, strict=True)]


async def _ask(client: httpx.AsyncClient, path: str) -> Took:
    answer, took = await timed(client.get(path))
    if answer.status_code != 200:
        raise RuntimeError(f"{path}: {answer.status_code}")
    return took


async def timed(call: Awaitable[FoundT]) -> tuple[FoundT, Took]:
    """What it answers, and what it took."""
    wall, cpu = time.perf_counter(), time.process_time()
    found = await call
    return found, Took((time.perf_counter() - wall) * 1000, (time.process_time() - cpu) * 1000)


async def sign_in(client: httpx.AsyncClient, email: str) -> None:
    page = (await client.get("/login")).text
    token = page.split(f'name="{FIELD}" value="', 1)[1].split('"', 1)[0]
    form = {FIELD: token, "email": email, "password": PASSWORD}
    headers = {"sec-fetch-site": "same-origin"}
    answer = await client.post("/login", data=form, headers=headers)
    if answer.status_code != 303:
        raise RuntimeError(f"sign-in: {answer.status_code}")


def _email(number: int) -> str:
    return f"life-{number}@example.org"


async def _fill(server: Server, lives: Sequence[Life]) -> list[list[str]]:
    """The ids of each person's grants."""
    now, filled = server.clock.now(), []
    writer = ReadWriter(server.db, 1_000)
    for one, life in enumerate(lives):
        person = (await add_account(server, _email(one), PASSWORD, "person"))["person_id"]
        ids = sorted(new_id(now - 170 * DAY + number) for number in range(life.grants))
        grants = [
            grant_row(person, grant, f"app-{number}", now - 170 * DAY) | _STATES[number % len(_STATES)](now)
            for number, grant in enumerate(ids)
        ]
        await write(server.db, (GRANT, grants))
        for read in _reads(ids, life.reads, now):
            await writer.add(read)
        filled.append(ids)
    await writer.finish()
    return filled


def _reads(grants: list[str], count: int, now: int) -> Iterator[Read]:
    """Reads spread over half a year, one dataset after the other, one app after the other."""
    datasets = [dataset for name in SCOPES[2:] if (dataset := CATALOGUE[name].dataset) is not None]
    for number in range(count):
        dataset = datasets[number % len(datasets)]
        moment = now - 170 * DAY + 169 * DAY * number // count
        grant = grants[number // len(datasets) % len(grants)]
        yield Read(grant, dataset.name, " ".join(field.name for field in dataset.fields), moment)


if __name__ == "__main__":
    typer.run(main)
