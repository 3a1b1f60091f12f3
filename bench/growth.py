"""`python -m bench.growth`: what a call costs as the ledger grows, in processor time of the server.

By hand, not a timed test. People agree as on the pages; then reads of theirs are queued and given their
places by the ledger's own sequencer, on SQLite. Two ledgers, a small one and a large one that began as its
copy, are asked in turn, by calls straight into the application: no network, no client's work. What a call
leaves for later (its place in the tree, its line in the history) is done, and counted, after each block.
"""

import asyncio
import shutil
import statistics
import tempfile
import time
from argparse import Namespace
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated, Any, NamedTuple

import orjson
import typer
from sqlalchemy import insert

from bench.databases import say, serving
from bench.rows import EVENT, PIECE, Read, event_row, write
from bench.seed_accord import Granted, mint, people
from bench.works import CHALLENGE, REDIRECT_URI, WORKS, Client, Endpoints, Request, request_for
from consent.catalogue import CATALOGUE
from consent.ledger.tables import LedgerQueue
from consent.mirror.folder import Folder
from foundation.clock import DAY
from foundation.settings import Settings, load_settings
from foundation.statements import Write
from idp.app import open_app
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import find_client
from idp.commands.clients import register_client
from idp.context import Server
from idp.running.opening import prepare_schema

CLIENT = Client("app", "app-secret")
SCOPE = "openid profile skills offline_access"
BLOCK = 100
_QUEUE = Write(insert(LedgerQueue))
_ASKED = Namespace(client=CLIENT.client_id, redirect_uri=REDIRECT_URI, scope=SCOPE, challenge=CHALLENGE)


class World(NamedTuple):
    """A ledger of some size, served."""

    server: Server
    app: Any
    granted: list[Granted]


def main(
    held: Annotated[int, typer.Option("--people", help="Each with one grant.", min=BLOCK)] = 10_000,
    events: Annotated[int, typer.Option(help="In the small ledger.", min=1)] = 100_000,
    times: Annotated[int, typer.Option(help="How many times more in the large one.", min=1)] = 10,
    rounds: Annotated[int, typer.Option(help="Blocks of calls of each kind.", min=1)] = 21,
) -> None:
    """Print the medians of both, microseconds of CPU a call."""
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder), held, (events, events * times), rounds))


async def _measure(folder: Path, held: int, sizes: tuple[int, int], rounds: int) -> None:
    small, large = _settings(folder / "small"), _settings(folder / "large")
    granted = await _begin(small, held)
    await _grow(small, granted, sizes[0])
    shutil.copytree(small.data_dir, large.data_dir)
    await _grow(large, granted, sizes[1] - sizes[0])
    async with AsyncExitStack() as stack:
        worlds = []
        for settings in (small, large):
            server = await stack.enter_async_context(serving(settings))
            worlds.append(World(server, await stack.enter_async_context(open_app(server)), granted))
        blocks = [[await _block(world, number) for world in worlds] for number in range(rounds)]
    say(f"sqlite, {held:,} people, medians of {rounds} blocks of {BLOCK}: us of CPU a call")
    say(f"{'':12}" + "".join(f"{size:>12,} events" for size in sizes))
    for work in blocks[0][0]:
        seen = [statistics.median(block[number][work] for block in blocks) for number in range(2)]
        say(f"{work:12}{seen[0]:19.0f}{seen[1]:19.0f}   x {seen[1] / seen[0]:.2f}")


def _settings(folder: Path) -> Settings:
    return load_settings(data_dir=folder, database_url="", issuer="http://127.0.0.1:8000", port=8000)


async def _begin(settings: Settings, held: int) -> list[Granted]:
    """People who agreed."""
    await asyncio.to_thread(prepare_schema, settings)
    async with serving(settings) as server:
        metadata = ClientMetadata(
            name="Bench",
            redirect_uris=(REDIRECT_URI,),
            optional_scopes=("skills", "offline_access"),
            auth_method="client_secret_basic",
        )
        await register_client(server, CLIENT.client_id, metadata, CLIENT.secret)
        async with server.db.reading() as tx:
            client = await find_client(tx, CLIENT.client_id)
        if client is None:
            raise RuntimeError("no client")
        return await people(server, client, SCOPE.split(), held)


async def _grow(settings: Settings, granted: Sequence[Granted], count: int) -> None:
    """So many reads more, spread over people and half a year, in the tree and in their histories."""
    dataset = CATALOGUE["skills"].dataset
    if dataset is None:
        raise RuntimeError("no dataset")
    fields = " ".join(field.name for field in dataset.fields)
    async with serving(settings) as server:
        begun = server.clock.now() - 170 * DAY
        for first in range(0, count, PIECE):
            rows = []
            for number in range(first, min(first + PIECE, count)):
                of = granted[number * 7919 % len(granted)]
                moment = begun + 169 * DAY * number // count
                read = Read(of.grant_id, dataset.name, fields, moment, CLIENT.client_id, of.person_id[-22:])
                rows.append(event_row(read)[0])
            await write(server.db, (EVENT, rows), (_QUEUE, [{"event_id": row["id"]} for row in rows]))
            await _settle(server)


async def _settle(server: Server) -> None:
    """What answers leave for later."""
    while await server.sequencer.advance():
        pass
    await Folder(server.db, server.clock).catch_up()


async def _block(world: World, number: int) -> dict[str, float]:
    """Microseconds a call, by work, each of other people."""
    begun = number * BLOCK % len(world.granted)
    turned = [*world.granted[begun:], *world.granted[:begun]]
    codes = await mint(world.server, turned, BLOCK, _ASKED)
    redeemed, answers = await _timed(world, "redeem", codes)
    tokens = [answer["access_token"] for answer in answers]
    introspected, _ = await _timed(world, "introspect", tokens)
    read, _ = await _timed(world, "read", tokens)
    return {"redeem": redeemed, "introspect": introspected, "read": read}


async def _timed(world: World, name: str, values: Sequence[str]) -> tuple[float, list[Any]]:
    base = world.server.issuer
    at = Endpoints(f"{base}/token", f"{base}/introspect", f"{base}/userinfo", f"{base}/v1/me/skills")
    request = request_for(next(work for work in WORKS if work.name == name), at, CLIENT)
    asked = [request.with_value(value) for value in values]
    started = time.process_time()
    answers = [await _call(world.app, one) for one in asked]
    await _settle(world.server)
    return (time.process_time() - started) / len(values) * 1e6, [orjson.loads(body) for body in answers]


async def _call(app: Any, request: Request) -> bytes:
    """Straight into the application. Raises RuntimeError for a status outside 2xx."""
    status, parts = 0, []
    headers = {"host": "127.0.0.1:8000"} | request.headers
    scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": request.method,
        "scheme": "http", "path": request.path, "raw_path": request.path.encode(), "query_string": b"",
        "root_path": "", "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
        "headers": [(name.lower().encode(), text.encode()) for name, text in headers.items()],
    }  # fmt: skip

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": (request.body or "").encode(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        parts.append(message.get("body", b""))

    await app(scope, receive, send)
    if not 200 <= status < 300:
        raise RuntimeError(f"{request.path}: {status} {parts}")
    return b"".join(parts)


if __name__ == "__main__":
    typer.run(main)
