"""POST /v1/me/skills: what an app may add, what it may not find out, and what the person sees of it."""

import asyncio
from typing import Any

import httpx
import pytest

from consent.profile.additions import MOST_BY_APP
from consent.profile.store import load, save
from tests.idp.support import World, add_app
from tests.idp.visitor import Visitor, read

ASKED = "openid profile skills:write"
SKILL = {"kind": "free", "label": "Taille des rosiers", "level": "beginner"}


@pytest.fixture
async def writer(world: World) -> World:
    client = await add_app(
        world.server, "writer", "writer-secret", optional_scopes=("skills", "skills:write")
    )
    return world.of(client, "writer-secret")


async def token_of(world: World, *ticked: str) -> str:
    asked = f"openid profile {' '.join(ticked)}"
    await world.grant(asked=asked, scope=list(ticked))
    answer = await world.redeem(await world.code(scope=asked))
    return str(answer.json()["access_token"])


async def post(world: World, token: str, body: Any) -> httpx.Response:
    return await world.http.post("/v1/me/skills", json=body, headers={"authorization": f"Bearer {token}"})


async def skills(world: World) -> list[dict[str, Any]]:
    async with world.server.db.reading() as tx:
        return list((await load(tx, world.owner, "skills")).items)


async def test_an_added_skill_is_hers_marked_and_recorded(writer: World):
    before = await skills(writer)
    answer = await post(writer, await token_of(writer, "skills:write"), SKILL)
    assert answer.status_code == 201
    assert answer.json()["data"] == SKILL | {"rome_code": None}
    added = (await skills(writer))[-1]
    assert len(await skills(writer)) == len(before) + 1
    assert (added["label"], added["added_by"]) == ("Taille des rosiers", "writer")
    (event,) = await writer.events("data.written")
    assert event["id"] == answer.json()["event_id"]
    assert (event["client"], event["scopes"], event["facts"]) == (
        "writer",
        "skills:write",
        {"dataset": "skills", "count": 1},
    )
    assert "rosiers" not in str(event)


@pytest.mark.parametrize("asked", ["skills", ""])
async def test_an_app_that_may_only_read_writes_nothing(writer: World, asked: str):
    answer = await post(writer, await token_of(writer, *asked.split()), SKILL)
    assert answer.status_code == 403
    assert answer.json()["error"] == "insufficient_scope"
    assert 'scope="skills:write"' in answer.headers["www-authenticate"]


async def test_what_it_adds_is_not_read_by_it_nor_by_others_until_she_says_so(writer: World):
    answer = await post(writer, await token_of(writer, "skills:write"), SKILL)
    assert answer.status_code == 201
    token = await token_of(writer, "skills", "skills:write")  # asked again: it is listed now, she sees it
    shared = (await writer.read("/v1/me/skills", token)).json()["data"]
    assert [one for one in shared if one["label"] == SKILL["label"]] == [SKILL | {"rome_code": None}]
    assert all(set(one) == {"kind", "label", "level", "rome_code"} for one in shared)
    await post(writer, token, SKILL | {"label": "Greffe"})
    shared = (await writer.read("/v1/me/skills", token)).json()["data"]
    assert "Greffe" not in str(shared)


async def test_trying_finds_out_nothing(writer: World):
    """The answer is the same for a skill that she has, and her own level is not changed."""
    token = await token_of(writer, "skills:write")
    before = await skills(writer)
    known = next(one for one in before if one["kind"] == "rome")
    again = {"kind": "rome", "label": "x", "rome_code": known["rome_code"], "level": "unrated"}
    taken = await post(writer, token, again)
    fresh = await post(writer, token, SKILL)
    assert (taken.status_code, fresh.status_code) == (201, 201)
    assert taken.json().keys() == fresh.json().keys()
    assert taken.json()["data"] == again | {"label": known["label"]}
    assert taken.json()["event_id"]
    assert (await skills(writer))[:-1] == before
    assert [leaf["facts"]["count"] for leaf in await writer.events("data.written")] == [0, 1]


async def test_of_many_calls_at_once_each_skill_is_there_once(writer: World):
    token = await token_of(writer, "skills:write")
    before = len(await skills(writer))
    bodies = [SKILL | {"label": f"Geste {number % 4}"} for number in range(12)]
    answers = await asyncio.gather(*(post(writer, token, body) for body in bodies))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert 201 in {answer.status_code for answer in answers}
    labels = [one["label"] for one in (await skills(writer))[before:]]
    assert len(labels) == len(set(labels)) <= 4
    counts = [leaf["facts"]["count"] for leaf in await writer.events("data.written")]
    assert sum(counts) == len(labels)


