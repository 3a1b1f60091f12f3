"""A receipt whose key is elsewhere: kept without its signature, which is added once, by whoever is first."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete

from consent.records.receipts import TYP, is_signed, read_claims, verify_receipt
from consent.records.store import records_of_person
from consent.records.tables import ConsentRecord
from consent.records.waiting import Backlog, backlog, sign_waiting
from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.statements import Write
from tests.consent.sharing import JWKS, SIGNER, Home, home


@pytest.fixture
def amina(db: Database, clock: FrozenClock) -> Home:
    """Her decisions, where a module has the key of receipts."""
    made = home(db, clock)
    return replace(made, decisions=replace(made.decisions, sign=SIGNER.unsigned))


async def signed(waiting: Sequence[dict[str, Any]]) -> list[str]:
    await asyncio.sleep(0)  # another process signs
    return [SIGNER.sign(TYP, claims) for claims in waiting]


async def receipts(amina: Home) -> list[str]:
    async with amina.db.reading() as tx:
        return [row.receipt for row in await records_of_person(tx, amina.person.id)]


async def waiting(amina: Home) -> Backlog:
    async with amina.db.reading() as tx:
        return await backlog(tx)


async def test_it_says_all_from_the_start_and_is_signed_once(amina: Home) -> None:
    assert await waiting(amina) == Backlog(0, None)
    decided = await amina.agreed("skills")
    assert not is_signed(decided.receipt)
    assert await waiting(amina) == Backlog(1, amina.clock.now())
    done = await asyncio.gather(*(sign_waiting(amina.db, signed) for _ in range(64)))
    assert set(done) <= {0, 1}
    [first] = await receipts(amina)
    assert verify_receipt(first, JWKS) == read_claims(decided.receipt)
    assert await waiting(amina) == Backlog(0, None)
    assert await sign_waiting(amina.db, signed) == 0
    assert await receipts(amina) == [first]


async def test_a_change_stands_on_one_that_waits(amina: Home) -> None:
    decided = await amina.agreed("skills")
    await amina.revoke(decided.standing.grant_id)
    assert await sign_waiting(amina.db, signed) == 2
    newest, _ = await receipts(amina)
    record = verify_receipt(newest, JWKS)["record"]
    assert record["previous_record_id"] == read_claims(decided.receipt)["record"]["record_id"]


async def test_who_is_erased_meanwhile_leaves_nothing(amina: Home) -> None:
    await amina.agreed("skills")

    async def erased(waiting: Sequence[dict[str, Any]]) -> list[str]:
        async with amina.db.transaction() as tx:
            await tx.run(Write(delete(ConsentRecord)))
        return await signed(waiting)

    await sign_waiting(amina.db, erased)
    assert await receipts(amina) == []
