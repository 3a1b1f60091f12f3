"""An app asks, she answers on her phone, the app fetches what she agreed to."""

from foundation.clock import SECOND
from idp.ciba.finding import PAGE
from tests.idp.ciba.conversing import Talk, id_of, open_request, phone, press, token_of
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, is_our_error

CODE = "ABC-346"


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
    is_our_error(await visitor.post(f"{PAGE}/{id_of(auth_req_id)}", token_of(page)), 410)
    is_our_error(await visitor.post(f"{PAGE}/{id_of(auth_req_id)}/refuse", token_of(page)), 410)


async def test_what_she_agreed_to_before_does_not_answer_for_her(talk: Talk, visitor: Visitor) -> None:
    for time in range(2):
        auth_req_id = await talk.asked()
        page = await phone(visitor) if time == 0 else await visitor.get(PAGE)
        screen = await open_request(visitor, auth_req_id, page)
        assert screen.url.path.startswith("/authorize/consent/")
        await visitor.decide(screen, scope=["skills"])
        talk.world.clock.advance(6 * SECOND)
        assert (await talk.poll(auth_req_id)).status_code == 200


async def test_the_home_says_that_something_waits_and_an_empty_page_says_so(
    talk: Talk, visitor: Visitor
) -> None:
    page = await phone(visitor)
    assert "Rien ne vous attend" in page.text
    assert "attend votre réponse" not in (await visitor.get("/account")).text
    await talk.asked()
    for path in ("/account", "/account/apps"):
        assert "Une demande attend votre réponse" in (await visitor.get(path)).text


async def test_she_is_written_to_once_and_the_code_is_not_in_the_mail(talk: Talk) -> None:
    await talk.asked()
    assert await talk.find() == 0
    async with talk.world.server.db.reading() as tx:
        [letter] = await talk.people.outbox.recent(tx, 5)
    assert (letter.template, letter.to) == ("backchannel-asked", "amina@example.org")
    assert letter.data["link"].endswith(PAGE)
    assert CODE not in str(letter.data)
