"""Single claims (OpenID Connect Core 5.5): asked of her as what they are, narrower than their scope."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.catalogue import CATALOGUE
from consent.grants import find_standing
from foundation.clock import MINUTE
from idp.authorize.claims import LONGEST, read_claims
from idp.authorize.levels import PASSWORD, acr_of, reaches
from tests.idp.support import World, add_app
from tests.idp.tokens import claims_of, refused
from tests.idp.visitor import NewVisitor, Visitor, read, sent_back


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: a request becomes a grant as every other does."""
    return sqlite_url


def asking(*, userinfo: dict[str, Any] | None = None, id_token: dict[str, Any] | None = None) -> str:
    return json.dumps({"userinfo": userinfo, "id_token": id_token})


async def userinfo(house: World, back: dict[str, str]) -> dict[str, Any]:
    body = (await house.redeem(back["code"])).json()
    answer: dict[str, Any] = (await house.read("/userinfo", body["access_token"])).json()
    return answer


async def test_one_claim_is_one_field_and_not_its_whole_scope(house: World, visitor: Visitor) -> None:
    claims = asking(userinfo={"given_name": {"essential": True}, "email": None, "phone_number": None})
    page = await visitor.start(scope="openid", claims=claims)
    assert {value for name, value in read(page).boxes if name == "scope"} == {"email"}
    told = await userinfo(house, sent_back(await visitor.decide(page, scope=["email"])))
    assert told.keys() == {"sub", "name", "given_name", "email", "email_verified"}
    assert told["name"] == told["given_name"]  # made of what she shares
    # More of the same scope is another question.
    page = await visitor.ask(scope="openid profile")
    told = await userinfo(house, sent_back(await visitor.decide(page)))
    assert {"given_name", "family_name"} <= told.keys()


async def test_a_name_is_what_it_is_made_of(house: World, visitor: Visitor) -> None:
    page = await visitor.start(scope="openid", claims=asking(userinfo={"name": {"essential": True}}))
    told = await userinfo(house, sent_back(await visitor.decide(page)))
    assert told.keys() == {"sub", "name", "given_name", "family_name"}


async def test_what_the_app_may_not_ask_is_passed_over(house: World, visitor: Visitor) -> None:
    await add_app(house.server, "modest", "m-secret", optional_scopes=())
    page = await visitor.start(
        client_id="modest", scope="openid", claims=asking(userinfo={"email": {"essential": True}})
    )
    assert {value for name, value in read(page).boxes if name == "scope"} == set()


async def test_a_claim_beside_its_whole_scope_narrows_nothing(house: World, visitor: Visitor) -> None:
    page = await visitor.start(scope="openid profile", claims=asking(userinfo={"given_name": None}))
    assert "family_name" in await userinfo(house, sent_back(await visitor.decide(page)))


async def test_sub_says_who_is_meant(house: World, visitor: Visitor, new_visitor: NewVisitor) -> None:
    back = await visitor.consented()
    amina = claims_of((await house.redeem(back["code"])).json()["id_token"])["sub"]
    for place in ("userinfo", "id_token"):
        for demand in ({"value": amina}, {"values": ["x", amina]}):
            answer = await visitor.ask(prompt="none", claims=json.dumps({place: {"sub": demand}}))
            assert "code" in sent_back(answer)
        claims = json.dumps({place: {"sub": {"value": "somebody else"}}})
        assert sent_back(await visitor.ask(prompt="none", claims=claims))["error"] == "login_required"
        login = await visitor.ask(claims=claims)
        assert login.url.path == "/login"
        assert sent_back(await visitor.sign_in(login))["error"] == "login_required"


async def test_acr_says_how_she_signed_in_where_it_is_asked(house: World, visitor: Visitor) -> None:
    await visitor.consented()

    async def acr(**asked: str) -> str | None:
        back = sent_back(await visitor.ask(**asked))
        body = (await house.redeem(back["code"])).json()
        again = (await house.refresh(body["refresh_token"])).json()
        found = {claims_of(one["id_token"]).get("acr") for one in (body, again)}
        assert len(found) == 1
        return found.pop()

    assert await acr() is None
    assert await acr(acr_values=f"urn:higher {PASSWORD}") == PASSWORD
    assert await acr(acr_values="urn:higher") == PASSWORD  # asked, not insisted on: she is told as she is
    assert await acr(claims=asking(id_token={"acr": None})) == PASSWORD
    essential = {"acr": {"essential": True, "values": ["urn:higher", PASSWORD]}}
    assert await acr(claims=asking(id_token=essential)) == PASSWORD


async def test_a_level_that_no_sign_in_reaches_is_not_pretended(visitor: Visitor) -> None:
    await visitor.consented()
    for demand in ({"value": "urn:higher"}, {"values": ["urn:higher", "0"]}):
        claims = asking(id_token={"acr": {"essential": True} | demand})
        for prompt in ("", "none"):
            back = sent_back(await visitor.ask(claims=claims, prompt=prompt))
            assert back["error"] == "unmet_authentication_requirements"


def test_levels() -> None:
    assert (acr_of("pwd"), acr_of("pwd otp mfa"), acr_of("")) == (PASSWORD, PASSWORD, "0")
    assert reaches("pwd", [PASSWORD])
    assert reaches("", [])
    assert not reaches("", [PASSWORD])
    assert not reaches("pwd", ["urn:higher"])


