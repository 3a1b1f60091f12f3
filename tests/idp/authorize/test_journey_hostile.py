"""What is tried on the way from request to code: each attempt ends on our page, and nothing is half done."""

import asyncio
from typing import Any

import pytest

from foundation.clock import SECOND
from idp.clients.registry import suspend_client
from tests.idp.clients.test_redirects import NOT_THE_SAME
from tests.idp.support import World
from tests.idp.visitor import GOOD, NewVisitor, Visitor, is_our_error, read, sent_back

# --- nothing is redirected before app and address are trusted --------------------------------------------


async def test_an_unknown_app_is_never_redirected_to(visitor: Visitor) -> None:
    for client_id in ("nobody", None, "", "APP", "app ", "a" * 5000, "☃", ["app", "app"]):
        for more in ({}, {"prompt": "none"}, {"response_type": "token"}, {"scope": None}):
            is_our_error(await visitor.ask(client_id=client_id, **more))


async def test_an_unregistered_address_is_never_redirected_to(visitor: Visitor) -> None:
    twice = ([GOOD["redirect_uri"]] * 2, [GOOD["redirect_uri"], "https://evil.example"])
    for uri in (*NOT_THE_SAME, None, *twice):
        answer = await visitor.ask(redirect_uri=uri)
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "//evil.example" not in answer.text
    for wrong in ({"response_type": "token"}, {"scope": "x"}, {"prompt": "none"}, {"code_challenge": None}):
        is_our_error(await visitor.ask(redirect_uri="https://evil.example/", **wrong))


async def test_a_suspended_app_is_never_redirected_to(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    async with house.server.db.transaction() as tx:
        await suspend_client(tx, "app", house.clock.now())
    is_our_error(await visitor.ask())
    is_our_error(await visitor.decide(page, scope=["skills"]))  # not even a request that was under way
    assert await house.events("consent.given") == []


async def test_queries_that_break_parsers_go_nowhere(visitor: Visitor) -> None:
    broken = ("%00", "app%0d%0aX: y", "%ff", "%zz", "%ed%a0%80", "a" * 65_000)
    for value in broken:
        is_our_error(await visitor.get(f"/authorize?client_id={value}"))


async def test_what_is_wrong_with_a_trusted_apps_request_goes_back_to_it(visitor: Visitor) -> None:
    for changed, error in (
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"nonce": ["a", "b"]}, "invalid_request"),
        ({"request_uri": "http://169.254.169.254/"}, "invalid_request_uri"),
    ):
        back = sent_back(await visitor.ask(**changed))
        assert back["error"] == error
        assert back["state"] == GOOD["state"]
        assert "code" not in back
    # A repeated state is no state to return.
    assert "state" not in sent_back(await visitor.ask(state=["a", "b"]))


async def test_a_long_state_comes_back_whole(visitor: Visitor) -> None:
    state = "é&=#?%00 " * 700
    state = state.replace("%00", "%")
    await visitor.consented()
    assert sent_back(await visitor.ask(state=state))["state"] == state


# --- one decision, of one session, in time ---------------------------------------------------------------


async def test_a_decision_posted_twice_counts_once(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))
    is_our_error(await visitor.decide(page, scope=["skills", "email"]), 410)
    is_our_error(await visitor.decide(page, "refuse"), 410)
    is_our_error(await visitor.get(read(page).action), 410)  # the back button
    assert len(await house.events("consent.given")) == 1
    assert len(await house.events("code.issued")) == 1
    assert await house.events("consent.refused") == []


async def test_of_many_decisions_at_once_one_counts(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    form = read(page)
    fields = form.hidden | {"scope": "skills", "duration": "30d"}
    answers = await asyncio.gather(
        *(visitor.post(form.action, fields | {"decision": d}) for d in ["accept", "refuse"] * 8)
    )
    returned = [
        answer for answer in answers if answer.headers.get("location", "").startswith("https://coach")
    ]
    assert len(returned) == 1
    outcomes = [len(await house.events(name)) for name in ("consent.given", "consent.refused")]
    assert sorted(outcomes) == [0, 1]
    assert len(await house.events("code.issued")) == outcomes[0]


async def test_another_session_cannot_decide_or_even_look(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    page = await visitor.start()
    thief = new_visitor()
    own = await thief.sign_in(await thief.ask(client_id="other"), "bruno@example.org")
    is_our_error(await thief.get(read(page).action), 410)
    stolen = read(page).hidden | {"form_token": read(own).hidden["form_token"]}
    is_our_error(await thief.post(read(page).action, stolen | {"decision": "accept"}), 410)
    # With the victim's form token, the form is not even this session's.
    is_our_error(await thief.post(read(page).action, read(page).hidden | {"decision": "accept"}), 403)
    stranger = new_visitor()
    is_our_error(await stranger.get(read(page).action), 410)
    continuing = read(page).action.replace("consent", "continue")
    is_our_error(await stranger.get(continuing), 410)
    # Nor by signing in "for" a request that is somebody else's.
    pending = continuing.rsplit("/", 1)[1]
    login = await stranger.get(f"/login?request={pending}")
    is_our_error(await stranger.sign_in(login, "bruno@example.org"), 410)
    assert await house.events("consent.given") == []
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))


