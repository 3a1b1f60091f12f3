"""What statements over long lives need: sets of any size as one argument, and a hint for the planner."""

from typing import Any
from typing import cast as as_type

from sqlalchemy import JSON, ColumnElement, Select, Text, bindparam, cast, func, select
from sqlalchemy.orm import Mapped


def given(dialect: str, name: str) -> Select[tuple[str]]:
    """The texts of the JSON array that is passed as `name`."""
    array = bindparam(name, type_=Text)
    each = func.json_each(array) if dialect == "sqlite" else func.json_array_elements_text(cast(array, JSON))
    return select(each.table_valued("value").c.value)


def unindexed(dialect: str, column: Mapped[Any]) -> ColumnElement[Any]:
    """SQLite keeps no statistics: left to choose, it would start from all of a person's grants or events."""
    return column.concat("") if dialect == "sqlite" else as_type("ColumnElement[Any]", column)
