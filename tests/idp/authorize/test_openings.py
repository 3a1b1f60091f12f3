"""Opening requests is bounded, by browser and by network, and what is one too many ends on our own page."""

import asyncio
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import func, select
from starlette.types import ASGIApp

from foundation.clock import MINUTE
from foundation.settings import Settings
from foundation.statements import Statement
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.authorize.tables import PendingRequest
from tests.idp.support import ISSUER, World, add_app, settings_for
from tests.idp.visitor import GOOD, NewVisitor, Visitor, is_our_error, sent_back

SESSION, NETWORK = 3, 8


class Count(NamedTuple):
    rows: int


_KEPT = Statement(select(func.count().label("rows")).select_from(PendingRequest), Count)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    limits = {"authorize_per_session": SESSION, "authorize_per_network": NETWORK}
    return settings_for(database_url, tmp_path, **limits)


async def kept(house: World) -> int:
    async with house.server.db.reading() as tx:
        return (await tx.one(_KEPT)).rows


def wait_of(answer: httpx.Response) -> int:
    """Assert that it was one too many; the seconds to wait."""
    text = is_our_error(answer, 429)
    assert "Trop de demandes en peu de temps" in text
    assert "Attendez un quart d’heure, puis repartez de l’application." in text
    return int(answer.headers["retry-after"])


async def test_a_browser_opens_so_many_and_again_later(
    house: World, visitor: Visitor, new_visitor: NewVisitor
) -> None:
    await visitor.ask()  # brings no session yet: counted by network alone
    for _ in range(SESSION):
        assert (await visitor.ask()).url.path == "/login"
    for changed in ({}, {"prompt": "none"}, {"client_id": "other"}):
        assert 0 < wait_of(await visitor.ask(**changed)) <= 900
    assert await kept(house) == SESSION + 1
    assert (await new_visitor().ask()).url.path == "/login"
    house.clock.advance(15 * MINUTE)
    assert (await visitor.ask()).url.path == "/login"


async def test_it_is_said_in_english_too(visitor: Visitor) -> None:
    for _ in range(SESSION + 1):
        await visitor.ask()
    page = is_our_error(await visitor.get(f"/authorize?{urlencode(GOOD)}&lang=en"), 429)
    assert "Too many requests in a short time" in page
    assert "Wait a quarter of an hour" in page


async def test_a_network_opens_so_many_whatever_its_browsers_forget(
    house: World, app: ASGIApp, new_visitor: NewVisitor
) -> None:
    for _ in range(NETWORK):
        assert (await new_visitor().ask()).url.path == "/login"
    wait_of(await new_visitor().ask())
    elsewhere = httpx.ASGITransport(app=app, client=("192.0.2.7", 1))
    async with httpx.AsyncClient(transport=elsewhere, base_url=ISSUER) as other:
        assert (await other.get(f"/authorize?{urlencode(GOOD)}")).status_code == 303
    assert await kept(house) == NETWORK + 1


async def test_no_race_keeps_more(house: World, new_visitor: NewVisitor) -> None:
    answers = await asyncio.gather(*(new_visitor().ask() for _ in range(3 * NETWORK)))
    assert sorted(answer.status_code for answer in answers) == [200] * NETWORK + [429] * 2 * NETWORK
    assert await kept(house) == NETWORK


async def test_what_is_not_kept_does_not_count(house: World, visitor: Visitor) -> None:
    for _ in range(NETWORK):
        assert sent_back(await visitor.ask(scope="openid nonsense"))["error"] == "invalid_scope"
        is_our_error(await visitor.ask(client_id="nobody"))
    assert await kept(house) == 0
    assert (await visitor.ask()).url.path == "/login"


async def test_pushing_for_an_app_that_anyone_can_pose_as_is_bounded_by_network(house: World) -> None:
    public = await add_app(
        house.server, "public", None, auth_method="none", grant_types=("authorization_code",)
    )
    good = {**GOOD, "client_id": "public"}
    answers = [await house.of(public, "").post(PUSHED_PATH, good) for _ in range(NETWORK + 1)]
    assert [answer.status_code for answer in answers] == [201] * NETWORK + [429]
    assert answers[-1].json()["error"] == "too_many_openings"
    assert int(answers[-1].headers["retry-after"]) > 0
    # An app that authenticates is not anybody.
    assert (await house.post(PUSHED_PATH, GOOD)).status_code == 201
