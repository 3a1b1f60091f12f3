"""An app asks, she answers on her phone, the app fetches what she agreed to."""

from typing import Any

import pytest

from foundation.clock import SECOND
from idp.ciba.finding import PAGE
from tests.idp.ciba.conversing import Talk, id_of, open_request, phone, press, talk_of
from tests.idp.support import World
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, is_our_error

CODE = "ABC-346"


@pytest.fixture
async def talk(house: World) -> Talk:
    return await talk_of(house)


async def test_she_agrees_on_her_phone_and_the_app_reads_just_that(talk: Talk, visitor: Visitor) -> None:
    answer = await talk.ask()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    body = answer.json()
    assert body.keys() == {"auth_req_id", "expires_in", "interval"}
    assert (body["expires_in"], body["interval"]) == (600, 5)
    await talk.find()
    auth_req_id = body["auth_req_id"]
    assert await talk.polled(auth_req_id) == "authorization_pending"

    page = await phone(visitor)
    assert all(said in page.text for said in ("Cap Conseil", CODE))
    screen = await open_request(visitor, auth_req_id, page)
    assert CODE in screen.text
    assert "/login?request=" not in screen.text
    done = await visitor.decide(screen, scope=["skills"])
    assert done.status_code == 200
    assert done.url.path == f"{PAGE}/{id_of(auth_req_id)}"

    talk.world.clock.advance(6 * SECOND)
    tokens = (await talk.poll(auth_req_id)).json()
    assert tokens["scope"] == "openid profile skills"
    claims = claims_of(tokens["id_token"])
    assert claims["aud"] == "adviser"
    assert claims["urn:openid:params:jwt:claim:auth_req_id"] == auth_req_id
    skills = await talk.world.read("/v1/me/skills", tokens["access_token"])
    assert skills.status_code == 200
    again = await talk.poll(auth_req_id)
    assert again.json()["error"] == "invalid_grant"


async def test_she_refuses(talk: Talk, visitor: Visitor) -> None:
    auth_req_id = await talk.asked()
    screen = await open_request(visitor, auth_req_id, await phone(visitor))
    await visitor.decide(screen, "refuse")
    assert await talk.polled(auth_req_id) == "access_denied"


async def test_she_refuses_without_looking(talk: Talk, visitor: Visitor) -> None:
    auth_req_id = await talk.asked()
    page = await press(visitor, await phone(visitor), f"{PAGE}/{id_of(auth_req_id)}/refuse")
    assert "Cap Conseil" in page.text
    assert await talk.polled(auth_req_id) == "access_denied"
    assert len(await talk.world.events("polled.refused")) == 1
    is_our_error(await visitor.post(f"{PAGE}/{id_of(auth_req_id)}", _token(page)), 410)
    is_our_error(await visitor.post(f"{PAGE}/{id_of(auth_req_id)}/refuse", _token(page)), 410)


def _token(page: Any) -> dict[str, str]:
    value = page.text.partition('name="form_token" value="')[2].partition('"')[0]
    assert value
    return {"form_token": value}
