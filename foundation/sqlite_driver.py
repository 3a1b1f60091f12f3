"""sqlite3 as the two databases' idiom wants it: connections, statements, errors in our words."""

import os
import sqlite3
from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import structlog

from foundation.database import ConflictError, MissingRowError, Transaction, UnstorableError
from foundation.errors import StorageUnavailableError
from foundation.series import Series
from foundation.statements import Bulk, Compiled, Statement

RowT = TypeVar("RowT", bound=tuple[Any, ...])

# After one of these, what reached the disk is unknown and a retry may lie: the process must end
# (the kernel may have dropped the dirty pages it failed to write).
_FSYNC_FAILURES = {sqlite3.SQLITE_IOERR_FSYNC, sqlite3.SQLITE_IOERR_DIR_FSYNC}
# The machine's trouble, by primary result code; anything else is a wrong statement, and ours to mend.
_UNAVAILABLE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_NOTADB,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}
DRIVER_ERRORS = (sqlite3.Error, OverflowError, UnicodeEncodeError)  # the last two: values it cannot bind
_PRAGMAS = ("foreign_keys=ON", "cache_size=-65536", "temp_store=MEMORY")
_WRITER_PRAGMAS = (
    "journal_mode=WAL",
    # As durable as FULL: sqlite_journal.py syncs the journal itself after each COMMIT, before anyone is
    # answered, and meanwhile the next group's statements run. What a COMMIT syncs under FULL is just that.
    "synchronous=NORMAL",
    # We run checkpoints ourselves: SQLite's own swallows a failed fsync of the database file.
    "wal_autocheckpoint=0",
)

# Schemas with a file of their own beside the database's, named after both: it is backed up apart.
# A COMMIT that changes one syncs it before it returns (few do), ahead of the database's journal.
APART = ("people_keys",)
_APART_PRAGMAS = ("synchronous=FULL", "secure_delete=ON")

Written = tuple[str, Sequence[Any], bool]  # SQL, its arguments (or rows of them), whether it was executemany

log = structlog.get_logger("storage")


def stop_process(error: BaseException) -> None:
    """The answer to a failed fsync: end now, recover from the journal at the next start."""
    log.critical("fsync_failed", error=type(error).__name__)
    os._exit(70)  # EX_SOFTWARE; no clean-up may pretend that the last group was kept


def connect(path: str, *, readonly: bool) -> sqlite3.Connection:
    """A connection in autocommit; the file is made, for its owner alone, where there is none.

    Raises StorageUnavailableError.
    """
    file = Path(path).resolve()
    try:
        if not readonly:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.touch(mode=0o600)
        connection = sqlite3.connect(
            f"{file.as_uri()}?mode={'ro' if readonly else 'rw'}",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            timeout=0,
            cached_statements=512,
        )
        attach(connection, path, readonly=readonly)
        for pragma in _PRAGMAS if readonly else (*_PRAGMAS, *_WRITER_PRAGMAS):
            connection.execute(f"PRAGMA {pragma}")
    except (OSError, sqlite3.Error) as error:
        raise StorageUnavailableError(f"{file.name}: {error}") from error
    return connection


def path_apart(path: str, schema: str) -> Path:
    """The file of a schema that has its own; it moves with the database's, and is never copied with it."""
    return Path(f"{Path(path).resolve()}-{schema}")


def attach(connection: sqlite3.Connection, path: str, *, readonly: bool = False) -> None:
    """Open the files beside the database's on its connection. Raises OSError, sqlite3.Error."""
    for schema in APART:
        file = path_apart(path, schema)
        if readonly:
            connection.execute(f"ATTACH ? AS {schema}", (f"{file.as_uri()}?mode=ro",))
            continue
        file.touch(mode=0o600)
        connection.execute(f"ATTACH ? AS {schema}", (str(file),))
        for pragma in _APART_PRAGMAS:
            connection.execute(f"PRAGMA {schema}.{pragma}")


