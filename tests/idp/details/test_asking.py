"""A request by details at /authorize: what may be asked, what she decides, what the answers say."""

import json
from typing import Any

import pytest

from consent.catalogue import CATALOGUE
from foundation.clock import DAY
from idp.details.limits import described_choice
from tests.idp.details.rich import BASE, agreed, asking, boxes, data, detail, redeemed
from tests.idp.support import World, add_app
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, sent_back

SKILLS = [field.name for field in CATALOGUE["skills"].fields(CATALOGUE["skills"].edition)]


def granted(*datasets: str, **members: Any) -> dict[str, Any]:
    """An object of an answer."""
    fields = {
        name: [one.name for one in CATALOGUE[name].fields(CATALOGUE[name].edition)] for name in datasets
    }
    said = {
        "type": "career_data",
        "datasets": [*datasets],
        "actions": ["read"],
        "fields": fields,
        "items": "current",
        "purpose": "career_guidance",
        "duration": "30d",
    }
    return said | members


# --- what may be asked -----------------------------------------------------------------------------------


async def refusal(visitor: Visitor, **fields: Any) -> dict[str, str]:
    back = sent_back(await visitor.ask(**fields))
    assert back["error"] == "invalid_authorization_details"
    return back


async def test_what_is_wrong_goes_back_to_the_app_by_name(house: World, visitor: Visitor) -> None:
    back = await refusal(visitor, **asking(detail("skills", fields={"skills": ["label", "secret"]})))
    assert back["error_description"] == ("authorization_details[0].fields.skills[1]: secret is not known.")
    assert back["state"]


async def test_an_app_that_did_not_register_the_type_may_not_ask_it(house: World, visitor: Visitor) -> None:
    await add_app(house.server, "plain", "plain-secret")
    back = await refusal(visitor, client_id="plain", **asking(detail("skills")))
    assert "not registered for this application" in back["error_description"]


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        (detail("contact"), "authorization_details[0].datasets[0]: to read contact is not approved"),
        (detail("languages", "contact"), "authorization_details[0].datasets[1]: to read contact"),
        (detail("skills", purpose="job_matching"), "authorization_details[0].purpose: the one approved"),
    ],
)
async def test_the_registration_is_the_bound(house: World, visitor: Visitor, asked: Any, place: str) -> None:
    back = await refusal(visitor, **asking(asked))
    assert back["error_description"].startswith(place)


async def test_it_comes_once(visitor: Visitor) -> None:
    twice = [json.dumps([detail("skills")])] * 2
    back = sent_back(await visitor.ask(scope=BASE, authorization_details=twice))
    assert back["error"] == "invalid_request"


async def test_openid_stays_a_scope(visitor: Visitor) -> None:
    back = sent_back(await visitor.ask(**asking(detail("skills"), scope=None)))
    assert back["error"] == "invalid_scope"


# --- details alone, both, scopes alone -------------------------------------------------------------------


async def test_details_alone_ask_their_datasets(house: World, visitor: Visitor) -> None:
    page = await visitor.start(**asking(detail("skills", "languages")))
    assert boxes(page) == {"skills", "languages"}
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills", "languages"])))
    assert set(body["scope"].split()) == {"openid", "offline_access", "skills", "languages"}
    assert body["authorization_details"] == [granted("skills", "languages")]
    assert (await data(house, "skills", body))[0].keys() == set(SKILLS)


async def test_fields_alone_leave(house: World, visitor: Visitor) -> None:
    asked = detail("skills", fields={"skills": ["label", "level"]})
    body = await agreed(house, visitor, asking(asked), scope=["skills"])
    [said] = body["authorization_details"]
    assert said["fields"] == {"skills": [name for name in SKILLS if name in {"label", "level"}]}
    assert {frozenset(item) for item in await data(house, "skills", body)} == {frozenset({"label", "level"})}


async def test_scopes_and_details_together(house: World, visitor: Visitor) -> None:
    asked = asking(detail("languages"), scope=f"{BASE} trainings")
    page = await visitor.start(**asked)
    assert boxes(page) == {"languages", "trainings"}
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["languages", "trainings"])))
    assert set(body["scope"].split()) == {"openid", "offline_access", "languages", "trainings"}
    assert body["authorization_details"] == [granted("languages")]
    assert await data(house, "trainings", body)


