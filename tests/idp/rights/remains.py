"""What a database still says of somebody: every table, every column, and the files beneath."""

from collections import namedtuple
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Table, delete, insert, select
from sqlmodel import SQLModel

from foundation.database import Database
from foundation.settings import Settings
from foundation.statements import Statement, Write

# Texts of a profile that also stand in pages, leaves or apps by themselves say nothing of anyone.
_SHORTEST = 6


def profile_values(name: str) -> set[str]:
    """The texts of a persona's profile that are hers alone."""
    document = orjson.loads((files("consent.profile") / "data" / f"{name}.json").read_bytes())
    return {text for text in _texts(document) if len(text) >= _SHORTEST and not text.islower()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)


# A statement is compiled when it is first used: these are used often.
@cache
def _whole(table: Table) -> Statement[Any]:
    """Every row of a table."""
    return Statement(select(table), namedtuple("row", [column.name for column in table.columns], rename=True))


@cache
def _emptied(table: Table) -> Write:
    return Write(delete(table))


@cache
def _filled(table: Table) -> Write:
    return Write(insert(table))


async def rows(db: Database, *, rome: bool = False) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table but the ROME, whose words are everybody's; or of the ROME alone."""
    found = {}
    async with db.reading() as tx:
        for table in SQLModel.metadata.tables.values():
            if table.name.startswith("rome_") is not rome:
                continue
            found[table.name] = await tx.all(_whole(table))
    return found


async def restore(db: Database, backup: dict[str, list[tuple[Any, ...]]]) -> None:
    """The database as it was: every row of every table."""
    tables = [table for table in SQLModel.metadata.sorted_tables if table.name in backup]
    async with db.transaction() as tx:
        for table in reversed(tables):
            await tx.run(_emptied(table))
        for table in tables:
            names = [column.name for column in table.columns]
            await tx.run_many(
                _filled(table), [dict(zip(names, row, strict=True)) for row in backup[table.name]]
            )


async def tables_saying(db: Database, needle: str | bytes) -> set[str]:
    """The tables in which `needle` stands anywhere."""
    return {
        name
        for name, those in (await rows(db)).items()
        if any(_says(value, needle) for row in those for value in row)
    }


def _says(value: object, needle: str | bytes) -> bool:
    if isinstance(value, str):
        return (needle if isinstance(needle, str) else needle.hex()) in value
    if isinstance(value, bytes):
        return (needle.encode() if isinstance(needle, str) else needle) in value
    return False


def stored_bytes(settings: Settings) -> bytes:
    """The bytes of a SQLite database: the file, its write-ahead log, whatever stands beside it."""
    path = settings.storage_url.removeprefix("sqlite:///")
    folder, _, name = path.rpartition("/")
    return b"".join(one.read_bytes() for one in sorted(Path(folder).glob(f"{name}*")))
