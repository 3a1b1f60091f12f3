"""Unmasking on both databases: two people, a time, a trace; against clocks, races and erasures."""

import asyncio
from collections.abc import Awaitable

import pytest
from sqlalchemy import bindparam, delete
from sqlmodel import col

from consent.ledger.searching.find import find
from consent.ledger.shelves import Window
from consent.ledger.tables import LedgerEntry, LedgerEvent, LedgerQueue
from foundation.clock import DAY, HOUR
from foundation.errors import AccordError
from foundation.statements import Write
from idp.rights.settling import settle
from idp.unmasking import finding
from idp.unmasking.life import ANSWER_WITHIN, MOST_OPEN, NOBODY, Wish
from tests.idp.rights.remains import tables_saying
from tests.idp.rights.scenes import erase
from tests.idp.support import World
from tests.idp.unmasking.scene import REASON, Scene

CROWD = 64
_GOES = [
    Write(delete(LedgerQueue).where(col(LedgerQueue.event_id) == bindparam("event_id"))),
    Write(delete(LedgerEntry).where(col(LedgerEntry.event_id) == bindparam("event_id"))),
    Write(delete(LedgerEvent).where(col(LedgerEvent.id) == bindparam("event_id"))),
]


@pytest.fixture
async def scene(world: World) -> Scene:
    return await Scene.make(world)


async def refused(step: Awaitable[object], code: str = "unmask_closed") -> None:
    with pytest.raises(AccordError) as error:
        await step
    assert error.value.code == code


async def test_two_people_a_time_and_a_trace(scene: Scene) -> None:
    unmask_id = await scene.ask()
    await refused(scene.look(unmask_id))
    await refused(scene.decide(unmask_id, name="asker"))
    await scene.decide(unmask_id, name="other")
    assert await scene.look(unmask_id) == "amina@example.org"
    for stranger in ("other", "admin"):
        await refused(scene.look(unmask_id, stranger))
    scene.world.clock.advance(4 * HOUR - 2)
    assert await scene.look(unmask_id) == "amina@example.org"
    scene.world.clock.advance(2)
    await refused(scene.look(unmask_id))
    await scene.jobs()
    (asked,), (approved,), looked = [await scene.told(name) for name in ("requested", "approved", "looked")]
    (expired,), (told,) = [await scene.told(name) for name in ("expired", "told")]
    assert asked["facts"] == {
        "hours": 4, "pseudonym": scene.pseudonym, "quiet_days": 0, "unmask": unmask_id
    }  # fmt: skip
    assert asked["commitment"] is not None
    assert [leaf["person"] for leaf in looked] == [asked["person"]] * 2
    assert approved["person"] != asked["person"]
    assert expired["facts"]["looks"] == 2
    assert told["person"] is None
    assert "pseudonym" not in told["facts"]
    (mail,) = await scene.mails()
    assert mail.to == "amina@example.org"
    assert mail.data["at"] < scene.world.clock.now()
    row = await scene.row(unmask_id)
    assert (row.person_id, row.tell_at) == (None, None)
    await scene.jobs()
    assert len(await scene.mails()) == 1


async def test_a_no_is_a_no(scene: Scene) -> None:
    unmask_id = await scene.ask()
    await scene.decide(unmask_id, "refused")
    await refused(scene.decide(unmask_id, "approved", "other"))
    await refused(scene.look(unmask_id))
    await scene.jobs()
    assert await scene.state(unmask_id) == "refused"
    assert len(await scene.told("refused")) == 1
    assert await scene.told("expired") == await scene.mails() == []


async def test_nobody_answers(scene: Scene) -> None:
    unmask_id = await scene.ask()
    scene.world.clock.advance(ANSWER_WITHIN)
    await refused(scene.decide(unmask_id))
    await scene.jobs()
    assert await scene.state(unmask_id) == "lapsed"
    assert [leaf["facts"]["reason"] for leaf in await scene.told("expired")] == ["unanswered"]


async def test_nobody_looked_so_nobody_is_told(scene: Scene) -> None:
    unmask_id = await scene.approved()
    scene.world.clock.advance(DAY)
    await scene.jobs()
    assert (await scene.row(unmask_id)).person_id is None
    assert await scene.mails() == []
    assert [leaf["facts"]["reason"] for leaf in await scene.told("expired")] == ["hours"]


async def test_silence_ends_by_itself(scene: Scene) -> None:
    unmask_id = await scene.approved(quiet_days=90)
    await scene.look(unmask_id)
    scene.world.clock.advance(4 * HOUR)
    await scene.jobs()
    await refused(scene.look(unmask_id))
    assert await scene.mails() == []
    scene.world.clock.advance(90 * DAY)
    await scene.jobs()
    assert len(await scene.mails()) == len(await scene.told("told")) == 1
    assert (await scene.row(unmask_id)).person_id is None


async def test_what_ended_stays_ended_when_the_clock_goes_back(scene: Scene) -> None:
    unmask_id = await scene.approved()
    scene.world.clock.advance(4 * HOUR)
    await scene.jobs()
    scene.world.clock.advance(-4 * HOUR)
    await refused(scene.look(unmask_id))
    assert await scene.state(unmask_id) == "over"


