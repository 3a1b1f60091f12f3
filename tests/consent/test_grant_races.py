"""Decisions that meet: at most one living grant, and a withdrawal always wins."""

import asyncio
from typing import NamedTuple

import pytest
from sqlalchemy import func, select
from sqlmodel import col

from consent.acts import Decided, ItemChange, Refused, Stale
from consent.grants import LOCK_OPEN, list_grants, list_revisions, redeem_once
from consent.tables import Grant, GrantRevision
from foundation.clock import DAY, SECOND
from foundation.statements import Statement
from tests.consent.sharing import answered, asking, home, request


class CountRow(NamedTuple):
    found: int


LIVING = Statement(select(func.count()).where(col(Grant.revoked_at).is_(None)), CountRow)
REVISIONS = Statement(select(func.count()).select_from(GrantRevision), CountRow)
WIDER = request("openid", "profile", "skills", "languages", "trainings", "experiences", "offline_access")


@pytest.fixture
def amina(db, clock):
    return home(db, clock)


async def count(amina, statement):
    async with amina.db.reading() as tx:
        return (await tx.one(statement)).found


async def test_of_many_first_acceptances_one_is(amina):
    ask = asking(await amina.ask(request()))
    outcomes = await asyncio.gather(
        *(amina.accept(ask, answered(ask, "skills", duration=["30d"])) for _ in range(24))
    )
    assert sum(isinstance(one, Decided) for one in outcomes) == 1
    assert sum(isinstance(one, Stale) for one in outcomes) == 23
    assert await count(amina, LIVING) == 1
    assert await count(amina, REVISIONS) == 1


class Unseeing:
    """A unit that looked just before another's grant was committed."""

    def __init__(self, tx):
        self._tx = tx

    async def first(self, statement, **values):
        return None if statement is LOCK_OPEN else await self._tx.first(statement, **values)

    def __getattr__(self, name):
        return getattr(self._tx, name)


async def test_a_grant_that_appears_between_look_and_write_is_not_doubled(amina):
    ask = asking(await amina.ask(request()))
    await amina.agreed("skills")
    async with amina.db.transaction() as tx:
        choice = answered(ask, "trainings", duration=["30d"])
        assert await amina.decisions.accept(Unseeing(tx), ask, choice, amina.act()) == Stale()
    assert await count(amina, LIVING) == 1
    assert await count(amina, REVISIONS) == 1


async def test_of_many_answers_to_one_change_one_is(amina):
    await amina.agreed("skills")
    ask = asking(await amina.ask(WIDER))
    outcomes = await asyncio.gather(
        *(amina.accept(ask, answered(ask, *(["languages"] if even % 2 else []))) for even in range(64))
    )
    assert sum(isinstance(one, Decided) for one in outcomes) == 1
    standing = await amina.standing()
    assert standing.revision == 2
    assert standing == next(one.standing for one in outcomes if isinstance(one, Decided))


async def test_of_many_acceptances_after_the_term_one_is(amina):
    await amina.agreed("skills")
    amina.clock.advance(31 * DAY)
    ask = asking(await amina.ask(request()))
    outcomes = await asyncio.gather(
        *(amina.accept(ask, answered(ask, "skills", duration=["30d"])) for _ in range(12))
    )
    assert sum(isinstance(one, Decided) for one in outcomes) == 1
    assert await count(amina, LIVING) == 1
    async with amina.db.reading() as tx:
        assert len(await list_grants(tx, amina.person.id)) == 2


async def test_withdrawing_wins_over_whatever_it_meets(amina):
    grant = (await amina.agreed("skills", "trainings")).standing.grant_id
    ask = asking(await amina.ask(WIDER))

    async def narrow():
        async with amina.db.transaction() as tx:
            return await amina.decisions.revoke_scope(tx, grant, "trainings", amina.act(notice=None))

    async def hold_back():
        async with amina.db.transaction() as tx:
            change = ItemChange("skills", hold_back=["s01"])
            return await amina.decisions.change_items(tx, grant, change, amina.act(notice=None))

    outcomes = await asyncio.gather(
        amina.accept(ask, answered(ask, "languages")),
        narrow(),
        hold_back(),
        amina.refuse(ask),
        amina.revoke(grant),
        amina.revoke(grant),
    )
    assert await amina.standing() is None
    assert await count(amina, LIVING) == 0
    assert sum(isinstance(one, Decided) for one in outcomes[4:]) == 1
    assert isinstance(outcomes[3], Refused | Stale)
    async with amina.db.reading() as tx:
        history = await list_revisions(tx, amina.person.id, grant)
    numbers = [one.revision for one in history]
    assert numbers == list(range(len(numbers), 0, -1))  # no gap, no revision twice
    assert history[0].kind == "revoked"
    assert [one.kind for one in history].count("revoked") == 1


async def test_parallel_changes_from_the_dashboard_all_happen(amina):
    grant = (await amina.agreed("skills")).standing.grant_id

    async def hold_back(item):
        async with amina.db.transaction() as tx:
            change = ItemChange("skills", hold_back=[item])
            return await amina.decisions.change_items(tx, grant, change, amina.act(notice=None))

    items = [f"s{number:02}" for number in range(1, 9)]
    outcomes = await asyncio.gather(*(hold_back(item) for item in items))
    assert all(isinstance(one, Decided) for one in outcomes)
    standing = await amina.standing()
    assert standing.choice.scopes["skills"].hidden == set(items)
    assert standing.revision == 9


async def test_a_single_use_is_used_once(amina):
    grant = (await amina.agreed("skills", duration="once")).standing.grant_id
    now = amina.clock.now()

    async def redeem():
        async with amina.db.transaction() as tx:
            return await redeem_once(tx, grant, ends_at=now + SECOND, now=now)

    assert sum(await asyncio.gather(*(redeem() for _ in range(64)))) == 1
