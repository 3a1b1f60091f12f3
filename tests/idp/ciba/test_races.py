"""Sixty-four at once: one answer, one set of tokens, no more open requests than may be."""

import asyncio

from foundation.clock import SECOND
from idp.ciba.finding import PAGE, Finder
from idp.ciba.limits import MOST_OPEN
from tests.idp.ciba.conversing import Talk, id_of, open_request, phone, token_of
from tests.idp.visitor import Visitor

WAYS = 64


async def test_of_sixty_four_requests_at_once_two_are_kept(talk: Talk) -> None:
    answers = await asyncio.gather(*(talk.ask() for _ in range(WAYS)))
    kept = [answer for answer in answers if answer.status_code == 200]
    assert len(kept) == MOST_OPEN
    assert {answer.status_code for answer in answers} == {200, 429}


async def test_of_sixty_four_look_ups_at_once_one_tells_her(talk: Talk) -> None:
    await talk.ask()
    await asyncio.gather(*(Finder(talk.people).find_all() for _ in range(WAYS)))
    assert len(await talk.world.events("backchannel.told")) == 1


async def test_of_sixty_four_answers_at_once_one_counts(talk: Talk, visitor: Visitor) -> None:
    """She agrees, and refuses, again and again: tokens come of an agreement alone, once."""
    auth_req_id = await talk.asked()
    page = await phone(visitor)
    screens = [await open_request(visitor, auth_req_id, page) for _ in range(3)]
    refusing = [visitor.post(f"{PAGE}/{id_of(auth_req_id)}/refuse", token_of(page)) for _ in range(WAYS // 4)]
    deciding = [visitor.decide(screen, scope=["skills"]) for screen in screens for _ in range(WAYS // 4)]
    await asyncio.gather(*deciding, *refusing)
    approved = len(await talk.world.events("polled.approved"))
    assert approved + len(await talk.world.events("polled.refused")) == 1
    talk.world.clock.advance(6 * SECOND)
    polls = await asyncio.gather(*(talk.poll(auth_req_id) for _ in range(WAYS)))
    assert len([poll for poll in polls if poll.status_code == 200]) == approved


async def test_an_answer_too_late_counts_for_nothing(talk: Talk, visitor: Visitor) -> None:
    auth_req_id = await talk.asked(requested_expiry="60")
    screen = await open_request(visitor, auth_req_id, await phone(visitor))
    talk.world.clock.advance(60 * SECOND)
    decided, polls = await asyncio.gather(
        visitor.decide(screen, scope=["skills"]),
        asyncio.gather(*(talk.poll(auth_req_id) for _ in range(WAYS))),
    )
    assert decided.status_code == 410
    assert {poll.json()["error"] for poll in polls} == {"expired_token"}
    assert await talk.world.events("consent.given") == []
