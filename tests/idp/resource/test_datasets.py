"""The data API: what token and grant both let out of amina's profile, item by item, and nothing else."""

import json
from typing import Any

import pytest

from consent.catalogue import CATALOGUE
from consent.profile.additions import OURS
from consent.profile.document import import_document, read_document
from idp.resource.routes import serves
from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import claims_of, refused

SERVED = {name: scope.path for name, scope in CATALOGUE.items() if serves(scope)}
EVERYTHING = ["email", *SERVED]


@pytest.fixture
async def reader(world: World) -> World:
    """An app that may ask for everything."""
    optional = tuple(name for name in CATALOGUE if name not in {"openid", "profile"})
    return world.of(await add_app(world.server, "reader", "s", optional_scopes=optional), "s")


async def token_for(world: World, **form: list[str]) -> str:
    asked = " ".join(["openid", "profile", *EVERYTHING])
    await world.grant(world.client, asked=asked, **form)
    answer = await world.redeem(await world.code(world.client, scope=asked))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def without_ids(items: Any) -> Any:
    """What of items may leave: not our handles on them."""
    return [{name: value for name, value in item.items() if name not in OURS} for item in items]


def test_every_path_of_the_contract_is_served() -> None:
    assert sorted(SERVED.values()) == [
        "advisers",
        "benefits",
        "birthdate",
        "contact",
        "contracts",
        "experiences",
        "interests",
        "job-targets",
        "languages",
        "licences",
        "skills",
        "status",
        "trainings",
    ]


async def test_each_dataset_goes_out_whole_when_it_was_granted_whole(reader: World) -> None:
    token = await token_for(reader, scope=EVERYTHING)
    shelf = await reader.shelf()
    for name, path in SERVED.items():
        answer = await reader.read(f"/v1/me/{path}", token)
        assert answer.status_code == 200, (path, answer.text)
        assert answer.headers["cache-control"] == "no-store"
        body = answer.json()
        assert body.keys() == {"data", "grant_id", "event_id"}
        assert body["grant_id"] == claims_of(token)["grant_id"]
        stored = without_ids(shelf[name])
        assert stored, f"amina has no {name}: the persona should have some"
        assert body["data"] == (stored[0] if CATALOGUE[name].dataset.single else stored), path
        # Her own handles on items never leave: two apps could compare them.
        assert not any(json.dumps(item["id"]) in answer.text for item in shelf[name] if len(item["id"]) > 8)


async def test_the_ledger_names_each_read_before_it_is_answered(reader: World) -> None:
    token = await token_for(reader, scope=EVERYTHING)
    shelf = await reader.shelf()
    for name, path in SERVED.items():
        reader.clock.advance(2_000)
        body = (await reader.read(f"/v1/me/{path}", token)).json()
        event = (await reader.events("data.read"))[-1]
        assert event["id"] == body["event_id"]
        assert (event["client"], event["grant"], event["revision"]) == ("reader", body["grant_id"], 1)
        assert (event["scopes"], event["facts"]["dataset"]) == (name, name)
        assert event["facts"]["count"] == len(shelf[name])
        assert set(event["facts"]["fields"].split()) == set(without_ids(shelf[name])[0])
        assert event["request"] is not None
        assert event["person"].startswith("p-")
        assert event["commitment"] is not None
        assert reader.person_id not in json.dumps(event)


async def test_a_dataset_that_was_not_granted_is_refused_by_name(reader: World) -> None:
    token = await token_for(reader, scope=[])
    for name, path in SERVED.items():
        answer = await reader.read(f"/v1/me/{path}", token)
        said = refused(answer, "insufficient_scope", 403)
        assert name in said["error_description"]
        challenge = answer.headers["www-authenticate"]
        assert 'error="insufficient_scope"' in challenge
        assert f'scope="{name}"' in challenge
    assert await reader.events("data.read") == []


async def test_the_token_limits_what_the_grant_would_allow(reader: World) -> None:
    asked = "openid profile skills languages"
    await reader.grant(reader.client, asked=asked, scope=["skills", "languages"])
    body = (await reader.redeem(await reader.code(reader.client, scope="openid skills"))).json()
    assert (await reader.read("/v1/me/skills", body["access_token"])).status_code == 200
    refused(await reader.read("/v1/me/languages", body["access_token"]), "insufficient_scope", 403)