async def test_an_app_adds_only_so_many(writer: World):
    token = await token_of(writer, "skills:write")
    async with writer.server.db.transaction() as tx:
        kept = await load(tx, writer.owner, "skills")
        given = [
            {"id": f"a{number}", "kind": "free", "label": f"Geste {number}", "level": "unrated"}
            | {"rome_code": None, "added_by": "writer"}
            for number in range(MOST_BY_APP)
        ]
        await save(tx, writer.owner, kept, given, writer.clock.now())
    answer = await post(writer, token, SKILL)
    assert (answer.status_code, answer.json()["error"]) == (409, "too_many_added")
    assert len(await skills(writer)) == MOST_BY_APP


BAD: list[tuple[Any, int, str]] = [
    ({}, 422, "kind"),
    (SKILL | {"kind": "magic"}, 422, "kind"),
    (SKILL | {"label": "x" * 5000}, 422, "label"),
    (SKILL | {"label": "a\u202eb"}, 422, "label"),
    (SKILL | {"rome_code": "103520"}, 422, ""),
    (SKILL | {"id": "s01"}, 422, "id"),
    (SKILL | {"added_by": "somebody"}, 422, "added_by"),
    (SKILL | {"surprise": 1}, 422, "surprise"),
    ([SKILL], 400, "object"),
    ("text", 400, "object"),
]


@pytest.mark.parametrize(("body", "status", "named"), BAD)
async def test_hostile_bodies_are_refused_by_name(writer: World, body: Any, status: int, named: str):
    before = await skills(writer)
    answer = await post(writer, await token_of(writer, "skills:write"), body)
    assert answer.status_code == status, answer.text
    assert named in answer.json()["error_description"]
    assert await skills(writer) == before


@pytest.mark.parametrize(
    ("body", "media", "status"),
    [
        (b"{", "application/json", 400),
        (b'{"label": NaN}', "application/json", 400),
        (b"\xff\xfe", "application/json", 400),
        (b"[" * 50_000, "application/json", 400),
        (b" " * 70_000, "application/json", 413),
        (b"label=x", "application/x-www-form-urlencoded", 415),
    ],
)
async def test_bytes_that_are_no_json_object(writer: World, body: bytes, media: str, status: int):
    headers = {"authorization": f"Bearer {await token_of(writer, 'skills:write')}", "content-type": media}
    answer = await writer.http.post("/v1/me/skills", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"] == "invalid_request"


async def test_after_a_revoke_nothing_is_written(writer: World):
    token = await token_of(writer, "skills:write")
    await writer.revoke((await writer.events("consent.given"))[-1]["grant"])
    assert (await post(writer, token, SKILL)).status_code == 401
    assert await writer.events("data.written") == []


async def test_she_sees_who_added_it_changes_it_and_removes_it(house: World, visitor: Visitor):
    client = await add_app(
        house.server, "writer", "writer-secret", name="Jardin & Cie", optional_scopes=("skills:write",)
    )
    writer = house.of(client, "writer-secret")
    await post(writer, await token_of(writer, "skills:write"), SKILL)
    await visitor.sign_in(await visitor.get("/login"))
    assert "Ajoutée par Jardin &amp; Cie" in (await visitor.get("/account")).text
    item = (await skills(writer))[-1]
    form = await visitor.get(f"/account/profile/skills/{item['id']}")
    hidden = read(form).hidden | {"label": "Taille", "level": "advanced"}
    assert (await visitor.post(f"/account/profile/skills/{item['id']}", hidden)).status_code == 303
    changed = (await skills(writer))[-1]
    assert (changed["label"], changed["added_by"]) == ("Taille", "writer")
    page = await visitor.get(f"/account/profile/skills/{item['id']}/remove")
    await visitor.post(f"/account/profile/skills/{item['id']}/remove", read(page).hidden)
    assert all(one["id"] != item["id"] for one in await skills(writer))


async def test_the_consent_screen_says_that_nothing_leaves(house: World, visitor: Visitor):
    await add_app(house.server, "writer", "writer-secret", optional_scopes=("skills:write",))
    page = await visitor.start(client_id="writer", scope=ASKED)
    assert "l’application ajoute, elle ne lit pas" in page.text
    assert "Aucune donnée" not in page.text
