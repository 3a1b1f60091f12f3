"""An empty database with every room's tables, made once a run and copied for each test."""

import asyncio
import importlib
import sqlite3
from pathlib import Path

from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from tests.support import ROOT

_ROOMS = ("keys", "consent", "idp")


def create_schema(url: str) -> None:
    """Make every table in the empty database of `url`. Not to be called from inside an event loop."""
    for room in _ROOMS:
        for path in sorted((ROOT / room).rglob("tables.py")):
            importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    if url.startswith("sqlite:///"):
        _on_sqlite(Path(url.removeprefix("sqlite:///")))
    else:
        asyncio.run(_on_postgres(url))


def _on_sqlite(path: Path) -> None:
    engine = create_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine)
    engine.dispose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    connection.close()


async def _on_postgres(url: str) -> None:
    def create(connection: Connection) -> None:
        SQLModel.metadata.create_all(connection)

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://", 1))
    async with engine.begin() as connection:
        await connection.run_sync(create)
    await engine.dispose()
