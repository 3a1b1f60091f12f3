"""What an app may ask of somebody elsewhere, and what it cannot find out by asking."""

from typing import Any

import pytest

from foundation.clock import HOUR, SECOND
from idp.ciba.finding import PAGE
from idp.ciba.limits import BY_HINT, MOST_OPEN
from idp.ciba.registering import GRANT_TYPE
from idp.ciba.routes import BACKCHANNEL_PATH
from idp.clients.metadata import ClientMetadata
from idp.people.accounts import lock_account
from tests.idp.ciba.conversing import Talk, id_of, open_request, phone, press, talk_of, token_of
from tests.idp.support import World
from tests.idp.tokens import refused
from tests.idp.visitor import NewVisitor, Visitor, is_our_error


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """What is said of a request does not depend on the engine; races are in test_races.py."""
    return sqlite_url


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"login_hint": None}, "invalid_request"),
        ({"login_hint": ""}, "invalid_request"),
        ({"id_token_hint": "x"}, "invalid_request"),
        ({"login_hint": None, "login_hint_token": "x"}, "invalid_request"),
        ({"login_hint": None, "id_token_hint": "x"}, "invalid_request"),
        ({"login_hint": "a@b"}, "invalid_request"),
        ({"login_hint": "nobody"}, "unknown_user_id"),
        ({"login_hint": "é" * 9000}, "invalid_request"),
        ({"scope": None}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"scope": "openid profile benefits"}, "invalid_scope"),
        ({"scope": "openid nothing"}, "invalid_scope"),
        ({"binding_message": "two words"}, "invalid_binding_message"),
        ({"binding_message": "<b>x</b>"}, "invalid_binding_message"),
        ({"binding_message": "É-1"}, "invalid_binding_message"),
        ({"binding_message": "A" * 17}, "invalid_binding_message"),
        ({"binding_message": "A\nB"}, "invalid_request"),
        ({"binding_message": "-"}, "invalid_binding_message"),
        ({"requested_expiry": "0"}, "invalid_request"),
        ({"requested_expiry": "-1"}, "invalid_request"),
        ({"requested_expiry": "1e3"}, "invalid_request"),
        ({"requested_expiry": "٣"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
        ({"resource": "https://elsewhere.example/"}, "invalid_target"),
        ({"authorization_details": "{"}, "invalid_authorization_details"),
    ],
)
async def test_what_cannot_be_asked(talk: Talk, changed: dict[str, Any], error: str) -> None:
    refused(await talk.ask(**changed), error)
    assert await talk.world.events("backchannel.asked") == []


async def test_a_repeated_parameter_and_another_method_are_refused(talk: Talk) -> None:
    body = "scope=openid&scope=profile&login_hint=amina@example.org"
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    auth = (talk.world.client.id, talk.world.secret)
    answer = await talk.world.http.post(BACKCHANNEL_PATH, content=body, headers=headers, auth=auth)
    refused(answer, "invalid_request")
    assert (await talk.world.http.get(BACKCHANNEL_PATH)).status_code == 405


async def test_only_an_app_that_registered_and_proves_itself_may_ask(house: World, talk: Talk) -> None:
    other = Talk(house, talk.people)
    refused(await other.ask(), "unauthorized_client")
    wrong = Talk(talk.world.of(talk.world.client, "wrong"), talk.people)
    refused(await wrong.ask(), "invalid_client", 401)
    with pytest.raises(ValueError, match="authenticates"):
        ClientMetadata(name="x", grant_types=(GRANT_TYPE,), redirect_uris=(), auth_method="none")


@pytest.mark.parametrize(("wanted", "seconds"), [("1", 30), ("60", 60), ("999999999", 1800)])
async def test_how_long_a_request_waits_is_bounded(talk: Talk, wanted: str, seconds: int) -> None:
    answer = await talk.ask(requested_expiry=wanted)
    assert answer.json()["expires_in"] == seconds
    talk.world.clock.advance(seconds * SECOND)
    assert await talk.polled(answer.json()["auth_req_id"]) == "expired_token"


async def test_nothing_tells_whether_an_address_is_known(talk: Talk) -> None:
    """The endpoint looks nobody up: what it writes and answers for each is of one shape."""
    known, unknown = await talk.ask(), await talk.ask(login_hint="nobody@example.org")
    assert known.status_code == unknown.status_code == 200
    assert known.json().keys() == unknown.json().keys()
    assert len(known.text) == len(unknown.text)
    named = {name: value for name, value in known.headers.items() if name != "x-trace-id"}
    assert named.keys() == {name for name in unknown.headers if name != "x-trace-id"}
    await talk.find()
    for answer in (known, unknown):
        assert await talk.polled(answer.json()["auth_req_id"]) == "authorization_pending"
    assert len(await talk.world.events("backchannel.asked")) == 2
    assert len(await talk.world.events("backchannel.told")) == 1
    talk.world.clock.advance(600 * SECOND)
    for answer in (known, unknown):
        assert await talk.polled(answer.json()["auth_req_id"]) == "expired_token"


