"""`authorization_details` at the token endpoint: a token for less than was granted, never for more."""

import json
from typing import Any

import pytest

from tests.idp.details.rich import JSON, agreed, asking, data, detail
from tests.idp.support import World
from tests.idp.tokens import claims_of, refused
from tests.idp.visitor import Visitor, sent_back

NARROW = {"authorization_details": json.dumps([detail("skills", fields={"skills": ["label"]})])}
WIDE = asking(detail("skills", "languages"))


def fields_of_items(items: list[JSON]) -> set[str]:
    return {name for item in items for name in item}


async def waiting(visitor: Visitor, asked: JSON = WIDE, **ticked: Any) -> str:
    """A code."""
    page = await visitor.start(**asked)
    return sent_back(await visitor.decide(page, **{"scope": ["skills", "languages"]} | ticked))["code"]


async def test_a_code_redeemed_for_less(house: World, visitor: Visitor) -> None:
    body = (await house.redeem(await waiting(visitor), **NARROW)).json()
    assert set(body["scope"].split()) == {"openid", "offline_access", "skills"}
    [said] = body["authorization_details"]
    assert (said["datasets"], said["fields"]) == (["skills"], {"skills": ["label"]})
    assert claims_of(body["access_token"])["authorization_details"] == body["authorization_details"]
    assert fields_of_items(await data(house, "skills", body)) == {"label"}
    assert (await house.read("/v1/me/languages", body["access_token"])).status_code == 403
    shown = (await house.post("/introspect", {"token": body["access_token"]})).json()
    assert shown["authorization_details"] == body["authorization_details"]


async def test_the_refresh_token_keeps_all_that_was_granted(house: World, visitor: Visitor) -> None:
    first = (await house.redeem(await waiting(visitor), **NARROW)).json()
    second = (await house.refresh(first["refresh_token"])).json()
    assert [one["datasets"] for one in second["authorization_details"]] == [["skills", "languages"]]
    third = (await house.refresh(second["refresh_token"], **NARROW)).json()
    assert [one["fields"] for one in third["authorization_details"]] == [{"skills": ["label"]}]
    assert fields_of_items(await data(house, "skills", third)) == {"label"}


async def test_a_refresh_narrows_by_scope_and_details(house: World, visitor: Visitor) -> None:
    first = (await house.redeem(await waiting(visitor))).json()
    both = (await house.refresh(first["refresh_token"], scope="openid languages", **NARROW)).json()
    assert set(both["scope"].split()) == {"openid", "languages", "skills"}
    assert await data(house, "languages", both)
    assert fields_of_items(await data(house, "skills", both)) == {"label"}
    # One of its own datasets by scope alone: what the line may open of it, not more.
    by_scope = (await house.refresh(both["refresh_token"], scope="openid languages")).json()
    assert [one["datasets"] for one in by_scope["authorization_details"]] == [["languages"]]


async def test_details_narrow_a_line_of_scopes_alone_too(house: World, visitor: Visitor) -> None:
    body = await agreed(house, visitor, {"scope": "openid skills trainings offline_access"}, scope=["skills"])
    narrow = (await house.refresh(body["refresh_token"], **NARROW)).json()
    assert [one["fields"] for one in narrow["authorization_details"]] == [{"skills": ["label"]}]
    assert fields_of_items(await data(house, "skills", narrow)) == {"label"}
    again = (await house.refresh(narrow["refresh_token"])).json()
    assert "authorization_details" not in again


BEYOND = [
    (detail("trainings"), "authorization_details: trainings was not granted."),
    (
        detail("skills", fields={"skills": ["level"]}),
        "authorization_details: of skills, level was not granted.",
    ),
    (detail("skills", duration="180d"), "authorization_details: duration and frequency are the grant's"),
    (detail("skills", frequency={"reads": 1, "per": "day"}), "authorization_details: duration and frequency"),
    (detail("skills", actions=["read", "write"]), "authorization_details: skills:write was not granted."),
    (detail("contact"), "authorization_details[0].datasets[0]: to read contact is not approved"),
    (detail("skills", type="payment"), "authorization_details[0].type: the only"),
]


@pytest.mark.parametrize(("asked", "said"), BEYOND)
async def test_more_than_was_granted_is_refused_and_spends_nothing(
    house: World, visitor: Visitor, asked: JSON, said: str
) -> None:
    line = asking(detail("skills", fields={"skills": ["label"]}), detail("languages"))
    code = await waiting(visitor, line)
    form = {"authorization_details": json.dumps([asked])}
    body = refused(await house.redeem(code, **form), "invalid_authorization_details")
    assert body["error_description"].startswith(said)
    good = (await house.redeem(code)).json()  # the code is still good
    body = refused(await house.refresh(good["refresh_token"], **form), "invalid_authorization_details")
    assert body["error_description"].startswith(said)
    assert (await house.refresh(good["refresh_token"])).status_code == 200


async def test_what_she_held_back_cannot_be_had_by_asking_again(house: World, visitor: Visitor) -> None:
    code = await waiting(visitor, scope=["languages"])
    refused(await house.redeem(code, **NARROW), "invalid_authorization_details")


async def test_an_app_alone_has_no_details(house: World) -> None:
    form = {"grant_type": "client_credentials", **NARROW}
    refused(await house.post("/token", form), "invalid_authorization_details")


async def test_a_narrow_token_stays_narrow_when_the_grant_grows(house: World, visitor: Visitor) -> None:
    asked = asking(detail("skills", fields={"skills": ["label"]}))
    first = await agreed(house, visitor, asked, scope=["skills"])
    page = await visitor.ask(scope="openid skills offline_access")
    sent_back(await visitor.decide(page, scope=["skills"]))
    assert fields_of_items(await data(house, "skills", first)) == {"label"}
    again = (await house.refresh(first["refresh_token"])).json()
    assert [one["fields"] for one in again["authorization_details"]] == [{"skills": ["label"]}]
