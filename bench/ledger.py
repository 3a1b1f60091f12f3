"""`python -m bench.ledger`: what the audit log does in a second, and what it costs to ask when it is long.

By hand, not a timed test. Events are appended by as many waiters as asked, each through a unit of its own as
the server does it; then a log of the length asked for is queued and given its places by the ledger's own
sequencer, and is asked for proofs and searched by every filter. `--database postgresql://…` names an empty
database to fill instead of a fresh SQLite file.
"""

import asyncio
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from sqlalchemy import insert
from starlette.requests import Request

from bench.databases import say, serving
from bench.rows import EVENT, write
from consent.events import DataRead
from consent.ledger.append import Ledger
from consent.ledger.canonical import encode_guarded
from consent.ledger.searching.search import Filters, search
from consent.ledger.tables import LedgerQueue
from foundation.clock import DAY
from foundation.ids import new_id
from foundation.settings import Settings, load_settings
from foundation.statements import Write
from idp.context import Server
from idp.running.ledger_routes import ledger_table
from idp.running.opening import prepare_schema
from keys.people import PersonSecrets

PIECE = 20_000
SAMPLE = 2_000
ROUNDS = 21
PEOPLE, APPS = 10_000, 20
_QUEUE = Write(insert(LedgerQueue))
_SALT = "AAAAAAAAAAAAAAAAAAAAAA"
# How often each comes where apps mostly read.
OFTEN = {
    "data.read": 600, "token.issued": 120, "token.refreshed": 150, "code.issued": 40, "code.redeemed": 40,
    "login.succeeded": 30, "consent.given": 8, "consent.asked": 9, "consent.revoked": 2, "consent.refused": 1,
}  # fmt: skip
NAMES, WEIGHTS = tuple(OFTEN), tuple(OFTEN.values())
RARE, RARE_AT = "token.reused", 5_000  # in each ten thousand


def main(
    database: Annotated[str, typer.Option(help="An empty PostgreSQL database; SQLite otherwise.")] = "",
    events: Annotated[int, typer.Option(help="How long the log becomes.", min=PIECE)] = 1_000_000,
    waiters: Annotated[int, typer.Option(help="Who append at once.", min=1)] = 256,
    seconds: Annotated[int, typer.Option(help="How long they do.", min=1)] = 5,
) -> None:
    """Print what is appended, placed, proved and found."""
    with tempfile.TemporaryDirectory() as folder:
        settings = load_settings(data_dir=Path(folder), database_url=database, port=8000)
        prepare_schema(settings)
        asyncio.run(_measure(settings, events, waiters, seconds))


async def _measure(settings: Settings, events: int, waiters: int, seconds: int) -> None:
    async with serving(settings) as server:
        rate = await _append(server, waiters, seconds)
        say(f"{server.db.dialect}, {waiters} waiters, sealed payloads: appended {rate}")
        while await server.sequencer.advance(sign_now=True):
            pass
        ids = await _fill(server, events)
        await _prove(server, ids)
        await _search(server, ids)
        say(f"most memory: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB")


class Watch:
    """How fast something goes: on the clock, and by this process's own processor time."""

    def __init__(self) -> None:
        self._wall = self._cpu = 0.0
        self._begun = (0.0, 0.0)

    def __enter__(self) -> None:
        self._begun = (time.perf_counter(), time.process_time())

    def __exit__(self, *_: object) -> None:
        self._wall += time.perf_counter() - self._begun[0]
        self._cpu += time.process_time() - self._begun[1]

    def rate(self, done: int) -> str:
        return f"{done / self._wall:,.0f} a second ({self._cpu / done * 1e6:.1f} us of CPU each)"


async def _append(server: Server, waiters: int, seconds: int) -> str:
    """How fast events are recorded: each in a unit of its own, durable before its waiter goes on."""
    ledger, until, done = Ledger(), time.perf_counter() + seconds, 0
    secrets = PersonSecrets(os.urandom(32), os.urandom(32))
    read = DataRead(
        client="app", grant="a" * 32, revision=1, scopes="skills", dataset="skills", fields="label level",
        count=4, items=("s1", "s2", "s3", "s4"),
    )  # fmt: skip

    async def wait() -> None:
        nonlocal done
        while time.perf_counter() < until:
            async with server.db.transaction(single=True) as tx:  # as a read does
                await ledger.append(tx, read, person=secrets, now=server.clock.now(), request_id="0" * 32)
            done += 1

    watch = Watch()
    with watch:
        await asyncio.gather(*(wait() for _ in range(waiters)))
    return watch.rate(done)


