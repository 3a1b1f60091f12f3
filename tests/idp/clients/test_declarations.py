"""Versions of a declaration: who may do what, one decision each, and what people are then asked."""

import asyncio
from dataclasses import dataclass
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import col

from consent.ledger.append import Ledger
from consent.ledger.privacy import refuse_personal
from consent.ledger.tables import LedgerEvent
from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.statements import Statement
from idp.clients.declaration import Declaration, declared_in
from idp.clients.declarations import Declarations, Hand, Stale
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Registration, add_client, find_client
from idp.clients.versions import Version, find_version, history_of, in_state, waiting
from tests.idp.clients.test_declaration import said
from tests.idp.support import _Leaf

PARTNER, STRANGER, ADMIN = "p" * 32, "s" * 32, "a" * 32
FIRST = ClientMetadata(name="Cap", redirect_uris=("https://cap.example/callback",))
_LEAVES = Statement(select(col(LedgerEvent.leaf)).order_by(col(LedgerEvent.id)), _Leaf)


@dataclass
class Desk:
    """One app of the partner's, and everybody's hands."""

    db: Database
    clock: FrozenClock
    steps: Declarations

    def hand(self, account_id: str | None) -> Hand:
        self.clock.advance(1000)
        return Hand(self.clock.now(), account_id)

    async def send(self, who: str = PARTNER, **changed: Any) -> Version | Stale:
        async with self.db.transaction() as tx:
            return await self.steps.submit(tx, "cap", said(**changed), self.hand(who))

    async def approve(self, version: int, basis: str = "consent") -> Version | Stale:
        async with self.db.transaction() as tx:
            return await self.steps.approve(tx, "cap", version, basis, self.hand(ADMIN))

    async def refuse(self, version: int, reason: str = "Trop large.") -> Version | Stale:
        async with self.db.transaction() as tx:
            return await self.steps.refuse(tx, "cap", version, reason, self.hand(ADMIN))

    async def withdraw(self, version: int, who: str = PARTNER) -> bool:
        async with self.db.transaction() as tx:
            return await self.steps.withdraw(tx, "cap", version, self.hand(who))

    async def states(self) -> list[str]:
        """The states of every version, the oldest first."""
        async with self.db.reading() as tx:
            return [one.state for one in reversed(await history_of(tx, "cap"))]

    async def holds(self) -> Declaration:
        async with self.db.reading() as tx:
            client = await find_client(tx, "cap")
        assert client is not None
        return declared_in(client.metadata)

    async def events(self) -> list[dict[str, Any]]:
        async with self.db.reading() as tx:
            return [orjson.loads(row.leaf) for row in await tx.all(_LEAVES)]


@pytest.fixture
async def desk(db: Database, clock: FrozenClock) -> Desk:
    async with db.transaction() as tx:
        await add_client(tx, Registration("cap", FIRST, owner_id=PARTNER), clock.now())
    return Desk(db, clock, Declarations(Ledger(inspect=refuse_personal)))


async def test_nothing_changes_before_it_is_approved(desk: Desk):
    sent = await desk.send()
    assert isinstance(sent, Version)
    assert sent.version == 2  # what it was registered with is the first
    assert await desk.states() == ["approved", "submitted"]
    assert await desk.holds() == declared_in(FIRST)
    async with desk.db.reading() as tx:
        assert [one.version for one in await waiting(tx)] == [2]


async def test_an_approved_version_is_what_people_are_asked_by(desk: Desk):
    await desk.send()
    approved = await desk.approve(2, "public_task")
    assert isinstance(approved, Version)
    assert await desk.states() == ["superseded", "approved"]
    assert await desk.holds() == said(disclosure_basis="public_task")
    assert approved.declared == await desk.holds()
    async with desk.db.reading() as tx:
        client = await find_client(tx, "cap")
        row = await find_version(tx, "cap", 2)
    assert client is not None
    assert client.metadata.declaration == 2
    assert row == approved
    submitted, decided = await desk.events()
    assert (submitted["event"], decided["event"]) == ("declaration.submitted", "declaration.approved")
    assert submitted["scopes"] == "openid profile offline_access skills"
    assert submitted["facts"] == {"version": 2, "digest": said().digest, "replaced": None}
    assert decided["facts"] == {
        "version": 2,
        "digest": approved.declared.digest,
        "replaced": 1,
        "by": "administrator",
    }


async def test_a_refused_version_changes_nothing_and_says_why(desk: Desk):
    await desk.send()
    refused = await desk.refuse(2)
    assert isinstance(refused, Version)
    assert await desk.states() == ["approved", "refused"]
    assert await desk.holds() == declared_in(FIRST)
    async with desk.db.reading() as tx:
        found = await find_version(tx, "cap", 2)
    assert found is not None
    assert (found.reason, found.decided_by) == ("Trop large.", ADMIN)
    assert "Trop" not in str(await desk.events())  # its hash alone stands where nothing is unwritten
    assert isinstance(await desk.send(use_basis="public_task"), Version)
    assert await desk.states() == ["approved", "refused", "submitted"]


async def test_a_second_request_takes_the_place_of_the_first(desk: Desk):
    await desk.send()
    await desk.send(use_basis="public_task")
    assert await desk.states() == ["approved", "superseded", "submitted"]
    assert isinstance(await desk.approve(2), Stale)
    assert (await desk.events())[-1]["facts"]["replaced"] == 2


async def test_a_partner_takes_back_only_what_is_hers_and_waits(desk: Desk):
    await desk.send()
    assert not await desk.withdraw(2, STRANGER)
    assert not await desk.withdraw(1)
    assert await desk.withdraw(2)
    assert not await desk.withdraw(2)
    assert isinstance(await desk.approve(2), Stale)
    assert await desk.states() == ["approved", "withdrawn"]


@pytest.mark.parametrize("who", [STRANGER, None])
async def test_nobody_declares_for_another_s_app(desk: Desk, who: str | None):
    async with desk.db.transaction() as tx:
        assert isinstance(await desk.steps.submit(tx, "cap", said(), desk.hand(who)), Stale)
        assert isinstance(await desk.steps.submit(tx, "dust", said(), desk.hand(PARTNER)), Stale)
    assert await desk.events() == []


async def test_what_is_decided_is_not_decided_again(desk: Desk):
    await desk.send()
    assert isinstance(await desk.approve(2), Version)
    for outcome in (await desk.approve(2), await desk.refuse(2), await desk.approve(1), await desk.refuse(9)):
        assert isinstance(outcome, Stale)
    assert len(await desk.events()) == 2


async def test_of_many_decisions_at_once_one_is(desk: Desk):
    await desk.send()
    decided = await asyncio.gather(
        *(desk.approve(2) for _ in range(4)), *(desk.refuse(2) for _ in range(4)), desk.withdraw(2)
    )
    done = [one for one in decided if one is True or isinstance(one, Version)]
    assert len(done) == 1
    states = await desk.states()
    assert states in (["superseded", "approved"], ["approved", "refused"], ["approved", "withdrawn"])
    assert (await desk.holds() == said()) is (states[1] == "approved")
    assert len(await desk.events()) == 2


async def test_a_new_version_and_a_decision_pass_each_other_whole(desk: Desk):
    await desk.send()
    await asyncio.gather(*(desk.send() for _ in range(4)), desk.approve(2))
    async with desk.db.reading() as tx:
        holding, waits = await in_state(tx, "cap", "approved"), await in_state(tx, "cap", "submitted")
    assert holding is not None
    assert waits is not None
    assert (await desk.states()).count("submitted") == 1
    assert await desk.holds() == holding.declared
