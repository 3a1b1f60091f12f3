"""Requests that an app signs: everything inside, by its key, once."""

import asyncio
from typing import Any

import pytest

from tests.idp.ciba.conversing import ASKED, Talk, talk_of
from tests.idp.support import ISSUER, World
from tests.idp.tokens import app_key, public_jwks, refused, signed

KEY = app_key()


@pytest.fixture
async def talk(world: World) -> Talk:
    return await talk_of(world, jwks=public_jwks(KEY), backchannel_authentication_request_signing_alg="ES256")


def request(talk: Talk, key: Any = KEY, **changed: Any) -> str:
    """An object as the app makes it, with changes; None leaves out."""
    now = talk.world.clock.now() // 1_000_000
    times = {"iat": now, "nbf": now, "exp": now + 60, "jti": "j-1"}
    claims = ASKED | {"iss": talk.world.client.id, "aud": ISSUER} | times | changed
    return signed({name: value for name, value in claims.items() if value is not None}, key)


async def ask(talk: Talk, text: str, **beside: Any) -> Any:
    return await talk.ask(**(dict.fromkeys(ASKED) | {"request": text} | beside))


async def test_a_signed_request_is_taken_once(talk: Talk) -> None:
    text = request(talk, requested_expiry=60)
    answers = await asyncio.gather(*(ask(talk, text) for _ in range(64)))
    [taken] = [answer for answer in answers if answer.status_code == 200]
    assert taken.json()["expires_in"] == 60
    assert {answer.status_code for answer in answers} == {200, 400}
    await talk.find()
    assert len(await talk.world.events("backchannel.told")) == 1


@pytest.mark.parametrize(
    "changed",
    [
        *({name: None} for name in ("iat", "nbf", "exp", "jti", "iss", "aud", "login_hint")),
        *({"aud": "https://elsewhere.example"}, {"iss": "app"}, {"sub": "adviser"}, {"exp": 1}, {"iat": "x"}),
        *({"exp": 4_000_000_000}, {"binding_message": "two words"}, {"login_hint": ["amina@example.org"]}),
    ],
)
async def test_an_object_that_cannot_be_believed(talk: Talk, changed: dict[str, Any]) -> None:
    answer = await ask(talk, request(talk, **changed))
    assert answer.status_code == 400
    assert answer.json()["error"] in {"invalid_request", "invalid_binding_message"}
    assert await talk.world.events("backchannel.asked") == []


async def test_plain_words_count_for_nothing_beside_or_instead(talk: Talk) -> None:
    refused(await talk.ask(), "invalid_request")
    refused(await ask(talk, request(talk), login_hint="bruno@example.org"), "invalid_request")
    refused(await ask(talk, request(talk, app_key(number=2))), "invalid_request")
    refused(await ask(talk, "x.y.z"), "invalid_request")
    plain = await talk_of(talk.world, "plain", jwks=public_jwks(KEY))
    refused(await ask(plain, request(plain)), "invalid_request")
