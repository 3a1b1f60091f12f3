"""The administrator's desk: a queue, one answer, a mail; on the whole application and both databases."""

import asyncio
from typing import Any

import orjson
import pytest
from sqlalchemy import select
from sqlmodel import col

from consent.disputes.disputing import Desk, Disputing, find_doubted
from consent.disputes.rows import FIND, DisputeRow
from consent.ledger.tables import LedgerEvent
from foundation.statements import Statement
from idp.people.opening import NewAccount, create_account, draft_account
from idp.running.caring import caring_jobs
from tests.idp.letters.test_letters import letters
from tests.idp.support import World
from tests.idp.visitor import PASSWORD, NewVisitor, Visitor, quick_hasher, read


class Leaf(tuple):
    _fields = ("leaf",)


_LEAVES = Statement(select(col(LedgerEvent.leaf)).order_by(col(LedgerEvent.id)), Leaf)


async def told(world: World, event: str) -> list[dict[str, Any]]:
    async with world.server.db.reading() as tx:
        found = [orjson.loads(row[0]) for row in await tx.all(_LEAVES)]
    return [leaf for leaf in found if leaf["event"] == event]


async def care(world: World) -> None:
    while await world.server.sequencer.advance(sign_now=True):
        pass
    for _, job in caring_jobs(world.server).values():
        await job()


async def opened(world: World, action: str = "none", note: str = "Ce n’est pas moi.") -> str:
    """Amina doubts her newest grant; the id of the dispute."""
    decided = await world.grant(duration=["30d"])
    async with world.server.db.transaction() as tx:
        doubted = await find_doubted(tx, world.person_id, decided.recorded.event_id)
        act = world.act(world.client)
        return await Disputing(world.server.decisions).open(tx, doubted, action, note, act)  # type: ignore[arg-type]  # a parameter of this test


async def found(world: World, dispute_id: str) -> DisputeRow:
    async with world.server.db.reading() as tx:
        row = await tx.first(FIND, dispute_id=dispute_id)
    assert row is not None
    return row


@pytest.fixture
async def administrator(house: World, new_visitor: NewVisitor) -> Visitor:
    hasher = quick_hasher()
    draft = await draft_account(hasher, NewAccount("admin@example.org", PASSWORD, role="administrator"))
    async with house.server.db.transaction() as tx:
        await create_account(tx, house.server, draft, house.clock.now())
    hasher.close()
    visitor = new_visitor()
    await visitor.sign_in(await visitor.get("/login"), "admin@example.org")
    return visitor


async def test_from_the_queue_to_the_answer_that_she_reads(
    house: World, administrator: Visitor, visitor: Visitor
) -> None:
    dispute_id = await opened(house)
    code = (await found(house, dispute_id)).code
    queue = await administrator.get("/admin/disputes")
    assert code in queue.text
    page = await administrator.get(f"/admin/disputes/{dispute_id}")
    assert "Ce n’est pas moi." in page.text
    assert "amina" not in page.text.lower()
    assert len(await told(house, "dispute.read")) == 1
    form = read(page).hidden | {
        "outcome": "mistake",
        "answer": "L’application a lu trop tôt.\nC’est corrigé.",
    }
    answer = await administrator.post(f"/admin/disputes/{dispute_id}/answer", form)
    assert answer.status_code == 303
    assert code not in (await administrator.get("/admin/disputes")).text
    assert code in (await administrator.get("/admin/disputes?state=answered")).text
    await care(house)
    mails = [letter for letter in await letters(house) if letter.template == "dispute-answered"]
    assert [letter.data["link"].endswith("/account/history/disputes") for letter in mails] == [True]
    await visitor.sign_in(await visitor.get("/login"))
    hers = await visitor.get(f"/account/history/disputes/{dispute_id}")
    assert "L’application s’est trompée" in hers.text
    assert "C’est corrigé." in hers.text
    closing = await administrator.get(f"/admin/disputes/{dispute_id}")
    await administrator.post(f"/admin/disputes/{dispute_id}/close", read(closing).hidden)
    assert (await found(house, dispute_id)).state == "closed"
    await care(house)
    assert (await letters(house))[0].template == "dispute-closed"
    (leaf,) = await told(house, "dispute.answered")
    assert leaf["facts"] == {"dispute": code, "finding": "mistake"}


async def test_of_two_answers_at_once_one_is(world: World) -> None:
    dispute_id = await opened(world)
    disputing, row = Disputing(world.server.decisions), await found(world, dispute_id)

    async def answer(words: str) -> bool:
        async with world.server.db.transaction() as tx:
            desk = Desk(world.person, world.clock.now(), None)
            return await disputing.answer(tx, row, "unclear", words, desk)

    assert sorted(await asyncio.gather(*(answer(f"words {n}") for n in range(6)))) == [False] * 5 + [True]
    assert len(await told(world, "dispute.answered")) == 1


async def test_of_two_reports_at_once_one_is(world: World) -> None:
    decided = await world.grant(duration=["30d"])

    async def report() -> str:
        async with world.server.db.transaction() as tx:
            doubted = await find_doubted(tx, world.person_id, decided.recorded.event_id)
            act = world.act(world.client)
            return await Disputing(world.server.decisions).open(tx, doubted, "paused", "", act)

    assert len({*await asyncio.gather(*(report() for _ in range(6)))}) == 1
    assert len(await told(world, "dispute.opened")) == 1
    assert len(await told(world, "consent.paused")) == 1


async def test_once_she_is_gone_there_is_nobody_to_answer(house: World, administrator: Visitor) -> None:
    dispute_id = await opened(house)
    page = await administrator.get(f"/admin/disputes/{dispute_id}")
    async with house.server.db.transaction() as tx:
        await house.server.people.destroy(tx, house.person_id)
    assert "effacé son compte" in (await administrator.get(f"/admin/disputes/{dispute_id}")).text
    for path in ("answer", "close"):
        fields = read(page).hidden | {"outcome": "mistake", "answer": "x"}
        assert (await administrator.post(f"/admin/disputes/{dispute_id}/{path}", fields)).status_code == 303
    assert (await found(house, dispute_id)).state == "open"


@pytest.mark.parametrize("path", ["x", "0" * 32])
async def test_what_is_not_there_is_not_found(house: World, administrator: Visitor, path: str) -> None:
    assert (await administrator.get(f"/admin/disputes/{path}")).status_code == 404
    assert "Rien ici" in (await administrator.get("/admin/disputes?state=nothing&after=x")).text


async def test_a_person_has_no_desk(house: World, visitor: Visitor) -> None:
    dispute_id = await opened(house)
    await visitor.sign_in(await visitor.get("/login"))
    for path in ("/admin/disputes", f"/admin/disputes/{dispute_id}"):
        assert (await visitor.get(path)).status_code == 403
