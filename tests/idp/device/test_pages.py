"""/device in a browser: the code, the question, sign-in and consent as always, and the way back."""

import pytest

from foundation.clock import MINUTE, SECOND
from tests.idp.device.screen import NO_CODE, Screen, app_at, enter, reach_consent, say, start
from tests.idp.minors.test_together import CHILD, MUM, Home, account
from tests.idp.support import World
from tests.idp.tokens import claims_of, refused
from tests.idp.visitor import NewVisitor, Visitor, read


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is stored is tried on both beside tests of polling and of races."""
    return sqlite_url


async def test_from_a_code_to_tokens(screen: Screen, visitor: Visitor) -> None:
    refused(await screen.poll(), "authorization_pending")
    page = await enter(visitor, screen.code)
    assert "Borne emploi" in page.text
    assert screen.code in page.text
    done = await visitor.decide(await reach_consent(visitor, screen.code), scope=["skills"])
    assert done.status_code == 200
    assert "Vous pouvez revenir à l’autre écran" in done.text
    tokens = (await screen.poll()).json()
    world = screen.world
    assert (await world.read("/v1/me/skills", tokens["access_token"])).status_code == 200
    assert claims_of(tokens["id_token"])["aud"] == "kiosk"
    for name in ("consent.asked", "consent.given", "polled.approved", "code.redeemed"):
        assert len(await world.events(name)) == 1, name


async def test_who_shares_already_is_asked_nothing_more(screen: Screen, visitor: Visitor) -> None:
    await visitor.decide(await reach_consent(visitor, screen.code), scope=["skills"])
    await screen.poll()
    again = await screen.again()
    done = await say(visitor, await enter(visitor, again.code))
    assert "Vous pouvez revenir à l’autre écran" in done.text
    assert (await again.poll()).status_code == 200
    assert len(await screen.world.events("consent.given")) == 1


async def test_of_a_public_app_she_is_asked_each_time(house: World, visitor: Visitor) -> None:
    tv = await app_at(house, "tv", with_secret=False, auth_method="none")
    first, second = await start(tv), await start(tv)
    page = await reach_consent(visitor, first.code)
    assert "Nous ne pouvons pas vérifier que c’est bien elle qui demande" in page.text
    await visitor.decide(page, scope=["skills"])
    assert read(await reach_consent(visitor, second.code)).action.startswith("/authorize/consent/")


async def test_her_refusal_is_told_to_the_screen(screen: Screen, visitor: Visitor) -> None:
    done = await visitor.decide(await reach_consent(visitor, screen.code), "refuse")
    assert "Rien n’est partagé" in done.text
    refused(await screen.poll(), "access_denied")


async def test_it_was_not_her(screen: Screen, visitor: Visitor) -> None:
    done = await say(visitor, await enter(visitor, screen.code), "stop")
    assert "Rien n’est partagé" in done.text
    refused(await screen.poll(), "access_denied")
    assert len(await screen.world.events("polled.refused")) == 1


@pytest.mark.parametrize(
    "change", [str.lower, lambda code: f" {code[:4]} {code[5:]} ", lambda code: code.replace("-", "")]
)
async def test_however_she_types_it(screen: Screen, visitor: Visitor, change) -> None:  # type: ignore[no-untyped-def]  # three ways to spell
    assert "Borne emploi" in (await enter(visitor, change(screen.code))).text


async def test_an_address_shows_the_code_and_does_nothing(screen: Screen, visitor: Visitor) -> None:
    page = await visitor.get(f"/device?user_code={screen.code}")
    assert f'value="{screen.code}"' in page.text
    assert "Borne emploi" not in page.text
    refused(await screen.poll(), "authorization_pending")
    for hostile in ('"><b>x', "A" * 5000, ""):
        page = await visitor.http.get("/device", params={"user_code": hostile})
        assert page.status_code == 200
        assert 'value=""' in page.text


async def test_a_wrong_code_is_said_to_be_one(screen: Screen, visitor: Visitor) -> None:
    short = await enter(visitor, "BCDF")
    assert short.status_code == 400
    assert "huit lettres" in short.text
    unknown = await enter(visitor, NO_CODE)
    assert unknown.status_code == 400
    assert "n’est pas le bon" in unknown.text


async def test_what_expired_is_no_code_any_more(screen: Screen, visitor: Visitor) -> None:
    screen.world.clock.advance(10 * MINUTE)
    assert (await enter(visitor, screen.code)).status_code == 400


async def test_an_answer_that_comes_too_late_is_said_to_be(screen: Screen, visitor: Visitor) -> None:
    page = await reach_consent(visitor, screen.code)
    screen.world.clock.advance(10 * MINUTE)
    late = await visitor.decide(page, scope=["skills"])
    assert late.status_code == 410
    assert await screen.world.events("consent.given") == []
    refused(await screen.poll(), "expired_token")


async def test_back_and_on_again_in_one_browser(screen: Screen, visitor: Visitor) -> None:
    confirm = await enter(visitor, screen.code)
    await say(visitor, confirm)
    page = await visitor.sign_in(await say(visitor, confirm))
    assert "Vous pouvez revenir" in (await visitor.decide(page, scope=["skills"])).text


async def test_a_slow_answer_finds_a_patient_app(screen: Screen, visitor: Visitor) -> None:
    page = await reach_consent(visitor, screen.code)
    for _ in range(3):
        refused(await screen.poll(), "authorization_pending")
        screen.world.clock.advance(5 * SECOND)
    await visitor.decide(page, scope=["skills"])
    assert (await screen.poll()).status_code == 200


async def test_a_child_goes_on_with_a_parent(screen: Screen, new_visitor: NewVisitor) -> None:
    house, lea, mum = screen.world, new_visitor(), new_visitor()
    child_id = await account(house, CHILD, turns_15_in=100)
    await account(house, MUM.lower())
    await mum.sign_in(await mum.get("/login"), MUM.lower())
    home = Home(house, lea, mum, child_id)
    page = await lea.sign_in(await say(lea, await enter(lea, screen.code)), CHILD)
    waiting = await lea.decide(page, scope=["skills"])
    assert "Avant 15 ans, un parent accepte avec vous" in waiting.text
    refused(await screen.poll(), "authorization_pending")
    await home.answer(await home.ask_mum(waiting), adult="1")
    again = await say(lea, await enter(lea, screen.code))  # the same browser, back from the mail
    assert "votre clic suffit" in again.text
    assert "Vous pouvez revenir" in (await lea.decide(again, scope=["skills"])).text
    house.clock.advance(5 * SECOND)
    assert (await screen.poll()).status_code == 200
