"""Statements are compiled once per dialect and refuse misspelt values."""

from typing import NamedTuple

import pytest
import sqlalchemy as sa

from foundation.database import Database
from foundation.statements import Statement, upsert
from tests.foundation.probes import PROBE, Id, P, ids, row, write

ENGINES = ["sqlite", "postgresql"]


class Pair(NamedTuple):
    id: str
    amount: int


PAIR = Statement(
    sa.select(P.id, P.amount).where(P.id == sa.bindparam("id"), P.amount > 5, P.id != sa.bindparam("id")),
    Pair,
)


def test_each_driver_gets_its_own_parameters_with_constants_in_place():
    sqlite, postgres = (PAIR.compiled_for(engine) for engine in ENGINES)
    assert sqlite.sql.count("?") == 3
    assert list(sqlite.arguments({"id": "a"})) == ["a", 5, "a"]
    assert "$2" in postgres.sql
    assert "$3" not in postgres.sql  # the same value is sent once
    assert list(postgres.arguments({"id": "a"})) == ["a", 5]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("values", [{}, {"ids": "a"}, {"id": "a", "amount": 1}])
def test_a_missing_or_unknown_value_is_refused(engine: str, values: dict[str, object]):
    with pytest.raises(TypeError, match=r"takes \['id'\]"):
        PAIR.compiled_for(engine).arguments(values)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_statement_is_compiled_once(engine: str):
    assert PAIR.compiled_for(engine) is PAIR.compiled_for(engine)


@pytest.mark.parametrize("engine", ENGINES)
def test_no_values_one_value_and_many(engine: str):
    assert list(Statement(sa.delete(PROBE)).compiled_for(engine).arguments({})) == []
    one = Statement(sa.delete(PROBE).where(P.id == sa.bindparam("id"))).compiled_for(engine)
    assert list(one.arguments({"id": "a"})) == ["a"]
    many = Statement(sa.insert(PROBE)).compiled_for(engine)
    assert list(many.arguments(row("a", 1, "b", b"c"))) == ["a", 1, "b", b"c"]


@pytest.mark.parametrize(
    ("clause", "writes"),
    [
        (sa.select(P.id), False),
        (sa.insert(PROBE), True),
        (sa.insert(PROBE).returning(P.id), True),
        (sa.update(PROBE).values(amount=1), True),
        (sa.delete(PROBE), True),
    ],
)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_write_is_known_as_one(engine: str, clause: sa.Executable, writes: bool):
    assert Statement(clause).compiled_for(engine).writes is writes


@pytest.mark.parametrize("engine", ENGINES)
def test_a_row_has_the_columns_of_its_statement(engine: str):
    with pytest.raises(TypeError, match="Id does not have"):
        Statement(sa.select(P.id, P.amount), Id).compiled_for(engine)
    with pytest.raises(TypeError, match="Pair does not have"):
        Statement(sa.insert(PROBE).returning(P.id), Pair).compiled_for(engine)


def test_a_clause_may_depend_on_the_dialect():
    statement = Statement(lambda dialect: sa.select(P.id).where(P.id == dialect), Id)
    assert [list(statement.compiled_for(engine).arguments({})) for engine in ENGINES] == [
        ["sqlite"],
        ["postgresql"],
    ]


def test_shapes():
    assert PAIR.shape(["a", 1]) == Pair("a", 1)
    assert type(PAIR.shape(("a", 1))) is Pair
    with pytest.raises(TypeError, match="declares no row"):
        Statement(sa.delete(PROBE)).shape([])


async def test_upsert_sets_what_it_is_told_and_only_that(store: Database):
    put = Statement(upsert(PROBE, ["id"], ["amount"]))  # type: ignore[arg-type]  # a Core table serves as a class
    keep = Statement(upsert(PROBE, ["id"], []))  # type: ignore[arg-type]  # the same
    await write(store, "a", amount=1, owner="first")
    async with store.transaction() as tx:
        assert await tx.run(put, **row("a", 2, "second")) == 1
        assert await tx.run(keep, **row("a", 3, "third")) == 0
        assert await tx.run(keep, **row("b", 4, "new")) == 1
        assert await tx.run(put, **row("c", 5, "new")) == 1
    assert await ids(store) == {"a", "b", "c"}
    found = Statement(sa.select(P.owner, P.amount).where(P.id == "a"), Pair)
    async with store.reading() as tx:
        assert await tx.one(found) == ("first", 2)
