"""A polled request is spent once, however many ask and answer at once."""

import asyncio
from collections import Counter

from idp.polling import store
from tests.idp.polling.waiting import Waiting

WAYS = 64


async def test_of_many_redemptions_one_succeeds(waiting: Waiting) -> None:
    await waiting.agree()
    answers = await asyncio.gather(*(waiting.poll() for _ in range(WAYS)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 400: WAYS - 1}
    assert {a.json()["error"] for a in answers if a.status_code == 400} == {"invalid_grant"}
    assert len(await waiting.world.events("code.redeemed")) == 1


async def test_of_many_polls_one_is_in_time(waiting: Waiting) -> None:
    answers = await asyncio.gather(*(waiting.poll() for _ in range(WAYS)))
    told = Counter(answer.json()["error"] for answer in answers)
    assert told == {"authorization_pending": 1, "slow_down": WAYS - 1}


async def test_of_many_answers_one_counts(waiting: Waiting) -> None:
    async def answer() -> bool:
        async with waiting.world.server.db.transaction() as tx:
            return await store.answer(tx, waiting.row.id, waiting.world.clock.now())

    assert sum(await asyncio.gather(*(answer() for _ in range(WAYS)))) == 1


async def test_of_many_browsers_one_has_it(waiting: Waiting) -> None:
    async def take(number: int) -> bool:
        async with waiting.world.server.db.transaction() as tx:
            return await store.take(tx, waiting.row.id, f"{number:032x}", waiting.world.clock.now())

    assert sum(await asyncio.gather(*(take(number) for number in range(WAYS)))) == 1


async def test_a_withdrawal_and_a_redemption_have_one_order(waiting: Waiting) -> None:
    grant_id = await waiting.agree()
    answer, _ = await asyncio.gather(waiting.poll(), waiting.world.revoke(grant_id))
    if answer.status_code == 200:
        token = answer.json()["access_token"]
        assert (await waiting.world.read("/v1/me/skills", token)).status_code == 401
    else:
        assert answer.json()["error"] == "invalid_grant"
