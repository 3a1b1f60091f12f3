"""SQL as data: SQLAlchemy Core statements, compiled once per dialect, run on the raw driver.

A statement is declared once, beside the rule that needs it, over the SQLModel tables. The ORM is never on
the path of a request: a row is a NamedTuple whose fields are the statement's columns, in order.
"""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Generic, NamedTuple, TypeVar

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    cast,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.dialects.postgresql.asyncpg import dialect as postgresql_asyncpg
from sqlalchemy.sql.expression import Executable
from sqlmodel import SQLModel

RowT = TypeVar("RowT", bound=tuple[Any, ...])
Clause = Executable | Callable[[str], Executable]
Values = dict[str, Any]

PLACE: ColumnElement[int] = cast(bindparam("place"), Integer)  # which one of a crowd

_DIALECTS: dict[str, Callable[[], Any]] = {
    # The raw drivers' own parameter styles: `?` for sqlite3, `$1` for asyncpg.
    "sqlite": lambda: sqlite.dialect(paramstyle="qmark"),
    "postgresql": postgresql_asyncpg,
}


class Compiled(NamedTuple):
    """SQL for one driver, and what turns a caller's named values into its positional arguments.

    `arguments` raises TypeError when a name is missing or unknown: a misspelt one must not become NULL.
    names: those that a caller gives. by_values: as its statement says.
    """

    sql: str
    arguments: Callable[[Values], Sequence[Any]]
    writes: bool
    names: frozenset[str]
    by_values: bool = False


class Statement(Generic[RowT]):
    """One SQL statement and the shape of its rows.

    clause: a Core statement whose caller-given values are `bindparam("name")`, or a function from the
        dialect's name ("sqlite", "postgresql") to one, where the two databases must differ.
    row: the NamedTuple that a result row becomes; left out for statements that return none.
    by_values: which way is short hangs on the values (few rows or millions have them), so that PostgreSQL
        plans it for them each time (a unit then goes on so); others get one plan for all values, which
        costs less.
    by_key: a SELECT that finds one row at most, by a key, whatever the values: `first` of a reading may ask
        PostgreSQL for several callers at once (postgres_joint.py).
    """

    __slots__ = ("_by_values", "_clause", "_joined", "by_key", "compiled", "row", "shape")

    # A driver's row as this statement's NamedTuple.
    shape: Callable[[Iterable[Any]], RowT]

    def __init__(
        self,
        clause: Clause,
        row: type[RowT] | None = None,
        *,
        by_values: bool = False,
        by_key: bool = False,
    ) -> None:
        self._clause = clause
        self._by_values = by_values
        self.by_key = by_key
        self._joined: Compiled | None = None
        self.row = row
        # In C, without NamedTuple's own count of fields: the columns are counted once, at compilation.
        self.shape = _no_row if row is None else partial(tuple.__new__, row)
        self.compiled: dict[str, Compiled] = {}

    def compiled_for(self, dialect: str) -> Compiled:
        """The compiled form for "sqlite" or "postgresql"; made on first use, kept for ever."""
        found = self.compiled.get(dialect)
        if found is None:
            compiled = compile_clause(self._clause, dialect, self.row)
            found = self.compiled[dialect] = compiled._replace(by_values=self._by_values)
        return found

    @property
    def joined(self) -> Compiled | None:
        """For PostgreSQL, as one of a crowd: its last column is the caller's value `place`. None: never."""
        if self._joined is None and (clause := self._among_others()) is not None:
            self._joined = compile_clause(clause, "postgresql")
        return self._joined

    def _among_others(self) -> Executable | None:
        if not self.by_key:
            return None
        if not isinstance(self._clause, Select):
            raise TypeError("only a SELECT finds by a key")
        return self._clause.add_columns(PLACE)


class Write(Statement[tuple[Any, ...]]):
    """A statement that returns no row: INSERT, UPDATE or DELETE without RETURNING."""

    __slots__ = ()

    def __init__(self, clause: Clause) -> None:
        super().__init__(clause)


