"""As time passes: mails and pauses, each once, whatever nodes and restarts do."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import bindparam, update
from sqlmodel import col

from consent.grants import find_grant
from consent.mirror import tail
from consent.mirror.caretaker import Caretaker
from consent.mirror.folder import Folder
from consent.mirror.letters import Letters
from consent.mirror.reminders import mute, unmute
from consent.tables import Grant
from foundation.clock import DAY, HOUR
from foundation.database import Transaction
from foundation.errors import StorageUnavailableError
from foundation.statements import Write
from keys.tables import PersonKey
from tests.consent.mirror.living import KEYS, Life, seen
from tests.consent.sharing import Home, leaves

_SPOIL = Write(update(Grant).where(col(Grant.id) == bindparam("grant")).values(choice_json="{"))
_SPOIL_KEY = Write(update(PersonKey).where(col(PersonKey.person_id) == bindparam("one")).values(wrapped=b"x"))


class Box:
    """What would be written, to whom."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, dict[str, Any]]] = []
        self.broken = False

    async def write(self, _tx: Transaction, person_id: str, template: str, data: Any, _now: int) -> None:
        if self.broken:
            raise StorageUnavailableError("the disk is full")
        self.mails.append((person_id, template, dict(data)))

    @property
    def templates(self) -> list[str]:
        return [template for _, template, _ in self.mails]


@pytest.fixture
def box() -> Box:
    return Box()


def caretaker(life: Life, who: Home, box: Box) -> Caretaker:
    return Caretaker(life.db, who.decisions, KEYS, box)


async def pass_time(life: Life, who: Home, box: Box, days: int) -> None:
    """So many days go by, with a sweep of two nodes at once each day."""
    for _ in range(days):
        life.clock.advance(DAY)
        await life.fold()
        now = life.clock.now()
        await asyncio.gather(*(caretaker(life, who, box).sweep(now) for _ in range(2)))
        await life.fold()
        await asyncio.gather(*(Letters(life.db, box).send(now) for _ in range(2)))


async def paused(life: Life, who: Home, grant: str) -> str | None:
    row = await seen(life.db, find_grant, who.person.id, grant)
    return row.pause_reason


async def test_a_whole_life_of_silence(life: Life, box: Box) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    await pass_time(life, amina, box, 59)
    assert box.templates == ["consent-given"]
    await pass_time(life, amina, box, 2)
    assert box.templates == ["consent-given", "consent-unused"]
    assert await paused(life, amina, grant) is None
    await pass_time(life, amina, box, 30)
    assert sorted(box.templates[2:]) == ["consent-paused-unused", "consent-reminder"]
    assert await paused(life, amina, grant) == "unused"
    await pass_time(life, amina, box, 100)
    assert box.templates[4:] == ["consent-ends"]  # it ends as the second reminder comes due
    told = [leaf["event"] for leaf in await leaves(life.db) if leaf["event"] == "consent.paused"]
    assert len(told) == 1
    assert {person for person, _, _ in box.mails} == {amina.person.id}


async def test_an_app_that_reads_is_left_in_peace(life: Life, box: Box) -> None:
    amina = await life.person()
    grant = (await life.share(amina, "coach", "180d", "skills")).standing.grant_id
    for _ in range(4):
        await life.read(amina)
        await life.read(amina, dataset="identity")
        await pass_time(life, amina, box, 30)
    assert box.templates == ["consent-given", "consent-reminder"]
    assert await paused(life, amina, grant) is None


async def test_one_scope_that_nobody_reads_is_suggested_once(life: Life, box: Box) -> None:
    amina = await life.person()
    await life.share(amina)
    for _ in range(4):
        await life.read(amina)
        await life.read(amina, dataset="identity")
        await pass_time(life, amina, box, 20)
    assert box.templates == ["consent-given", "consent-unused"]


async def test_resuming_begins_the_silence_anew(life: Life, box: Box) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    await pass_time(life, amina, box, 91)
    assert await paused(life, amina, grant) == "unused"
    async with life.db.transaction() as tx:
        assert await amina.decisions.resume(tx, grant, amina.act(notice=None))
    await pass_time(life, amina, box, 59)
    assert await paused(life, amina, grant) is None


async def test_one_reminder_for_all_that_she_shares(life: Life, box: Box) -> None:
    amina, bruno = await life.person(), await life.person()
    for number in range(5):
        await life.share(amina, f"app-{number}", "180d", "skills")
    await life.share(bruno, "coach", "180d", "skills")
    await pass_time(life, amina, box, 91)
    assert box.templates.count("consent-reminder") == 2
    await pass_time(life, amina, box, 80)
    assert box.templates.count("consent-reminder") == 2