@pytest.mark.parametrize("hint", ["amina@example.org", "nobody@example.org"])
async def test_how_often_one_may_be_asked_is_the_same_for_somebody_and_nobody(talk: Talk, hint: str) -> None:
    for _ in range(MOST_OPEN):
        assert (await talk.ask(login_hint=hint)).status_code == 200
    answer = await talk.ask(login_hint=hint.upper())
    refused(answer, "too_many_open_requests", 429)
    assert int(answer.headers["retry-after"]) > 0
    talk.world.clock.advance(600 * SECOND)
    said = [(await talk.ask(login_hint=hint, requested_expiry="30")).status_code for _ in range(6)]
    assert said[:2] == [200, 200]
    assert set(said[2:]) == {429}
    talk.world.clock.advance(HOUR)
    assert (await talk.ask(login_hint=hint)).status_code == 200
    assert BY_HINT.most == 6


async def test_two_ways_to_name_her_leave_no_more_room_with_her(talk: Talk, visitor: Visitor) -> None:
    """The app is not told: that both are one person is hers to say."""
    auth_req_id = await talk.asked()
    screen = await open_request(visitor, auth_req_id, await phone(visitor))
    await visitor.decide(screen, scope=["skills"])
    talk.world.clock.advance(6 * SECOND)
    tokens = (await talk.poll(auth_req_id)).json()
    named = {"login_hint": None, "id_token_hint": tokens["id_token"]}
    for _ in range(MOST_OPEN):
        await talk.asked(**named)
    await talk.asked()
    assert [event["facts"]["reason"] for event in await talk.world.events("backchannel.held")] == ["too_many"]
    assert (await visitor.get(PAGE)).text.count("open-request") == MOST_OPEN


async def test_a_sub_of_hers_names_her_to_its_own_app_alone(talk: Talk, visitor: Visitor) -> None:
    auth_req_id = await talk.asked()
    screen = await open_request(visitor, auth_req_id, await phone(visitor))
    await visitor.decide(screen, scope=["skills"])
    talk.world.clock.advance(6 * SECOND)
    tokens = (await talk.poll(auth_req_id)).json()
    sub = (await talk.world.read("/userinfo", tokens["access_token"])).json()["sub"]
    stranger = await talk_of(talk.world, "stranger")
    refused(await stranger.ask(login_hint=sub), "unknown_user_id")
    refused(await stranger.ask(login_hint=None, id_token_hint=tokens["id_token"]), "invalid_request")
    again = await talk.asked(login_hint=sub)
    assert id_of(again) in (await visitor.get(PAGE)).text


async def test_staff_and_locked_accounts_are_nobody(talk: Talk, visitor: Visitor) -> None:
    async with talk.world.server.db.transaction() as tx:
        await lock_account(tx, talk.world.person_id, talk.world.clock.now())
    auth_req_id = await talk.asked()
    assert await talk.polled(auth_req_id) == "authorization_pending"
    assert await talk.world.events("backchannel.told") == []


async def test_somebody_else_neither_sees_nor_answers_it(talk: Talk, new_visitor: NewVisitor) -> None:
    """Account switched on the way: the request is one person's, whoever signs in."""
    auth_req_id = await talk.asked()
    amina, bruno = new_visitor(), new_visitor()
    screen = await open_request(amina, auth_req_id, await phone(amina))
    page = await phone(bruno, "bruno@example.org")
    assert "Rien ne vous attend" in page.text
    for path in (f"{PAGE}/{id_of(auth_req_id)}", f"{PAGE}/{id_of(auth_req_id)}/refuse"):
        is_our_error(await bruno.post(path, token_of(await bruno.get("/account/mails"))), 404)
    assert (await bruno.get(f"{PAGE}/{id_of(auth_req_id)}")).status_code == 404
    pending = screen.url.path.rsplit("/", 1)[1]
    switched = await amina.sign_in(await amina.get(f"/login?request={pending}"), "bruno@example.org")
    assert switched.status_code == 410
    assert "ABC-346" not in switched.text
    assert await talk.polled(auth_req_id) == "authorization_pending"


async def test_no_more_from_this_app_and_it_does_not_know(talk: Talk, visitor: Visitor) -> None:
    first = await talk.asked()
    page = await press(visitor, await phone(visitor), f"{PAGE}/block")
    assert "ne peut plus vous envoyer" in page.text
    assert await talk.polled(first) == "access_denied"
    second = await talk.asked()
    assert await talk.polled(second) == "authorization_pending"
    assert id_of(second) not in (await visitor.get(PAGE)).text
    assert [event["facts"]["reason"] for event in await talk.world.events("backchannel.held")] == ["blocked"]
    async with talk.world.server.db.reading() as tx:
        written = [letter.template for letter in await talk.people.outbox.recent(tx, 9)]
    assert written.count("backchannel-asked") == 1
    other = await talk_of(talk.world, "elsewhere")
    assert id_of(await other.asked()) in (await visitor.get(PAGE)).text
    page = await press(visitor, await visitor.get(PAGE), f"{PAGE}/unblock")
    assert len(await talk.world.events("backchannel.unblocked")) == 1
    talk.world.clock.advance(600 * SECOND)
    assert id_of(await talk.asked()) in (await visitor.get(PAGE)).text


async def test_polling_too_fast_and_another_apps_request(talk: Talk) -> None:
    auth_req_id = await talk.asked()
    assert await talk.polled(auth_req_id) == "authorization_pending"
    assert await talk.polled(auth_req_id) == "slow_down"
    other = await talk_of(talk.world, "elsewhere")
    assert await other.polled(auth_req_id) == "invalid_grant"
    assert await talk.polled(auth_req_id + "x") == "invalid_grant"
    assert await talk.polled("ar_" + "0" * 32 + "." + "x" * 43) == "invalid_grant"