async def _fill(server: Server, count: int) -> list[str]:
    """A log of so many events more; the ids of some of them."""
    kept, watch = [], Watch()
    drawn = random.Random(1)  # data, not secrets
    begun = server.clock.now() - 300 * DAY
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("filling the log", total=count)
        for first in range(0, count, PIECE):
            last = min(first + PIECE, count)
            rows = [_row(drawn, begun + 299 * DAY * number // count, number) for number in range(first, last)]
            kept += [row["id"] for row in rows[:: max(1, count // SAMPLE)]]
            await write(server.db, (EVENT, rows), (_QUEUE, [{"event_id": row["id"]} for row in rows]))
            with watch:
                while await server.sequencer.advance():
                    pass
            bar.update(task, completed=last)
    await server.sequencer.advance(sign_now=True)
    say(f"{count:,} events given their place: {watch.rate(count)}")
    return kept


def _row(drawn: random.Random, moment: int, number: int) -> dict[str, Any]:
    """An event of some person in some app, as a working server has them; one in 10,000 is rare."""
    rare = number % 10_000 == RARE_AT
    event = RARE if rare else drawn.choices(NAMES, WEIGHTS)[0]
    who = drawn.randrange(PEOPLE)
    fields = {
        "v": 1, "id": new_id(moment), "time": moment, "event": event,
        "log": "security" if event.startswith(("login", "token.re")) else "consent",
        "outcome": "refused" if rare else "success", "client": f"app-{who % APPS}", "person": f"p-{who:022d}",
        "grant": f"{who:032d}", "revision": 1, "scopes": "skills",
        "facts": {"dataset": "skills", "fields": "code label level", "count": 4}, "request": new_id(moment),
        "salt": _SALT, "commitment": None,
    }  # fmt: skip
    return {"id": fields["id"], "leaf": encode_guarded(fields).decode(), "sealed": None}


async def _prove(server: Server, ids: Sequence[str]) -> None:
    """All that the endpoint does for a caller, in random order; HTTP itself apart."""
    answer, took = ledger_table(server)["/ledger/proof"]["GET"], []
    for event_id in random.Random(1).sample(ids, len(ids)):  # data, not secrets
        asked = Request({"type": "http", "headers": [], "query_string": f"event_id={event_id}".encode()})
        began = time.perf_counter()
        response = await answer(asked)
        took.append((time.perf_counter() - began) * 1000)
        if response.status_code != 200:
            raise RuntimeError(f"no proof of {event_id}: {bytes(response.body)!r}")
    say(f"GET /ledger/proof: {_spread(took)}")


async def _search(server: Server, ids: Sequence[str]) -> None:
    """Each filter, alone and with others; a page of 50."""
    now, origin = server.clock.now(), server.sequencer.verifier.name
    someone, app = f"p-{7:022d}", "app-7"
    asked = {
        "everything": Filters(),
        "a frequent event": Filters(event="data.read"),
        "a rare event": Filters(event=RARE),
        "a rare outcome": Filters(outcome="refused"),
        "an app": Filters(client=app),
        "an app, a rare outcome": Filters(client=app, outcome="refused"),
        "an app, a rare event": Filters(client=app, event=RARE),
        "a frequent event, a rare outcome": Filters(event="data.read", outcome="refused"),
        "a log": Filters(log="security"),
        "a pseudonym": Filters(person=someone),
        "a pseudonym, a rare outcome": Filters(person=someone, outcome="refused"),
        "a grant": Filters(grant=f"{7:032d}"),
        "a grant, an event": Filters(grant=f"{7:032d}", event="token.refreshed"),
        "nobody": Filters(person=f"p-{PEOPLE:022d}"),
        "a day": Filters(since=now - 200 * DAY, until=now - 199 * DAY),
        "a day of an app": Filters(client=app, since=now - 200 * DAY, until=now - 199 * DAY),
        "a rare outcome of a month": Filters(outcome="refused", since=now - 200 * DAY, until=now - 170 * DAY),
        "no such request": Filters(request=ids[0]),
    }
    for name, filters in asked.items():
        took = []
        for _ in range(ROUNDS):
            began = time.perf_counter()
            async with server.db.reading() as tx:
                page = await search(tx, origin, filters)
            took.append((time.perf_counter() - began) * 1000)
        say(f"{name:34}{len(page.rows):4} rows  {_spread(took)}")


def _spread(took: Sequence[float]) -> str:
    return f"{statistics.median(took):8.2f} ms, at most {max(took):8.2f} ms"


if __name__ == "__main__":
    typer.run(main)
