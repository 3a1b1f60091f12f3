"""Bringing a database to the newest schema, and knowing whether it is there."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event, pool
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlmodel import SQLModel

from consent import tables as consent_tables
from consent.disputes import tables as dispute_tables
from consent.ledger import tables as ledger_tables
from consent.looking import tables as looking_tables
from consent.mirror import tables as mirror_tables
from consent.records import tables as record_tables
from consent.rights import tables as rights_tables
from consent.rome import tables as rome_tables
from foundation.errors import StorageUnavailableError
from foundation.sqlite_driver import attach
from foundation.sqlite_forget import cut_journals
from idp.authorize import tables as authorize_tables
from idp.authorize.pushed import tables as pushed_tables
from idp.ciba import tables as ciba_tables
from idp.clients import tables as client_tables
from idp.documents import tables as document_tables
from idp.dpop import tables as dpop_tables
from idp.minors import tables as minor_tables
from idp.people import tables as people_tables
from idp.polling import tables as polling_tables
from idp.registration import tables as registration_tables
from idp.signals import tables as signal_tables
from idp.token import tables as token_tables
from idp.unmasking import tables as unmasking_tables
from keys import tables as key_tables

# Importing a module registers its tables; the tuple says which make up the schema.
TABLE_MODULES = (
    key_tables,
    ledger_tables,
    consent_tables,
    record_tables,
    mirror_tables,
    looking_tables,
    dispute_tables,
    rights_tables,
    rome_tables,
    people_tables,
    minor_tables,
    client_tables,
    registration_tables,
    document_tables,
    dpop_tables,
    authorize_tables,
    pushed_tables,
    polling_tables,
    ciba_tables,
    token_tables,
    signal_tables,
    unmasking_tables,
)
METADATA = SQLModel.metadata
_HERE = Path(__file__).parent
ResultT = TypeVar("ResultT")


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_HERE))
    config.attributes["connection"] = connection
    return config


def head_revision() -> str:
    """The newest revision that this program knows."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise RuntimeError("there is no revision")
    return head


def current_revision(url: str) -> str | None:
    """The revision a database is at; None for an empty one. Raises StorageUnavailableError."""
    return _connected(url, lambda connection: MigrationContext.configure(connection).get_current_revision())


def upgrade(url: str) -> None:
    """Bring a database to the newest revision, wholly or not at all. Raises StorageUnavailableError."""
    _connected(url, lambda connection: command.upgrade(_config(connection), "head"))
    if url.startswith("sqlite:"):
        cut_journals(url.removeprefix("sqlite:///"))  # what moved out of a file stays in no journal of it


def _connected(url: str, work: Callable[[Connection], ResultT]) -> ResultT:
    try:
        if url.startswith("sqlite:"):
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            with _sqlite(url).begin() as connection:
                return work(connection)
        return asyncio.run(_on_postgres(url, work))
    except (DBAPIError, OSError) as error:
        raise StorageUnavailableError(f"{type(error).__name__}: {error}") from error


def _sqlite(url: str) -> Engine:
    """An engine whose transactions hold changes of the schema too: the driver alone begins none for them."""
    engine = create_engine(url, poolclass=pool.NullPool, connect_args={"isolation_level": None})
    path = url.removeprefix("sqlite:///")
    event.listen(engine, "connect", lambda raw, _record: attach(raw, path))
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    return engine


async def _on_postgres(url: str, work: Callable[[Connection], ResultT]) -> ResultT:
    # The driver is the server's own, so that one URL works everywhere.
    address = url.split("://", 1)[1]
    engine = create_async_engine(f"postgresql+asyncpg://{address}", poolclass=pool.NullPool)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await engine.dispose()
