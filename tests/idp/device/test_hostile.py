"""What goes wrong on purpose: guessed codes, two people, other browsers, forged forms, words that lure."""

import pytest

from foundation.clock import MINUTE
from idp.clients.registry import suspend_client
from idp.device import guessing
from tests.idp.device.screen import NO_CODE, Screen, app_at, enter, reach_consent, say, start
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import NewVisitor, Visitor, read


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is stored is tried on both beside tests of polling and of races."""
    return sqlite_url


async def test_codes_are_guessed_so_often_and_no_more(screen: Screen, visitor: Visitor) -> None:
    for _ in range(guessing.BY_SESSION.most):
        assert (await enter(visitor, NO_CODE)).status_code == 400
    stopped = await enter(visitor, screen.code)
    assert stopped.status_code == 429
    assert "Borne emploi" not in stopped.text
    assert 0 < int(stopped.headers["retry-after"]) <= 901
    screen.world.clock.advance(15 * MINUTE)
    again = await screen.again()
    assert "Borne emploi" in (await enter(visitor, again.code)).text


async def test_other_browsers_of_the_network_do_not_guess_on(screen: Screen, new_visitor: NewVisitor) -> None:
    browsers = guessing.BY_NETWORK.most // guessing.BY_SESSION.most
    for _ in range(browsers):
        guesser = new_visitor()
        for _ in range(guessing.BY_SESSION.most):
            assert (await enter(guesser, NO_CODE)).status_code == 400
    assert (await enter(new_visitor(), screen.code)).status_code == 429


async def test_a_right_code_costs_nothing(screen: Screen, visitor: Visitor) -> None:
    for _ in range(guessing.BY_SESSION.most + 2):
        assert "Borne emploi" in (await enter(visitor, screen.code)).text


async def test_the_answer_counts_guesses_too(screen: Screen, visitor: Visitor) -> None:
    page = read(await enter(visitor, screen.code))
    wrong = page.hidden | {"user_code": NO_CODE, "decision": "go-on"}
    for _ in range(guessing.BY_SESSION.most):
        assert (await visitor.post(page.action, wrong)).status_code == 400
    assert (await visitor.post(page.action, page.hidden | {"decision": "go-on"})).status_code == 429


async def test_two_people_type_one_code(screen: Screen, new_visitor: NewVisitor) -> None:
    amina, other = new_visitor(), new_visitor()
    hers, theirs = await enter(amina, screen.code), await enter(other, screen.code)
    consent = await amina.sign_in(await say(amina, hers))
    assert (await say(other, theirs)).status_code == 410
    assert (await say(other, theirs, "stop")).status_code == 410
    await amina.decide(consent, scope=["skills"])
    assert (await screen.poll()).status_code == 200
    assert (await enter(other, screen.code)).status_code == 400


async def test_it_is_approved_once(screen: Screen, visitor: Visitor) -> None:
    page = await reach_consent(visitor, screen.code)
    await visitor.decide(page, scope=["skills"])
    assert (await visitor.decide(page, scope=["skills"])).status_code == 410
    assert len(await screen.world.events("polled.approved")) == 1
    assert (await screen.poll()).status_code == 200
    refused(await screen.poll(), "invalid_grant")


async def test_a_device_code_at_another_app_gives_nothing(screen: Screen, visitor: Visitor) -> None:
    await visitor.decide(await reach_consent(visitor, screen.code), scope=["skills"])
    other = await app_at(screen.world, "rival")
    refused(await screen._replace(world=other).poll(), "invalid_grant")
    assert (await screen.poll()).status_code == 200


async def test_its_line_is_opened_by_no_code(screen: Screen, visitor: Visitor) -> None:
    await visitor.decide(await reach_consent(visitor, screen.code), scope=["skills"])
    [approved] = await screen.world.events("polled.approved")
    line = approved["facts"]["line"]
    for secret in ("", "A" * 43):
        answer = await screen.world.redeem(f"ac_{line}.{secret}")
        assert answer.status_code == 400


async def test_a_session_given_to_her_does_not_outlive_her_sign_in(
    screen: Screen, new_visitor: NewVisitor
) -> None:
    """Session fixation: whoever knew the browser's first cookie has nothing once she signed in."""
    amina, attacker = new_visitor(), new_visitor()
    page = await say(amina, await enter(amina, screen.code))
    attacker.http.cookies.update(amina.http.cookies)
    consent = await amina.sign_in(page)
    path = read(consent).action
    assert (await attacker.get(path)).status_code == 410
    done = await amina.decide(consent, scope=["skills"])
    assert (await attacker.get(done.url.path)).status_code == 410
    assert (await amina.get(done.url.path)).status_code == 200


async def test_forms_of_elsewhere_do_nothing(
    screen: Screen, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    page = read(await enter(visitor, screen.code))
    bare = {"user_code": screen.code, "decision": "go-on"}
    assert (await visitor.post("/device", bare)).status_code == 403
    assert (await visitor.post(page.action, bare)).status_code == 403
    good = page.hidden | bare
    assert (await visitor.post(page.action, good, **{"Sec-Fetch-Site": "cross-site"})).status_code == 403
    assert (await new_visitor().post(page.action, good)).status_code == 403
    assert (await visitor.post(page.action, page.hidden | {"decision": "maybe"})).status_code == 400
    refused(await screen.poll(), "authorization_pending")


async def test_an_app_suspended_meanwhile_is_not_answered(screen: Screen, visitor: Visitor) -> None:
    page, another = await reach_consent(visitor, screen.code), await screen.again()
    async with screen.world.server.db.transaction() as tx:
        assert await suspend_client(tx, "kiosk", screen.world.clock.now())
    assert (await visitor.decide(page, scope=["skills"])).status_code == 400
    assert (await enter(visitor, another.code)).status_code == 400


async def test_an_app_cannot_speak_through_its_name(house: World, visitor: Visitor) -> None:
    lure = "Accord</h2><a href='https://evil.example'>Appelez le 0800</a>"
    screen = await start(await app_at(house, "lure", name=lure))
    page = await enter(visitor, screen.code)
    assert "<a href='https://evil" not in page.text
    assert "&lt;a href=" in page.text
    done = await visitor.decide(await reach_consent(visitor, screen.code), "refuse")
    assert "<a href='https://evil" not in done.text


async def test_the_page_says_what_it_is_about(screen: Screen, visitor: Visitor) -> None:
    text = (await enter(visitor, screen.code)).text
    for said in (
        "Est-ce bien vous qui demandez",
        "Sur un autre écran",
        "C’est un piège",
        "Rien n’est encore partagé",
    ):
        assert said in text


async def test_her_code_is_in_no_address_we_lead_to(screen: Screen, visitor: Visitor) -> None:
    page = await reach_consent(visitor, screen.code)
    assert screen.code not in str(page.url)
    assert screen.told["device_code"] not in page.text
