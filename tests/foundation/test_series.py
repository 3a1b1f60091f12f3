"""A claim and the rows of whoever makes it: all of them or none, on both engines, in a unit or as one."""

import asyncio

import pytest
import sqlalchemy as sa

from foundation.database import ConflictError, Database
from foundation.series import Row, Series
from tests.foundation.probes import LEAF, PROBE, P, ids, write

WHICH = sa.and_(P.id == sa.bindparam("which"), P.owner.is_(None))
CLAIM = sa.update(PROBE).where(WHICH).values(owner=sa.bindparam("by"))
FIND = sa.select(P.id).select_from(PROBE).where(WHICH)
ROWS = (Row(PROBE), Row(LEAF, {"id": "leaf_id", "probe_id": "id"}))
CLAIMED, FOUND, ALWAYS = Series(CLAIM, *ROWS), Series(FIND, *ROWS), Series(None, *ROWS)
# Each with a row that there may be once.
TICKET = Row(PROBE, {"id": "ticket"})
USED = sa.exists(sa.select(P.id).where(P.id == sa.bindparam("ticket")))
NEW = {"id": "new", "amount": 1, "owner": None, "body": b"", "leaf_id": "leaf"}
APART = pytest.mark.parametrize("single", [False, True])


async def run(db: Database, series: Series, *, single: bool = False, **values: object) -> int:
    async with db.transaction(single=single) as tx:
        return await tx.run(series, **NEW | values)


@pytest.fixture
async def one(store: Database) -> Database:
    await write(store, "a", amount=1)
    return store


@APART
async def test_who_claims_writes_and_nobody_after(one: Database, single: bool) -> None:
    assert await run(one, CLAIMED, single=single, which="a", by="me") == 1
    assert await ids(one) == {"a", "new"}
    late = {"id": "late", "leaf_id": "late"}
    assert await run(one, CLAIMED, single=single, which="a", by="you", **late) == 0
    assert await run(one, FOUND, single=single, which="a", **late) == 0
    assert await ids(one) == {"a", "new"}


@APART
async def test_a_query_is_a_guard_that_changes_nothing(one: Database, single: bool) -> None:
    assert await run(one, FOUND, single=single, which="nobody") == 0
    assert await ids(one) == {"a"}
    assert await run(one, FOUND, single=single, which="a") == 1
    assert await run(one, ALWAYS, single=single, id="more", leaf_id="more") == 1
    assert await ids(one) == {"a", "new", "more"}


@APART
async def test_a_row_that_cannot_be_takes_the_claim_back(one: Database, single: bool) -> None:
    assert await run(one, ALWAYS) == 1
    with pytest.raises(ConflictError):
        await run(one, CLAIMED, single=single, which="a", by="me", id="other")  # the leaf is there already
    assert await ids(one) == {"a", "new"}
    assert await run(one, CLAIMED, which="a", by="me", id="other", leaf_id="other") == 1


@APART
@pytest.mark.parametrize(
    ("series", "given"),
    [
        pytest.param(CLAIMED, {"which": "a", "by": None}, id="claimed"),
        pytest.param(FOUND, {"which": "a"}, id="found"),
        pytest.param(ALWAYS, {}, id="always"),
    ],
)
async def test_one_more_row_comes_once(
    one: Database, series: Series, given: dict[str, object], single: bool
) -> None:
    once = series.besides(TICKET, unless=USED)
    late = {"id": "late", "leaf_id": "late"}
    assert await run(one, once, single=single, ticket="t", **given) == 1
    assert await run(one, once, single=single, ticket="t", **given | late) == 0
    assert await ids(one) == {"a", "new", "t"}
    if given:
        assert await run(one, once, single=single, ticket="u", **given | late | {"which": "nobody"}) == 0
    assert await run(one, once, single=single, ticket="u", **given | late) == 1


async def test_of_many_with_one_ticket_one_writes(one: Database) -> None:
    once = ALWAYS.besides(TICKET, unless=USED)
    new = [{"id": f"{number}", "leaf_id": f"{number}"} for number in range(16)]
    told = await asyncio.gather(
        *(run(one, once, single=True, ticket="t", **each) for each in new), return_exceptions=True
    )
    assert sorted(one if isinstance(one, int) else 0 for one in told) == [0] * 15 + [1]
    assert len(await ids(one)) == 3


async def test_of_many_one_claims(one: Database) -> None:
    names = [f"n{number:02}" for number in range(64)]
    claims = [
        run(one, CLAIMED, single=number % 2 == 0, which="a", by=name, id=name, leaf_id=name)
        for number, name in enumerate(names)
    ]
    assert sum(await asyncio.gather(*claims)) == 1
    assert len(await ids(one)) == 2


@pytest.mark.parametrize(
    ("series", "taken"), [(CLAIMED, {"which": "a", "by": "me"}), (FOUND, {"which": "a"}), (ALWAYS, {})]
)
async def test_a_missing_or_unknown_value_is_refused(
    one: Database, series: Series, taken: dict[str, str]
) -> None:
    for wrong in ({**NEW, **taken, "typo": 1}, {"id": "new"}):
        with pytest.raises(TypeError, match="statement takes"):
            async with one.transaction() as tx:
                await tx.run(series, **wrong)
    assert await ids(one) == {"a"}