async def test_who_wants_no_reminders_gets_those_alone_that_tell_of_a_change(life: Life, box: Box) -> None:
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    async with life.db.transaction() as tx:
        assert await mute(tx, amina.person.id, life.clock.now())
        assert not await mute(tx, amina.person.id, life.clock.now())
    await pass_time(life, amina, box, 91)
    assert box.templates == ["consent-given", "consent-paused-unused"]
    assert await paused(life, amina, grant) == "unused"
    async with life.db.transaction() as tx:
        assert await unmute(tx, amina.person.id)
        assert not await unmute(tx, amina.person.id)
    await pass_time(life, amina, box, 89)
    assert box.templates[2:] == ["consent-ends"]


async def test_given_widened_revoked_and_over_are_told_with_their_receipt(life: Life, box: Box) -> None:
    amina = await life.person()
    first = (await life.share(amina)).standing.grant_id
    await life.share(amina, "short", "30d")
    await life.share(amina, "shortest", "once")
    await amina.revoke(first)
    await pass_time(life, amina, box, 31)
    async with life.db.transaction() as tx:
        for app in ("short", "shortest"):
            standing = await amina.standing(app)
            assert standing
            await amina.decisions.lapse(tx, standing.grant_id, amina.act(notice=None))
    await pass_time(life, amina, box, 1)
    assert [(data["app"], template) for _, template, data in box.mails] == [
        ("Cap Coaching", "consent-given"),
        ("App short", "consent-given"),
        ("App shortest", "consent-given-once"),
        ("Cap Coaching", "consent-revoked"),
        ("App short", "consent-ends"),
        ("App short", "consent-expired"),
    ]
    assert box.mails[3][2]["path"] == f"/account/apps/{first}/receipts/2"


async def test_old_news_is_no_news(life: Life, box: Box) -> None:
    """A ledger folded for the first time writes to nobody about what was."""
    amina = await life.person()
    await life.share(amina)
    life.clock.advance(3 * DAY)
    await life.fold()
    assert await Letters(life.db, box).send(life.clock.now()) == 0
    await life.share(amina, "other")
    await life.fold()
    life.clock.advance(3 * DAY)  # mails stood still
    assert await Letters(life.db, box).send(life.clock.now()) == 1
    assert box.mails == []


async def test_a_mail_that_cannot_be_queued_is_not_lost(life: Life, box: Box) -> None:
    amina = await life.person()
    await life.share(amina)
    await life.fold()
    box.broken = True
    with pytest.raises(StorageUnavailableError):
        await Letters(life.db, box).send(life.clock.now())
    life.clock.advance(61 * DAY)
    await life.fold()
    with pytest.raises(StorageUnavailableError):
        await caretaker(life, amina, box).sweep(life.clock.now())
    box.broken = False
    assert await caretaker(life, amina, box).sweep(life.clock.now()) == 1
    assert box.templates == ["consent-unused"]


async def test_what_cannot_be_read_keeps_nobody_elses_waiting(life: Life, box: Box) -> None:
    amina, bruno, chloe = [await life.person() for _ in range(3)]
    grants = [(await life.share(who)).standing.grant_id for who in (amina, bruno, chloe)]
    await life.fold()
    async with life.db.transaction() as tx:
        await tx.run(_SPOIL, grant=grants[0])
        await tx.run(_SPOIL_KEY, one=bruno.person.id)
    life.clock.advance(91 * DAY)
    for _ in range(2):
        await caretaker(life, amina, box).sweep(life.clock.now())
        life.clock.advance(HOUR)
    assert await paused(life, chloe, grants[2]) == "unused"
    assert {person for person, template, _ in box.mails} == {chloe.person.id}


async def test_nothing_is_judged_idle_while_old_reads_are_still_folded(
    life: Life, box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tail, "MOST", 3)
    amina = await life.person()
    grant = (await life.share(amina)).standing.grant_id
    life.clock.advance(89 * DAY)
    for _ in range(6):
        await life.read(amina)
    life.clock.advance(2 * DAY)
    await life.place()
    await Folder(life.db, life.clock, batch=2).step()
    assert await caretaker(life, amina, box).sweep(life.clock.now()) == 0
    await life.fold()
    assert await caretaker(life, amina, box).sweep(life.clock.now()) == 1
    assert await paused(life, amina, grant) is None


async def test_an_ended_grant_is_looked_after_no_more(life: Life, box: Box) -> None:
    amina = await life.person()
    await life.share(amina, "coach", "30d")
    await life.fold()
    life.clock.advance(61 * DAY)  # its end is not recorded yet
    assert await caretaker(life, amina, box).sweep(life.clock.now()) == 1
    assert await caretaker(life, amina, box).sweep(life.clock.now()) == 0
    assert box.mails == []