async def test_what_the_app_registered_stands_in(house: World, visitor: Visitor) -> None:
    app = await add_app(
        house.server, "strict", "strict-secret", default_max_age=600, default_acr_values=(PASSWORD,)
    )
    back = sent_back(await visitor.decide(await visitor.start(client_id="strict"), scope=["skills"]))
    strict = house.of(app, "strict-secret")
    assert claims_of((await strict.redeem(back["code"])).json()["id_token"])["acr"] == PASSWORD
    visitor.clock.advance(11 * MINUTE)
    assert (await visitor.ask(client_id="strict")).url.path == "/login"
    assert sent_back(await visitor.ask(client_id="strict", prompt="none"))["error"] == "login_required"
    assert "code" in sent_back(await visitor.ask(client_id="strict", max_age="3600"))


async def test_display_and_locales_are_taken_and_change_no_rule(visitor: Visitor) -> None:
    await visitor.consented()
    for display in ("page", "popup", "touch", "wap", "hologram"):
        back = await visitor.ask(display=display, claims_locales="fr en", ui_locales="en", login_hint="x")
        assert "code" in sent_back(back)


WRONG = (
    "",
    "x",
    "[]",
    "1",
    "null",
    '{"userinfo": []}',
    '{"id_token": 1}',
    '{"userinfo": {"email": true}}',
    '{"userinfo": {"email": {"essential": "yes"}}}',
    '{"userinfo": {"email": {"values": "x"}}}',
    '{"userinfo": {"email": {"value": {}}}}',
    '{"userinfo": {"email": {"value": NaN}}}',
    "[" * 5000,
    '{"a": "' + "x" * LONGEST + '"}',
)


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_claims_is_refused_in_plain_words(text: str) -> None:
    with pytest.raises(ValueError, match=r"\A[ -~]+\Z"):
        read_claims(text)


async def test_and_the_app_hears_of_it(visitor: Visitor) -> None:
    for text in ("x", "[]", '{"userinfo": {"email": 1}}', "[" * 5000):
        back = sent_back(await visitor.ask(claims=text))
        assert back["error"] == "invalid_request"
        assert "claims" in back["error_description"]


PLAIN = st.none() | st.booleans() | st.integers() | st.text()


@given(st.recursive(PLAIN, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_any_json_is_read_or_refused(document: Any) -> None:
    with contextlib.suppress(ValueError):
        asked = set(read_claims(json.dumps(document)).of_the_person)
        assert asked <= {claim for scope in CATALOGUE.values() for claim in scope.claims} - {"sub"}


async def told(house: World, visitor: Visitor, claims: str, **ticked: Any) -> dict[str, Any]:
    """What an ID token says of her beside what it always says."""
    page = await visitor.start(scope="openid", claims=claims)
    back = sent_back(await visitor.decide(page, **ticked)) if page.status_code == 200 else sent_back(page)
    body = (await house.redeem(back["code"])).json()
    said = claims_of(body["id_token"])
    usual = {"iss", "sub", "aud", "iat", "exp", "auth_time", "sid", "nonce", "at_hash"}
    return {name: value for name, value in said.items() if name not in usual}


async def test_claims_asked_for_the_id_token_are_in_it_and_recorded(house: World, visitor: Visitor) -> None:
    wanted = asking(id_token={"given_name": {"essential": True}, "name": None, "phone_number": None})
    assert await told(house, visitor, wanted) == {"given_name": "Amina", "name": "Amina Benali"}
    [recorded] = await house.events("data.read")
    assert (recorded["facts"]["dataset"], recorded["scopes"]) == ("identity", "profile")
    assert set(recorded["facts"]["fields"].split()) == {"given_name", "name"}


async def test_nobody_else_is_told_in_the_id_token(house: World, visitor: Visitor) -> None:
    assert await told(house, visitor, asking(userinfo={"given_name": None})) == {}
    assert await house.events("data.read") == []


async def test_what_she_does_not_share_is_not_in_the_id_token(house: World, visitor: Visitor) -> None:
    wanted = asking(id_token={"email": None, "email_verified": None, "given_name": None})
    assert await told(house, visitor, wanted, scope=[]) == {"given_name": "Amina"}


async def test_a_refreshed_id_token_says_who_and_no_more(house: World, visitor: Visitor) -> None:
    page = await visitor.start(claims=asking(id_token={"given_name": None}))
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    first = (await house.redeem(back["code"])).json()
    assert claims_of(first["id_token"])["given_name"] == "Amina"
    again = (await house.refresh(first["refresh_token"])).json()
    assert "given_name" not in claims_of(again["id_token"])
    assert len(await house.events("data.read")) == 1


async def test_a_choice_taken_back_meanwhile_spends_nothing(house: World, visitor: Visitor) -> None:
    """Decided on what was loaded; recorded only while that still holds."""
    page = await visitor.start(claims=asking(id_token={"given_name": None}))
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    real = house.server.signing.sign

    async def slow(drafts: Any) -> list[str]:
        house.server.signing.sign = real  # type: ignore[method-assign]  # once
        async with house.server.db.reading() as tx:
            standing = await find_standing(tx, house.person_id, "app")
        assert standing is not None
        await house.revoke_scope(standing.grant_id, "skills")
        return await real(drafts)

    house.server.signing.sign = slow  # type: ignore[method-assign]  # while it signs, she decides
    refused(await house.redeem(back["code"]), "temporarily_unavailable", 503)
    assert await house.events("data.read") == []
    assert (await house.redeem(back["code"])).status_code == 200
    assert len(await house.events("data.read")) == 1
