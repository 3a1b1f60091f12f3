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
from typing import Annotated, Any, NamedTuple

import httpx
import typer
from sqlalchemy import insert

from consent.catalogue import CATALOGUE
from consent.choices import Choice as Chosen
from consent.choices import share
from consent.grants import terms_json
from consent.ledger.canonical import encode_guarded
from consent.ledger.leaf import leaf_hash
from consent.ledger.tables import LedgerEntry, LedgerEvent
from consent.mirror.folder import Folder
from consent.requests import Asker, Motives, ask_to_share
from consent.tables import Grant
from foundation.clock import DAY
from foundation.ids import new_id
from foundation.settings import load_settings
from foundation.statements import Write
from foundation.web.csrf import FIELD
from idp.app import open_app
from idp.commands.people import add_account
from idp.context import Server
from idp.running.opening import open_server, prepare_schema

SCOPES = ("openid", "profile", "skills", "experiences", "trainings", "languages")
EMAIL, PASSWORD = "someone@example.org", "papier pomme cerf-volant"  # of a database that is thrown away
PIECE = 5_000
ROUNDS = 15
_GRANT = Write(insert(Grant))
_EVENT = Write(insert(LedgerEvent))
_ENTRY = Write(insert(LedgerEntry))


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
    await _write(server, [(_GRANT, [_grant(person, one, number, now) for number, one in enumerate(ids)])])
    events: list[dict[str, Any]] = []
    entries: list[dict[str, Any]] = []
    for position, fields in enumerate(_reads(ids, size.reads, now), 1_000):
        leaf = encode_guarded(fields)
        events.append({"id": fields["id"], "leaf": leaf.decode(), "sealed": None})
        entries.append(_entry(position, fields, leaf))
        if len(events) == PIECE:
            await _write(server, [(_EVENT, events), (_ENTRY, entries)])
            events, entries = [], []
    await _write(server, [(_EVENT, events), (_ENTRY, entries)])
    return ids


async def _write(server: Server, rows: list[tuple[Write, list[dict[str, Any]]]]) -> None:
    async with server.db.transaction() as tx:
        for statement, values in rows:
            if values:
                await tx.run_many(statement, values)


def _grant(person: str, grant_id: str, number: int, now: int) -> dict[str, Any]:
    asker = Asker(
        f"app-{number}", f"Application {number}", "Bench", "https://app.example", "https://app.example/p"
    )
    request = ask_to_share(asker, SCOPES, ("openid", "profile"), Motives())
    choice = Chosen(
        {name: share(name, {}, future=True) for name in SCOPES}, frozenset(), "180d", offline=True
    )
    row: dict[str, Any] = dict.fromkeys(Grant.model_fields)
    return row | {
        "id": grant_id, "person_id": person, "client_id": asker.client_id, "subject": f"s{number}",
        "revision": 1, "fetch_type": "periodic", "choice_json": choice.to_json(),
        "terms_json": terms_json(request.elements, request.required), "answered_json": "{}",
        "granted_at": now - 170 * DAY, "expires_at": now - 170 * DAY + 180 * DAY,
    }  # fmt: skip


def _reads(grants: list[str], count: int, now: int) -> Iterator[dict[str, Any]]:
    """Reads spread over half a year, one dataset after the other, one app after the other."""
    datasets = [CATALOGUE[name].dataset for name in SCOPES[2:]]
    for number in range(count):
        dataset = datasets[number % len(datasets)]
        assert dataset is not None  # each of these scopes has one
        moment = now - 170 * DAY + 169 * DAY * number // count
        facts = {"dataset": dataset.name, "fields": " ".join(f.name for f in dataset.fields), "count": 4}
        yield {
            "v": 1, "id": new_id(moment), "time": moment, "event": "data.read", "log": "consent",
            "outcome": "success", "client": "app", "person": "p-AAAAAAAAAAAAAAAAAAAAAA",
            "grant": grants[number // len(datasets) % len(grants)], "revision": 1, "scopes": dataset.name,
            "facts": facts, "request": "0" * 32, "salt": "AAAAAAAAAAAAAAAAAAAAAA", "commitment": None,
        }  # fmt: skip


def _entry(position: int, fields: dict[str, Any], leaf: bytes) -> dict[str, Any]:
    copied = {
        name: fields[name] for name in ("time", "event", "log", "outcome", "client", "person", "request")
    }
    own = {"position": position, "event_id": fields["id"], "leaf_hash": leaf_hash(leaf)}
    return {**copied, **own, "grant_id": fields["grant"]}


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    typer.run(main)