def is_busy(error: sqlite3.Error) -> bool:
    """Whether another process holds the lock: patience helps."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def is_failed_fsync(error: Exception) -> bool:
    """Whether a disk did not take what it was given; an OSError is our own fdatasync's."""
    return isinstance(error, OSError) or getattr(error, "sqlite_errorcode", 0) in _FSYNC_FAILURES


def in_our_words(error: Exception) -> Exception | None:
    """What a caller of the idiom sees for an error of the driver; None where a statement is wrong."""
    if isinstance(error, sqlite3.IntegrityError):
        return ConflictError(str(error))
    if isinstance(error, (OverflowError, UnicodeEncodeError, sqlite3.DataError)):
        return UnstorableError(str(error))
    if getattr(error, "sqlite_errorcode", 0) & 0xFF in _UNAVAILABLE:
        return StorageUnavailableError(f"{getattr(error, 'sqlite_errorname', '')}: {error}")
    return None


class Statements(Transaction):
    """Runs statements on one connection, on the caller's thread; never suspends.

    written: what was written through it, in order.
    """

    __slots__ = ("_connection", "written")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.written: list[Written] = []

    def _refuse(self, error: Exception) -> NoReturn:
        """Raise, in place of an error of the driver, what a caller is to see."""
        if (ours := in_our_words(error)) is None:
            raise error
        raise ours from error

    def _execute(self, compiled: Compiled, values: dict[str, Any]) -> sqlite3.Cursor:
        sql, arguments, writes, *_ = compiled
        given = arguments(values)
        try:
            cursor = self._connection.execute(sql, given)
        except DRIVER_ERRORS as error:
            self._refuse(error)
        if writes:
            self.written.append((sql, given, False))
        return cursor

    async def all(self, statement: Statement[RowT], **values: Any) -> list[RowT]:  # noqa: ANN401  # column values
        return [*map(statement.shape, self._execute(statement.compiled_for("sqlite"), values).fetchall())]

    async def first(self, statement: Statement[RowT], **values: Any) -> RowT | None:  # noqa: ANN401  # column values
        # Read to the end: a statement left open would keep a RETURNING write unfinished.
        rows = self._execute(statement.compiled_for("sqlite"), values).fetchall()
        return statement.shape(rows[0]) if rows else None

    async def one(self, statement: Statement[RowT], **values: Any) -> RowT:  # noqa: ANN401  # column values
        rows = self._execute(statement.compiled_for("sqlite"), values).fetchall()
        if not rows:
            raise MissingRowError(statement.compiled_for("sqlite").sql)
        return statement.shape(rows[0])

    async def run(self, statement: Statement[Any], **values: Any) -> int:  # noqa: ANN401  # column values
        if not isinstance(statement, Series):
            return max(self._execute(statement.compiled_for("sqlite"), values).rowcount, 0)
        guard, *others = statement.in_turn()
        passed = self._execute(guard, values).rowcount
        for part in others if passed else ():
            self._execute(part, values)
        return passed

    async def run_many(self, statement: Statement[Any], rows: Sequence[dict[str, Any]]) -> None:
        sql, arguments, *_ = statement.compiled_for("sqlite")
        self._execute_many(sql, [arguments(row) for row in rows])

    async def insert(self, bulk: Bulk, rows: Sequence[tuple[Any, ...]]) -> None:
        # One row's end must not become the next one's beginning.
        if any(len(row) != bulk.width for row in rows):
            raise TypeError(f"a row has {bulk.width} values")
        whole = len(rows) // bulk.PIECE * bulk.PIECE
        pieces = [rows[at : at + bulk.PIECE] for at in range(0, whole, bulk.PIECE)]
        if pieces:
            self._execute_many(bulk.piece, [tuple(chain.from_iterable(piece)) for piece in pieces])
        if whole < len(rows):
            self._execute_many(bulk.compiled_for("sqlite").sql, rows[whole:])

    def _execute_many(self, sql: str, given: Sequence[Sequence[Any]]) -> None:
        try:
            self._connection.executemany(sql, given)
        except DRIVER_ERRORS as error:
            self._refuse(error)
        self.written.append((sql, given, True))
