"""SQL as data: SQLAlchemy Core statements, compiled once per dialect, run on the raw driver.

A statement is declared once, beside the rule that needs it, over the SQLModel tables. The ORM is never on
the path of a request: a row is a NamedTuple whose fields are the statement's columns, in order.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_asyncpg
from sqlalchemy.sql.expression import Executable
from sqlmodel import SQLModel

RowT = TypeVar("RowT", bound=tuple[Any, ...])
Clause = Executable | Callable[[str], Executable]

_DIALECTS: dict[str, Callable[[], Any]] = {
    # The raw drivers' own parameter styles: `?` for sqlite3, `$1` for asyncpg.
    "sqlite": lambda: sqlite.dialect(paramstyle="qmark"),
    "postgresql": postgresql_asyncpg,
}


class Compiled(NamedTuple):
    """SQL for one driver, with where each named value goes."""

    sql: str
    base: list[Any]  # positional arguments, constants already in place
    slots: tuple[tuple[int, str], ...]  # (position, name) of the values a caller gives
    arity: int  # how many distinct names a caller gives

    def arguments(self, values: dict[str, Any]) -> list[Any]:
        """The positional arguments of one run.

        Raises TypeError when a name is missing or unknown: a misspelt one must not become NULL.
        """
        if len(values) != self.arity:
            wanted = sorted({name for _, name in self.slots})
            raise TypeError(f"statement takes {wanted}, got {sorted(values)}")
        arguments = self.base.copy()
        for position, name in self.slots:
            arguments[position] = values[name]
        return arguments


class Statement(Generic[RowT]):
    """One SQL statement and the shape of its rows.

    clause: a Core statement whose caller-given values are `bindparam("name")`, or a function from the
        dialect's name ("sqlite", "postgresql") to one, where the two databases must differ.
    row: the NamedTuple that a result row becomes; left out for statements that return none.
    """

    def __init__(self, clause: Clause, row: type[RowT] | None = None) -> None:
        self._clause = clause
        self.row = row
        self._compiled: dict[str, Compiled] = {}

    def compiled_for(self, dialect: str) -> Compiled:
        """The compiled form for "sqlite" or "postgresql"; made on first use, kept for ever."""
        found = self._compiled.get(dialect)
        if found is None:
            found = self._compiled[dialect] = _compile(self._clause, dialect)
        return found

    def shape(self, values: Sequence[Any]) -> RowT:
        """A driver's row as this statement's NamedTuple."""
        if self.row is None:
            raise TypeError("this statement declares no row")
        make: Callable[[Sequence[Any]], RowT] = self.row._make  # type: ignore[attr-defined]  # NamedTuple's own
        return make(values)


class Write(Statement[tuple[Any, ...]]):
    """A statement that returns no row: INSERT, UPDATE or DELETE without RETURNING."""

    def __init__(self, clause: Clause) -> None:
        super().__init__(clause)


def _compile(clause: Clause, dialect: str) -> Compiled:
    built = clause if isinstance(clause, Executable) else clause(dialect)
    compiled: Any = built.compile(dialect=_DIALECTS[dialect]())  # type: ignore[attr-defined]  # every Core clause has it
    names: list[str] = list(compiled.positiontup or ())
    required = {name for name, bind in compiled.binds.items() if bind.required}
    base = [None if name in required else compiled.params[name] for name in names]
    slots = tuple((at, name) for at, name in enumerate(names) if name in required)
    return Compiled(str(compiled), base, slots, len({name for _, name in slots}))


def upsert(model: type[SQLModel], key: Sequence[str], update: Sequence[str]) -> Clause:
    """INSERT of every column of `model`; where `key` exists, sets the columns of `update` instead.

    With no `update`, an existing row stays as it is (and the statement's row count says 0).
    """

    def build(dialect: str) -> Executable:
        insert = sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)
        if not update:
            return insert.on_conflict_do_nothing(index_elements=list(key))
        changes = {name: insert.excluded[name] for name in update}
        return insert.on_conflict_do_update(index_elements=list(key), set_=changes)

    return build