async def test_after_its_time_a_request_is_over(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    visitor.clock.advance(house.server.settings.pending_request_seconds * SECOND)
    is_our_error(await visitor.decide(page, scope=["skills"]), 410)
    assert await house.events("consent.given") == []
    assert "code" in sent_back(await visitor.decide(await visitor.ask(), scope=["skills"]))


async def test_a_form_from_elsewhere_is_refused(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    form = read(page)
    good = form.hidden | {"decision": "accept", "scope": "skills"}
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},  # another port of this host
        {"Sec-Fetch-Site": "none"},
    ):
        is_our_error(await visitor.post(form.action, good, **headers), 403)
    one_bit_off = f"{int(good['form_token'], 16) ^ 1:064x}"
    for token in ("", "0" * 64, one_bit_off, "x"):
        is_our_error(await visitor.post(form.action, good | {"form_token": token}), 403)
    for site, status in (("https://evil.example", 403), ("http://127.0.0.1:8001", 403), ("null", 403)):
        answer = await visitor.http.post(form.action, data=good, headers={"Origin": site})
        is_our_error(answer, status)
    assert await house.events("consent.given") == []


# --- what was not asked, not shown, or not by her --------------------------------------------------------


@pytest.mark.parametrize(
    "ticked",
    [
        {"scope": ["skills", "benefits"]},
        {"scope": ["offline_access"]},
        {"scope": ["nonsense"]},
        {"hide": ["skills:nonsense"]},
        {"hide": ["benefits:x"]},
        {"future": ["benefits"]},
        {"duration": "forever"},
        {"duration": ["30d", "180d"]},
        {"decision": "maybe"},
        {"decision": ""},
    ],
)
async def test_what_the_form_never_offered_is_refused_whole(
    house: World, visitor: Visitor, ticked: dict[str, Any]
) -> None:
    page = await visitor.start()
    is_our_error(await visitor.decide(page, **ticked))
    assert await house.events("consent.given") == []
    # Nothing of it was taken, and her request is still there.
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))


async def test_what_she_answers_is_what_she_was_shown(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    await house.put("skills", kind="free", label="Tenir une caisse", level="advanced")
    again = await visitor.decide(page, scope=["skills"])
    assert again.status_code == 409
    assert "Tenir une caisse" in again.text
    assert read(again).ticked == ["skills"]  # what she had ticked stands
    assert await house.events("consent.given") == []
    for forged in ("", "0" * 64):
        form = read(again).hidden | {"page": forged, "decision": "accept"}
        assert (await visitor.post(read(again).action, form)).status_code == 409
    assert "code" in sent_back(await visitor.decide(again, scope=["skills"]))


async def test_switching_accounts_voids_what_was_shown(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    pending = read(page).action.rsplit("/", 1)[1]
    bruno = await visitor.sign_in(await visitor.get(f"/login?request={pending}"), "bruno@example.org")
    # What amina was shown is nobody's any more: another session, another form token.
    is_our_error(await visitor.decide(page, scope=["skills"]), 403)
    assert await house.events("consent.given") == []
    back = sent_back(await visitor.decide(bruno, scope=["skills"]))
    body = (await house.redeem(back["code"])).json()
    read_back = (await house.read("/v1/me/skills", body["access_token"])).json()
    labels = {skill["label"] for skill in (await house.shelf())["skills"]}
    assert not labels & {skill["label"] for skill in read_back["data"]}
    assert len(await house.events("consent.asked")) == 2


async def test_signing_out_midway_ends_the_request(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    await visitor.post("/logout", {"form_token": read(page).hidden["form_token"]})
    is_our_error(await visitor.decide(page, scope=["skills"]), 403)
    assert await house.events("consent.given") == []


async def test_a_session_fixed_beforehand_is_not_the_one_that_signs_in(
    visitor: Visitor, new_visitor: NewVisitor
) -> None:
    login = await visitor.ask()
    planted = dict(visitor.http.cookies)
    page = await visitor.sign_in(login)
    assert dict(visitor.http.cookies) != planted
    thief = new_visitor()
    thief.http.cookies.update(planted)
    is_our_error(await thief.get(read(page).action), 410)


async def test_a_pending_request_is_named_by_an_id_and_nothing_else(visitor: Visitor) -> None:
    await visitor.start()
    for name in ("0" * 32, "x", "..%2f..", "%00", "0" * 31, "☃", "0" * 5000):
        for place in ("continue", "consent"):
            answer = await visitor.get(f"/authorize/{place}/{name}")
            assert answer.status_code in {400, 404, 410}, (name, answer.status_code)
            assert "location" not in answer.headers
