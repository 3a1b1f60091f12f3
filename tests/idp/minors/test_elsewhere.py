"""Child and parent together, whatever way the app asks: France Travail Connect's face, and from elsewhere."""

import pytest
from starlette.types import ASGIApp

from foundation.clock import SECOND
from idp.ciba.finding import PAGE
from tests.idp.ciba.conversing import Talk, id_of, open_request, phone, press, talk_of
from tests.idp.francetravail.app import FranceTravailApp, refused, register, returned
from tests.idp.minors.home import CHILD, Home
from tests.idp.visitor import read

WORDS = "api_peconnect-individuv1 openid profile api_peconnect-competencesv2 pfccompetences"
SKILLS = "peconnect-competences/v2/competences"


@pytest.fixture
async def talk(home: Home) -> Talk:
    return await talk_of(home.house)


async def test_through_the_france_travail_face(home: Home, app: ASGIApp) -> None:
    """Nothing for the app before both agreed; then its codes and data, until the parent takes it back."""
    await register(home.house.server, "les-emplois")
    partner = FranceTravailApp.at(app)
    address = partner.authorize_url(WORDS)
    lea = home.lea
    screen = await lea.sign_in(await lea.follow(await lea.get(address)), CHILD)
    ticked = {"scope": ["skills"], "duration": "30d"}
    asked = await lea.decide(screen, **ticked)
    assert "Avant 15 ans, un parent accepte avec vous" in asked.text
    assert "Votre enfant peut maintenant terminer" in (await home.agreed_to(asked)).text
    assert await home.house.events("consent.given") == []

    again = await lea.follow(await lea.get(address))
    back = returned(await lea.decide(again, **ticked), partner.redirect_uri)
    token = (await partner.redeem(back["code"])).json()["access_token"]
    assert (await partner.get(SKILLS, token)).status_code == 200
    [given] = await home.house.events("consent.given")
    assert given["client"] == "les-emplois"

    listed = await home.mum.get("/account/children")
    [end] = [part for part in listed.text.split('"') if part.endswith("/end")]
    await home.mum.post(end, read(listed).hidden)
    refused(await partner.get(SKILLS, token), "invalid_token", 401)
    await partner.http.aclose()


async def test_a_child_refuses_through_the_face_alone(home: Home, app: ASGIApp) -> None:
    await register(home.house.server, "les-emplois")
    partner = FranceTravailApp.at(app)
    page = await home.lea.follow(await home.lea.get(partner.authorize_url(WORDS)))
    back = returned(
        await home.lea.decide(await home.lea.sign_in(page, CHILD), "refuse"), partner.redirect_uri
    )
    assert back["error"] == "access_denied"
    assert await home.house.events("parent.asked") == []
    await partner.http.aclose()


async def test_asked_from_elsewhere_the_app_waits_for_both(home: Home, talk: Talk) -> None:
    auth_req_id = await talk.asked(login_hint=CHILD)
    screen = await open_request(home.lea, auth_req_id, await phone(home.lea, CHILD))
    asked = await home.lea.decide(screen, scope=["skills"])
    assert "Avant 15 ans, un parent accepte avec vous" in asked.text
    assert await talk.polled(auth_req_id) == "authorization_pending"
    await home.agreed_to(asked)
    talk.world.clock.advance(6 * SECOND)
    assert await talk.polled(auth_req_id) == "authorization_pending"  # the parent alone shares nothing

    screen = await open_request(home.lea, auth_req_id, await home.lea.get(PAGE))
    assert "votre clic suffit" in screen.text
    done = await home.lea.decide(screen, scope=["skills"])
    assert done.url.path == f"{PAGE}/{id_of(auth_req_id)}"
    talk.world.clock.advance(6 * SECOND)
    tokens = (await talk.poll(auth_req_id)).json()
    assert (await talk.world.read("/v1/me/skills", tokens["access_token"])).status_code == 200


async def test_a_parent_who_answers_late_is_not_asked_twice(home: Home, talk: Talk) -> None:
    """A request from elsewhere ends after ten minutes, a parent's answer waits a day for the next one."""
    first = await talk.asked(login_hint=CHILD)
    screen = await open_request(home.lea, first, await phone(home.lea, CHILD))
    asked = await home.lea.decide(screen, scope=["skills"])
    link = await home.ask_mum(asked)
    talk.world.clock.advance(601 * SECOND)
    await home.answer(link, adult="1")
    assert await talk.polled(first) == "expired_token"
    assert await home.house.events("consent.given") == []

    second = await talk.asked(login_hint=CHILD)
    screen = await open_request(home.lea, second, await home.lea.get(PAGE))
    assert "votre clic suffit" in screen.text
    await home.lea.decide(screen, scope=["skills"])
    assert (await talk.poll(second)).status_code == 200
    assert len(await home.house.events("parent.asked")) == 1


async def test_a_child_refuses_from_elsewhere_alone(home: Home, talk: Talk) -> None:
    auth_req_id = await talk.asked(login_hint=CHILD)
    await press(home.lea, await phone(home.lea, CHILD), f"{PAGE}/{id_of(auth_req_id)}/refuse")
    assert await talk.polled(auth_req_id) == "access_denied"
    assert await home.house.events("parent.asked") == []