async def test_a_dataset_named_by_both_is_asked_as_narrowly_as_the_details_say(
    house: World, visitor: Visitor
) -> None:
    asked = asking(detail("skills", fields={"skills": ["label"]}), scope=f"{BASE} skills")
    body = await agreed(house, visitor, asked, scope=["skills"])
    assert {frozenset(item) for item in await data(house, "skills", body)} == {frozenset({"label"})}


async def test_scopes_alone_are_answered_as_ever(house: World, visitor: Visitor) -> None:
    body = await agreed(house, visitor, {"scope": f"{BASE} skills"}, scope=["skills"])
    assert "authorization_details" not in body
    assert "authorization_details" not in claims_of(body["access_token"])


async def test_to_write_is_granted_apart(house: World, visitor: Visitor) -> None:
    asked = asking(detail("skills", actions=["read", "write"]))
    page = await visitor.start(**asked)
    assert boxes(page) == {"skills", "skills:write"}
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills:write"])))
    assert body["authorization_details"] == [
        {
            "type": "career_data",
            "datasets": ["skills"],
            "actions": ["write"],
            "purpose": "career_guidance",
            "duration": "30d",
        }
    ]


# --- what she decides ------------------------------------------------------------------------------------


async def test_what_she_holds_back_is_not_in_the_answer(house: World, visitor: Visitor) -> None:
    item = (await house.shelf())["skills"][0]
    asked = asking(detail("skills", "languages", "trainings"))
    body = await agreed(
        house,
        visitor,
        asked,
        scope=["skills", "trainings"],
        hide=[f"skills:{item['id']}"],
        future=["trainings"],
        duration="once",
    )
    assert body["authorization_details"] == [
        granted("skills", duration="once"),
        granted("trainings", items="all", duration="once"),
    ]
    labels = [one["label"] for one in await data(house, "skills", body)]
    assert item["label"] not in labels
    assert len(labels) == len((await house.shelf())["skills"]) - 1


async def test_nothing_shared_is_an_empty_list(house: World, visitor: Visitor) -> None:
    body = await agreed(house, visitor, asking(detail("skills")), scope=[])
    assert body["authorization_details"] == []
    assert (await house.read("/v1/me/skills", body["access_token"])).status_code == 403


async def test_what_is_in_the_profile_now_is_all_that_can_be_shared(house: World, visitor: Visitor) -> None:
    asked = asking(detail("skills", items="current"))
    page = await visitor.start(**asked)
    assert 'name="future"' not in page.text
    slipped_in = await visitor.decide(page, scope=["skills"], future=["skills"])
    assert slipped_in.status_code == 400
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills"])))
    before = len(await data(house, "skills", body))
    await house.put("skills", kind="free", label="Apiculture", level="advanced")
    assert len(await data(house, "skills", body)) == before


async def test_she_is_offered_no_longer_than_was_asked(house: World, visitor: Visitor) -> None:
    asked = asking(detail("skills", duration="45d"))
    page = await visitor.start(**asked)
    assert (await visitor.decide(page, scope=["skills"], duration="180d")).status_code == 400
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills"], duration="45d")))
    assert body["authorization_details"] == [granted("skills", duration="45d")]
    visitor.clock.advance(45 * DAY)
    assert (await house.refresh(body["refresh_token"])).json()["error"] == "invalid_grant"