async def test_sixty_four_answers_are_one(scene: Scene) -> None:
    unmask_id = await scene.ask()
    answers = [
        scene.decide(
            unmask_id, "approved" if number % 2 else "refused", ("admin", "other", "asker")[number % 3]
        )
        for number in range(CROWD)
    ]
    results = await asyncio.gather(*answers, return_exceptions=True)
    assert [one for one in results if one is None] == [None]
    assert all(isinstance(one, AccordError) for one in results if one is not None)
    decided = [*await scene.told("approved"), *await scene.told("refused")]
    (asked,) = await scene.told("requested")
    assert len(decided) == 1
    assert decided[0]["person"] != asked["person"]


async def test_sixty_four_looks_are_sixty_four_events(scene: Scene) -> None:
    unmask_id = await scene.approved()
    seen = await asyncio.gather(*(scene.look(unmask_id) for _ in range(CROWD)))
    assert set(seen) == {"amina@example.org"}
    assert len(await scene.told("looked")) == (await scene.row(unmask_id)).looks == CROWD
    scene.world.clock.advance(4 * HOUR)
    late = [scene.look(unmask_id) for _ in range(CROWD // 2)]
    ends = [scene.jobs() for _ in range(CROWD // 2)]
    results = await asyncio.gather(*late, *ends, return_exceptions=True)
    assert not [one for one in results if isinstance(one, str)]
    assert len(await scene.told("expired")) == len(await scene.told("told")) == len(await scene.mails()) == 1


async def test_of_looks_and_an_erasure_none_sees_anybody_after_it(scene: Scene) -> None:
    unmask_id = await scene.approved()
    looks = [scene.look(unmask_id) for _ in range(CROWD // 2)]
    results = await asyncio.gather(*looks[:16], erase(scene.world), *looks[16:], return_exceptions=True)
    seen = [one for one in results if isinstance(one, str)]
    assert len(await scene.told("looked")) == len(seen)
    await refused(scene.look(unmask_id))
    await scene.jobs()
    assert await scene.state(unmask_id) == "unknown"
    scene.world.clock.advance(DAY)
    assert await settle(scene.world.server) == 1
    await scene.jobs()
    assert await tables_saying(scene.db, scene.world.person_id) == set()
    assert await scene.mails() == []


async def test_after_an_erasure_nothing_leads_to_anybody(scene: Scene) -> None:
    before = await scene.approved()
    await scene.look(before)
    assert await erase(scene.world) is not None
    after = await scene.approved()
    await scene.jobs()
    for unmask_id in (before, after):
        assert await scene.state(unmask_id) == "unknown"
        await refused(scene.look(unmask_id))


async def test_erased_between_the_end_and_the_telling(scene: Scene) -> None:
    unmask_id = await scene.approved(quiet_days=90)
    await scene.look(unmask_id)
    scene.world.clock.advance(4 * HOUR)
    await scene.jobs()
    assert await erase(scene.world) is not None
    scene.world.clock.advance(100 * DAY)
    await scene.jobs()
    assert await scene.mails() == await scene.told("told") == []


async def test_where_no_grant_stands_beside_it_everybody_is_tried(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_PIECE", 1)
    monkeypatch.setattr(finding, "_PIECES", 1)
    scene = await Scene.make(world, granted=False)
    unmask_id = await scene.approved()
    assert await scene.state(unmask_id) == "searching"
    await refused(scene.look(unmask_id))
    await scene.jobs()
    assert await scene.look(unmask_id) == "amina@example.org"
    assert await erase(world) is not None
    await scene.jobs()
    again = await scene.approved()
    await scene.jobs()
    assert await scene.state(again) == "unknown"
    assert (await scene.row(again)).walked_to == NOBODY


async def test_events_that_are_no_longer_there_lead_to_nobody(scene: Scene) -> None:
    """A month goes while a request is open: another event of the pseudonym will do; none leads nowhere."""
    await scene.world.grant()
    found, lost = await scene.ask(), await scene.ask()

    async def goes(event_id: str) -> None:
        async with scene.db.transaction() as tx:
            for statement in _GOES:
                await tx.run(statement, event_id=event_id)

    async with scene.db.reading() as tx:
        there = await find(tx, {"person": scene.pseudonym}, Window.of(None, None), 9, ascending=True)
    hers = [one.event_id for one in there]
    assert (await scene.row(found)).event_id == hers[-1]
    assert len(hers) > 1
    await goes(hers.pop())
    await scene.decide(found)
    assert await scene.state(found) == "open"
    for event_id in hers:
        await goes(event_id)
    await scene.decide(lost)
    assert await scene.state(lost) == "searching"
    await scene.jobs()
    assert (await scene.state(lost), (await scene.row(lost)).walked_to) == ("unknown", NOBODY)
    await refused(scene.look(lost))


async def test_a_pseudonym_of_nobody_and_too_many(scene: Scene) -> None:
    async with scene.db.transaction() as tx:
        wish = Wish("p-" + "A" * 22, REASON, "1", 1, 0)
        assert await scene.steps.ask(tx, wish, scene.acting("asker")) is None
    asked = await asyncio.gather(*(scene.ask() for _ in range(CROWD)), return_exceptions=True)
    late = [one for one in asked if isinstance(one, BaseException)]
    assert len(asked) - len(late) == MOST_OPEN  # of any number at once, exactly as many
    assert {one.code for one in late if isinstance(one, AccordError)} == {"too_many_unmaskings"}
    await refused(scene.ask(), "too_many_unmaskings")
    await scene.ask(name="other")
