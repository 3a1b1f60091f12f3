"""Signing in through an app whose grant is paused: she is asked whether it goes on, never taken to agree."""

from consent.grants import find_standing
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import Visitor, read, sent_back


async def pause(house: World) -> None:
    async with house.server.db.transaction() as tx:
        standing = await find_standing(tx, house.person_id, house.client.id)
        assert standing is not None
        decided = await house.decisions().pause(tx, standing.grant_id, "person", house.act(house.client))
        assert decided is not None


async def test_accepting_resumes_what_she_shared(house: World, visitor: Visitor) -> None:
    back = await visitor.consented()
    token = (await house.redeem(back["code"])).json()["access_token"]
    await pause(house)
    page = await visitor.ask()
    assert page.url.path.startswith("/authorize/consent/")
    assert "Reprendre le partage avec Cap Coaching" in page.text
    assert read(page).boxes == []
    refused(await house.read("/v1/me/skills", token), "consent_paused", 403)
    again = sent_back(await visitor.decide(page))
    body = (await house.redeem(again["code"])).json()
    assert body["scope"] == "openid profile skills offline_access"
    assert (await house.read("/v1/me/skills", body["access_token"])).status_code == 200
    assert (await house.read("/v1/me/skills", token)).status_code == 200
    [resumed] = await house.events("consent.resumed")
    assert resumed["facts"]["notice"]
    assert "code" in sent_back(await visitor.ask())


async def test_leaving_it_paused_goes_back_without_a_code_and_asks_next_time(
    house: World, visitor: Visitor
) -> None:
    await visitor.consented()
    await pause(house)
    for _ in range(2):
        back = sent_back(await visitor.decide(await visitor.ask(), "refuse"))
        assert back["error"] == "access_denied"
        assert "code" not in back
    assert await house.events("consent.resumed") == []
    for refusal in await house.events("consent.refused"):
        assert refusal["grant"] is not None


async def test_an_app_that_wants_no_page_is_told_that_one_is_needed(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    await pause(house)
    assert sent_back(await visitor.ask(prompt="none"))["error"] == "consent_required"


async def test_a_wider_request_asks_both_at_once(house: World, visitor: Visitor) -> None:
    first = "openid profile skills offline_access"
    sent_back(await visitor.decide(await visitor.start(scope=first), scope=["skills"]))
    await pause(house)
    page = await visitor.ask(scope=first + " trainings")
    assert {value for name, value in read(page).boxes if name == "scope"} == {"trainings"}
    back = sent_back(await visitor.decide(page, scope=["trainings"]))
    assert "trainings" in (await house.redeem(back["code"])).json()["scope"].split()
    [resumed] = await house.events("consent.resumed")
    assert resumed["facts"]["added"] == "trainings"


async def test_a_pause_between_question_and_answer_asks_anew(house: World, visitor: Visitor) -> None:
    first = "openid profile skills offline_access"
    sent_back(await visitor.decide(await visitor.start(scope=first), scope=["skills"]))
    page = await visitor.ask(scope=first + " trainings")
    await pause(house)
    answer = await visitor.decide(page, scope=["trainings"])
    assert answer.status_code == 409
    assert "Reprendre le partage" in answer.text
    assert await house.events("consent.resumed") == []