async def test_a_promised_frequency_is_told_and_kept(house: World, visitor: Visitor) -> None:
    promise = {"reads": 2, "per": "day"}
    body = await agreed(house, visitor, asking(detail("skills", frequency=promise)), scope=["skills"])
    assert body["authorization_details"] == [granted("skills", frequency=promise)]
    statuses = [(await house.read("/v1/me/skills", body["access_token"])).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


# --- what stands already ---------------------------------------------------------------------------------


async def test_a_line_opens_no_more_than_it_asked_under_a_wider_grant(house: World, visitor: Visitor) -> None:
    await agreed(house, visitor, {"scope": f"{BASE} skills trainings"}, scope=["skills", "trainings"])
    narrow = asking(detail("skills", fields={"skills": ["label"]}))
    body = await redeemed(house, sent_back(await visitor.ask(**narrow)))  # less than stands: nobody is asked
    assert {frozenset(item) for item in await data(house, "skills", body)} == {frozenset({"label"})}
    assert [one["fields"] for one in body["authorization_details"]] == [{"skills": ["label"]}]
    assert (await house.read("/v1/me/trainings", body["access_token"])).status_code == 403


async def test_asking_more_fields_is_asking_again(house: World, visitor: Visitor) -> None:
    await agreed(house, visitor, asking(detail("skills", fields={"skills": ["label"]})), scope=["skills"])
    more = asking(detail("skills", fields={"skills": ["label", "level"]}))
    page = await visitor.ask(**more)
    assert boxes(page) == {"skills"}
    refused = await redeemed(house, sent_back(await visitor.decide(page, "refuse")))
    assert [one["fields"] for one in refused["authorization_details"]] == [{"skills": ["label"]}]


async def test_other_fields_than_stand_and_refused_are_nothing(house: World, visitor: Visitor) -> None:
    await agreed(house, visitor, asking(detail("skills", fields={"skills": ["label"]})), scope=["skills"])
    page = await visitor.ask(**asking(detail("skills", fields={"skills": ["level"]})))
    body = await redeemed(house, sent_back(await visitor.decide(page, "refuse")))
    assert body["authorization_details"] == []
    assert (await house.read("/v1/me/skills", body["access_token"])).status_code == 403


async def test_what_she_withdraws_leaves_every_answer(house: World, visitor: Visitor) -> None:
    body = await agreed(house, visitor, asking(detail("skills", "languages")), scope=["skills", "languages"])
    await house.revoke_scope(body["grant_id"], "skills")
    shown = (await house.post("/introspect", {"token": body["access_token"]})).json()
    assert shown["authorization_details"] == [granted("languages")]
    refreshed = (await house.refresh(body["refresh_token"])).json()
    assert refreshed["authorization_details"] == [granted("languages")]


async def test_merging_adds_the_fields(house: World, visitor: Visitor) -> None:
    first = await agreed(
        house, visitor, asking(detail("skills", fields={"skills": ["label"]})), scope=["skills"]
    )
    page = await visitor.ask(
        **asking(
            detail("skills", fields={"skills": ["level"]}),
            detail("languages"),
            grant_management_action="merge",
            grant_id=first["grant_id"],
        )
    )
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills", "languages"])))
    [said] = body["authorization_details"]
    assert said["datasets"] == ["skills", "languages"]
    assert set(said["fields"]["skills"]) == {"label", "level"}


async def test_merging_something_else_asks_nothing_more_of_what_stands(
    house: World, visitor: Visitor
) -> None:
    asked = detail("skills", fields={"skills": ["label"]}, frequency={"reads": 3, "per": "week"})
    first = await agreed(house, visitor, asking(asked), scope=["skills"])
    page = await visitor.ask(
        scope="openid trainings", grant_management_action="merge", grant_id=first["grant_id"]
    )
    assert boxes(page) == {"trainings"}
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["trainings"])))
    assert {frozenset(item) for item in await data(house, "skills", body)} == {frozenset({"label"})}


# --- every answer ----------------------------------------------------------------------------------------


async def test_all_answers_say_the_same(house: World, visitor: Visitor) -> None:
    asked = asking(detail("skills", fields={"skills": ["label"]}))
    body = await agreed(house, visitor, asked, scope=["skills"])
    said = body["authorization_details"]
    assert claims_of(body["access_token"])["authorization_details"] == said
    for token in (body["access_token"], body["refresh_token"]):
        assert (await house.post("/introspect", {"token": token})).json()["authorization_details"] == said
    refreshed = (await house.refresh(body["refresh_token"])).json()
    assert refreshed["authorization_details"] == said
    own = (
        await house.post("/token", {"grant_type": "client_credentials", "scope": "grant_management_query"})
    ).json()["access_token"]
    grant = await house.read(f"/grants/{body['grant_id']}", own)
    assert grant.json()["authorization_details"] == said


async def test_a_whole_grant_is_told_in_the_same_words(house: World) -> None:
    choice = (await house.grant(scope=["skills", "trainings", "email"])).standing.choice
    assert described_choice(choice, "career_guidance") == [granted("skills", "trainings")]


async def test_discovery_names_the_type(house: World) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        found = (await house.http.get(path)).json()
        assert found["authorization_details_types_supported"] == ["career_data"]
