"""An app is told that there is an answer: once, at its own address, with its own token, and not for ever."""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from foundation.clock import MINUTE, SECOND
from foundation.outbound.fetching import Limits, Outbound
from foundation.outbound.targets import read_exempt
from foundation.settings import Settings
from idp.ciba.pinging import MOST, Pinger
from idp.polling import store
from tests.foundation.outbound.servers import document
from tests.idp.ciba.conversing import Talk, id_of, talk_of
from tests.idp.signals.receivers import Receiver, receiving
from tests.idp.support import World, settings_for
from tests.idp.tokens import refused

BEARER = "8d67dc78-7faa-4d41-aabd-67707b374255"
NO_CONTENT = document(b"", status=b"204 No Content")
FAILED = document(b"", status=b"503 Service Unavailable")
LATER = 5 * MINUTE  # longer than any pause between two attempts
pytestmark = pytest.mark.network


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, outbound_allow="127.0.0.1")


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    async with receiving(always=NO_CONTENT) as opened:
        yield opened


@pytest.fixture
async def talk(world: World, receiver: Receiver) -> Talk:
    return await talk_of(
        world,
        backchannel_token_delivery_mode="ping",  # a mode
        backchannel_client_notification_endpoint=receiver.url,
    )


async def ping(talk: Talk) -> int:
    outbound = Outbound(read_exempt("127.0.0.1"), limits=Limits(2.0, 8))
    try:
        return await Pinger(talk.world.server, outbound).ping_all()
    finally:
        outbound.close()


async def answer(talk: Talk, auth_req_id: str) -> None:
    """She says no."""
    async with talk.world.server.db.transaction() as tx:
        assert await store.answer(tx, id_of(auth_req_id), talk.world.clock.now())


async def test_an_app_is_pinged_once_there_is_an_answer(talk: Talk, receiver: Receiver) -> None:
    auth_req_id = await talk.asked(client_notification_token=BEARER)
    assert await ping(talk) == 0
    await answer(talk, auth_req_id)
    assert await ping(talk) == 1
    assert await ping(talk) == 0
    [heard] = receiver.heard
    assert heard.header("Authorization") == f"Bearer {BEARER}"
    assert heard.header("Content-Type") == "application/json"
    assert json.loads(heard.token) == {"auth_req_id": auth_req_id}
    assert await talk.polled(auth_req_id) == "access_denied"


async def test_an_app_is_pinged_when_nobody_answered_in_time(talk: Talk, receiver: Receiver) -> None:
    auth_req_id = await talk.asked(client_notification_token=BEARER, login_hint="nobody@example.org")
    talk.world.clock.advance(600 * SECOND)
    assert await ping(talk) == 1
    assert len(receiver.heard) == 1
    assert await talk.polled(auth_req_id) == "expired_token"


async def test_it_is_tried_again_for_a_while_and_then_given_up(talk: Talk, receiver: Receiver) -> None:
    receiver.always = FAILED
    auth_req_id = await talk.asked(client_notification_token=BEARER, requested_expiry="1800")
    await answer(talk, auth_req_id)
    for attempts in range(1, MOST + 3):
        assert await ping(talk) == 0
        assert await ping(talk) == 0, "not before its time"
        assert len(receiver.heard) == min(attempts, MOST)
        talk.world.clock.advance(LATER)
    assert await talk.polled(auth_req_id) == "expired_token"


async def test_an_app_that_comes_back_is_told(talk: Talk, receiver: Receiver) -> None:
    receiver.answers = [FAILED, document(b"", status=b"307 Temporary Redirect")]
    await answer(talk, await talk.asked(client_notification_token=BEARER))
    told = []
    for _ in range(4):
        told.append(await ping(talk))
        talk.world.clock.advance(MINUTE)
    assert told == [0, 0, 1, 0]


async def test_of_sixty_four_nodes_one_pings(talk: Talk, receiver: Receiver) -> None:
    await answer(talk, await talk.asked(client_notification_token=BEARER))
    assert sum(await asyncio.gather(*(ping(talk) for _ in range(64)))) == 1
    assert len(receiver.heard) == 1


@pytest.mark.parametrize(
    "token", [None, "", "short", "a" * 64, "x y" * 10, "é" * 30, "a-token-" * 200, "12345=67890abcdefghijkl"]
)
async def test_what_is_no_token_to_know_us_by(talk: Talk, token: Any) -> None:
    refused(await talk.ask(client_notification_token=token), "invalid_request")
