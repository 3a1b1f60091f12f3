"""What she reads of one app that acted for another, in her language."""

import csv
import html
import io
import json
import re

import pytest

from tests.idp.exchange.pair import Pair
from tests.idp.rights.test_export import files, taken
from tests.idp.support import World
from tests.idp.visitor import Visitor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Pages do not depend on the engine."""
    return sqlite_url


async def _told(visitor: Visitor, path: str, **headers: str) -> str:
    """The words of a page, without its tags."""
    page = await visitor.get(path, **headers)
    assert page.status_code == 200
    plain = html.unescape(re.sub(r"<[^>]+>", " ", page.text))
    return " ".join(plain.replace("\u00a0", " ").replace("\u202f", " ").split())


async def test_her_history_says_on_whose_behalf(house: World, visitor: Visitor) -> None:
    pair = await Pair.make(house)
    token = await pair.ready()
    body = await pair.exchanged(token, scope="skills")
    for _ in range(2):
        await pair.adviser.read("/v1/me/skills", body["access_token"])
    own = (await pair.adviser.redeem(await pair.adviser.code())).json()["access_token"]
    await pair.adviser.read("/v1/me/skills", own)
    await visitor.sign_in(await visitor.get("/login"))
    number = len((await house.shelf())["skills"])
    said = f"Compétences : {number} éléments"
    everything = await _told(visitor, "/account/history")
    assert f"Conseil – Lecture {said}, pour le compte de Cap Coaching 2 fois" in everything
    assert f"Conseil – Lecture {said} " in everything.replace(f"{said},", "")
    assert "L’application agit pour une autre, que vous avez aussi autorisée" in everything
    alone = await _told(visitor, f"/account/history?grant={body['grant_id']}")
    assert alone.count("pour le compte de Cap Coaching") == 2
    assert "Pour le compte de Cap Coaching" in alone
    english = await _told(visitor, "/account/history?lang=en", **{"Accept-Language": "en"})
    assert "on behalf of Cap Coaching" in english


async def test_her_archive_says_on_whose_behalf(house: World, visitor: Visitor) -> None:
    pair = await Pair.make(house)
    body = await pair.exchanged(await pair.ready(), scope="skills")
    await pair.adviser.read("/v1/me/skills", body["access_token"])
    own = (await pair.adviser.redeem(await pair.adviser.code())).json()["access_token"]
    await pair.adviser.read("/v1/me/skills", own)
    found = files(await taken(visitor))
    reads = list(csv.DictReader(io.StringIO(found["csv/reads.csv"].decode("utf-8-sig"), newline="")))
    told = [(one["app"], one["on_behalf_of"], one["on_behalf_of_client_id"]) for one in reads]
    assert told == [("Conseil", "Cap Coaching", "app"), ("Conseil", "", "")]
    lines = [json.loads(line) for line in found["history.jsonl"].splitlines()]
    behalves = [one["on_behalf_of"] for one in lines if one["event"] == "data.read"]
    assert behalves[0] == next(
        one["recipient"] for one in lines if (one["recipient"] or {}).get("client_id") == "app"
    )
    assert behalves[1] is None
