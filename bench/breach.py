"""`python -m bench.breach`: what the question who is affected costs, as the ledger grows (GDPR art. 33-34).

By hand, not a timed test. One app reads people of fresh storage; then the question is asked of half of the
time and of all of it: the first part, as a page answers it, the whole count, and the list with its names.
Once on SQLite and once on PostgreSQL.
"""

import asyncio
import time
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from bench.databases import HELP, on_each, say, serving
from bench.rows import GRANT, Read, ReadWriter, grant_row, write
from consent.catalogue import CATALOGUE
from foundation.clock import DAY
from foundation.ids import new_id
from foundation.settings import Settings
from idp.context import Server
from idp.duties.asking import begin_list, list_people
from idp.duties.breach import WHOLE, Part, Question
from idp.duties.breach_walk import count
from idp.duties.pages import MOST_AT_ONCE
from idp.people.accounts import Draft
from idp.people.addresses import parse_address
from idp.people.opening import create_account

_DATASETS = ("skills", "experiences", "trainings", "languages")
_DAYS = 30
_APP = "app"


def main(
    database: Annotated[str, typer.Option(help=HELP)] = "",
    people: Annotated[int, typer.Option(help="How many, each with one authorization.", min=1)] = 10_000,
    reads: Annotated[int, typer.Option(help="How many, shared among them.", min=1)] = 1_000_000,
) -> None:
    """Fill, then ask."""
    on_each(database, lambda settings: _measure(settings, people, reads))


async def _measure(settings: Settings, people: int, reads: int) -> None:
    async with serving(settings) as server:
        now = server.clock.now()
        await _fill(server, people, reads, now)
        say(f"\n{server.db.dialect}, {people:,} people, {reads:,} reads in {_DAYS} days")
        for days in (_DAYS // 2, _DAYS):
            question = Question(_APP, now - days * DAY, now + DAY)
            await _ask(server, question, f"{days} days, a page", Part(None, MOST_AT_ONCE))
            await _ask(server, question, f"{days} days, counted", WHOLE)
            await _list(server, question, f"{days} days, listed")


async def _ask(server: Server, question: Question, what: str, part: Part) -> None:
    begun, working, longest = time.perf_counter(), time.process_time(), asyncio.create_task(_longest())
    tally = await count(server.db, question, part)
    took, worked = time.perf_counter() - begun, time.process_time() - working
    held = await _ended(longest) * 1000
    say(
        f"  {what:18} {took:7.2f} s, of which this process works {worked:6.2f} s; the loop is held for"
        f" {held:.0f} ms at most; {tally.people:,} people, {tally.reads:,} reads"
    )


async def _list(server: Server, question: Question, what: str) -> None:
    begun, first, left = time.perf_counter(), 0.0, 0
    asked = await begin_list(server, question, "BENCH-1")
    async for some in list_people(server, question, asked):
        left += len(some)
        first = first or (time.perf_counter() - begun if some else 0.0)
    took = time.perf_counter() - begun
    say(f"  {what:18} {took:7.2f} s, the first line after {first * 1000:.0f} ms; {left:,} named")


async def _longest() -> float:
    """How long at most the loop gave no turn, seconds; until cancelled."""
    most = 0.0
    try:
        while True:
            begun = time.perf_counter()
            await asyncio.sleep(0)
            most = max(most, time.perf_counter() - begun)
    except asyncio.CancelledError:
        return most


async def _ended(longest: asyncio.Task[float]) -> float:
    longest.cancel()
    return await longest


async def _fill(server: Server, people: int, reads: int, now: int) -> None:
    grants: list[dict[str, Any]] = []
    for number in range(people):
        address = parse_address(f"p{number}@example.org")
        if address is None:
            raise RuntimeError("no address")
        async with server.db.transaction() as tx:
            holder = await create_account(tx, server, Draft(address, "!"), now)
        grants.append(grant_row(holder.id, new_id(now - _DAYS * DAY + number), _APP, now - _DAYS * DAY))
    await write(server.db, (GRANT, grants))
    writer = ReadWriter(server.db, people * 2 + 1_000)
    for read in _reads([one["id"] for one in grants], reads, now):
        await writer.add(read)
    await writer.finish()


def _reads(grants: list[str], count_: int, now: int) -> Iterator[Read]:
    fields = {
        name: " ".join(field.name for field in dataset.fields)
        for name in _DATASETS
        if (dataset := CATALOGUE[name].dataset) is not None
    }
    for number in range(count_):
        name = _DATASETS[number % len(_DATASETS)]
        moment = now - _DAYS * DAY + _DAYS * DAY * number // count_
        yield Read(grants[number // len(_DATASETS) % len(grants)], name, fields[name], moment, _APP)


if __name__ == "__main__":
    typer.run(main)
