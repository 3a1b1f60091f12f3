"""Values given to a statement as one JSON array: a set of any size is one argument, compiled once."""

from sqlalchemy import JSON, Select, Text, bindparam, cast, func, select


def given(dialect: str, name: str) -> Select[tuple[str]]:
    """The texts of the JSON array that is passed as `name`."""
    array = bindparam(name, type_=Text)
    each = func.json_each(array) if dialect == "sqlite" else func.json_array_elements_text(cast(array, JSON))
    return select(each.table_valued("value").c.value)