async def test_the_grant_limits_what_the_token_still_says(reader: World) -> None:
    token = await token_for(reader, scope=EVERYTHING)
    await reader.revoke_scope(claims_of(token)["grant_id"], "skills")
    refused(await reader.read("/v1/me/skills", token), "insufficient_scope", 403)
    answer = await reader.read("/v1/me/languages", token)
    assert answer.status_code == 200
    assert (await reader.events("data.read"))[-1]["revision"] == 2


async def test_an_item_held_back_never_leaves(reader: World) -> None:
    shelf = await reader.shelf()
    hidden, kept = shelf["experiences"][1], shelf["experiences"][0]
    token = await token_for(reader, scope=EVERYTHING, hide=[f"experiences:{hidden['id']}"])
    body = (await reader.read("/v1/me/experiences", token)).json()
    assert len(body["data"]) == len(shelf["experiences"]) - 1
    titles = [item["title"] for item in body["data"]]
    assert kept["title"] in titles
    assert hidden["title"] not in titles
    assert (await reader.events("data.read"))[-1]["facts"]["count"] == len(body["data"])


async def test_what_she_adds_later_stays_back_unless_she_said_otherwise(reader: World) -> None:
    token = await token_for(reader, scope=EVERYTHING, future=["languages"])
    before = (await reader.read("/v1/me/skills", token)).json()["data"]
    await reader.put("skills", kind="free", label="Tenir une caisse", level="advanced")
    await reader.put("languages", code="es", label="Espagnol", level="beginner")
    assert (await reader.read("/v1/me/skills", token)).json()["data"] == before
    languages = (await reader.read("/v1/me/languages", token)).json()["data"]
    assert "es" in [language["code"] for language in languages]
    # The same holds for tokens made after the addition, under the same grant.
    fresh = (await reader.redeem(await reader.code(reader.client, scope="openid skills"))).json()
    assert (await reader.read("/v1/me/skills", fresh["access_token"])).json()["data"] == before


async def test_a_corrected_item_goes_out_corrected_and_a_held_back_one_stays_back(reader: World) -> None:
    shelf = await reader.shelf()
    shown, hidden = shelf["languages"][0], shelf["languages"][1]
    token = await token_for(reader, scope=EVERYTHING, hide=[f"languages:{hidden['id']}"])
    for item in (shown, hidden):
        await reader.put("languages", **item | {"level": "beginner"})
    data = (await reader.read("/v1/me/languages", token)).json()["data"]
    levels = {language["code"]: language["level"] for language in data}
    assert levels[shown["code"]] == "beginner"
    assert hidden["code"] not in levels


async def test_an_empty_dataset_is_an_empty_list_and_an_absent_single_one_null(reader: World) -> None:
    async with reader.server.db.transaction() as tx:
        await import_document(tx, reader.owner, read_document({"skills": []}), reader.clock.now())
        nothing = read_document({"birthdate": None})
        await import_document(tx, reader.owner, nothing, reader.clock.now())
    token = await token_for(reader, scope=EVERYTHING)
    assert (await reader.read("/v1/me/skills", token)).json()["data"] == []
    assert (await reader.read("/v1/me/birthdate", token)).json()["data"] is None
    counts = [event["facts"]["count"] for event in await reader.events("data.read")]
    assert counts == [0, 0]


async def test_v1_me_tells_what_this_token_opens_now(reader: World) -> None:
    token = await token_for(reader, scope=["skills", "job_targets"])
    body = (await reader.read("/v1/me", token)).json()
    assert body["data"] == {
        "sub": claims_of(token)["sub"],
        "scopes": ["openid", "profile", "skills", "job_targets"],
        "datasets": [
            {"scope": "skills", "href": f"{ISSUER}/v1/me/skills"},
            {"scope": "job_targets", "href": f"{ISSUER}/v1/me/job-targets"},
        ],
    }
    for place in body["data"]["datasets"]:
        assert (await reader.read(place["href"].removeprefix(ISSUER), token)).status_code == 200
    await reader.revoke_scope(body["grant_id"], "skills")
    after = (await reader.read("/v1/me", token)).json()["data"]
    assert after["scopes"] == ["openid", "profile", "job_targets"]
    event = (await reader.events("data.read"))[0]
    assert (event["facts"]["dataset"], event["facts"]["count"]) == ("grant", 0)
