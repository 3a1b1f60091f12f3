"""One short code and many browsers at once, on either engine."""

import asyncio
from collections import Counter

from tests.idp.device.screen import Screen, enter, reach_consent, say
from tests.idp.visitor import NewVisitor, Visitor

WAYS = 64


async def test_many_browsers_confirm_at_once_and_one_goes_on(screen: Screen, new_visitor: NewVisitor) -> None:
    pages = [(one, await enter(one, screen.code)) for one in (new_visitor() for _ in range(8))]
    answers = await asyncio.gather(*(say(one, page) for one, page in pages))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: 7}


async def test_she_answers_many_times_at_once_and_the_app_polls_many_times(
    screen: Screen, visitor: Visitor
) -> None:
    page = await reach_consent(visitor, screen.code)
    answers = await asyncio.gather(*(visitor.decide(page, scope=["skills"]) for _ in range(8)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 410: 7}
    polls = await asyncio.gather(*(screen.poll() for _ in range(WAYS)))
    assert Counter(answer.status_code for answer in polls) == {200: 1, 400: WAYS - 1}
    assert len(await screen.world.events("consent.given")) == 1