class Bulk(Write):
    """INSERT of whole rows of `model`, each a tuple of its columns' values in their order, for `insert`.

    On PostgreSQL all of them are one statement over an array a column: half the work of one statement a row.
    On SQLite, `PIECE` rows are one statement (`piece`): a fifth less than one statement a row.
    """

    PIECE = 500  # rows; twelve columns of them are far from SQLite's 32,766 values a statement
    __slots__ = ("_piece", "width")

    def __init__(self, model: type[SQLModel] | Table) -> None:
        columns = [*inspect(model).columns]
        self.width = len(columns)
        self._piece: str | None = None

        def build(dialect: str) -> Executable:
            if dialect == "sqlite":
                return insert(model)
            arrays = [bindparam(column.name, type_=ARRAY(column.type)) for column in columns]
            names = [column.name for column in columns]
            rows = func.unnest(*arrays).table_valued(*names).render_derived()
            return insert(model).from_select(columns, select(rows))

        super().__init__(build)

    @property
    def piece(self) -> str:
        """SQL for `PIECE` rows on SQLite, which takes the values of all of them, one row after the other."""
        if self._piece is None:
            head, values, row = self.compiled_for("sqlite").sql.rpartition(" VALUES ")
            self._piece = head + values + ", ".join([row] * self.PIECE)
        return self._piece


def _no_row(_values: Iterable[Any]) -> Any:  # noqa: ANN401  # never returns
    raise TypeError("this statement declares no row")


def compile_clause(
    clause: Clause, dialect: str, row: type[Any] | None = None, *, among: frozenset[str] = frozenset()
) -> Compiled:
    """`clause` for a driver. among: further names that a caller gives, for the statements beside this one."""
    built = clause if isinstance(clause, Executable) else clause(dialect)
    compiled: Any = built.compile(dialect=_DIALECTS[dialect]())  # type: ignore[attr-defined]  # every Core clause has it
    names: list[str] = list(compiled.positiontup or ())
    required = {name for name, bind in compiled.binds.items() if bind.required}
    constants = {name: compiled.params[name] for name in names if name not in required}
    if row is not None:
        _count_columns(built, row)
    given = frozenset(names) - constants.keys()
    return Compiled(
        str(compiled),
        _arguments(names, constants, given | among),
        bool(compiled.isinsert or compiled.isupdate or compiled.isdelete),
        given,
    )


def _count_columns(clause: Any, row: type[Any]) -> None:  # noqa: ANN401  # any Core clause
    columns = getattr(clause, "exported_columns", None)  # plain text declares none
    if columns is not None and len(columns) != len(row._fields):
        raise TypeError(f"{row.__name__} does not have the statement's columns: {list(columns.keys())}")


def _arguments(
    names: Sequence[str], constants: Values, given: frozenset[str]
) -> Callable[[Values], Sequence[Any]]:
    """What picks a driver's positional arguments, constants among them, out of the values `given`."""
    arity = len(given)
    pick = _picker(names)

    def arguments(values: Values) -> Sequence[Any]:
        if len(values) == arity:
            try:
                return pick({**constants, **values} if constants else values)
            except KeyError:
                pass
        raise TypeError(f"statement takes {sorted(given)}, got {sorted(values)}")

    return arguments


def _picker(names: Sequence[str]) -> Callable[[Values], Sequence[Any]]:
    if len(names) > 1:
        return itemgetter(*names)  # in C
    if names:
        (name,) = names
        return lambda values: (values[name],)  # itemgetter would give the bare value
    return lambda _values: ()


def upsert(model: type[SQLModel], key: Sequence[str], update: Sequence[str]) -> Clause:
    """INSERT of every column of `model`; where `key` exists, sets the columns of `update` instead.

    With no `update`, an existing row stays as it is (and the statement's row count says 0).
    """

    def build(dialect: str) -> Executable:
        asked = sqlite.insert(model) if dialect == "sqlite" else postgresql.insert(model)
        if not update:
            return asked.on_conflict_do_nothing(index_elements=list(key))
        changes = {name: asked.excluded[name] for name in update}
        return asked.on_conflict_do_update(index_elements=list(key), set_=changes)

    return build
