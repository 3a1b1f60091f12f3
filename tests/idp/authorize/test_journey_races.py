"""What happens elsewhere while a request is under way; and what of it all may be told."""

import asyncio

import pytest

from tests.idp.support import World
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, is_our_error, sent_back


async def test_a_withdrawal_beats_an_acceptance_of_a_change(house: World, visitor: Visitor) -> None:
    first = "openid profile skills"
    sent_back(await visitor.decide(await visitor.start(scope=first), scope=["skills"]))
    page = await visitor.ask(scope=first + " trainings")
    [given] = await house.events("consent.given")
    await house.revoke(given["grant"])
    answer = await visitor.decide(page, scope=["trainings"])
    assert answer.status_code == 409  # a first request now, which she has not been shown
    assert await house.events("consent.amended") == []


async def test_two_tabs_of_one_app_end_in_one_grant(house: World, visitor: Visitor) -> None:
    one = await visitor.start()
    two = await visitor.ask()
    backs = await asyncio.gather(
        visitor.decide(one, scope=["skills"]), visitor.decide(two, scope=["skills", "email"])
    )
    statuses = sorted(answer.status_code for answer in backs)
    assert statuses in ([303, 303], [303, 409])
    assert len(await house.events("consent.given")) == 1


async def test_the_code_is_for_the_verifier_of_this_very_request(house: World, visitor: Visitor) -> None:
    """A verifier of one request is worth nothing for another's code."""
    await visitor.consented()
    other = "B" * 43
    mine = sent_back(await visitor.ask(code_challenge=other))
    assert (await house.redeem(mine["code"])).status_code == 400
    good = sent_back(await visitor.ask())
    body = (await house.redeem(good["code"])).json()
    assert claims_of(body["id_token"])["nonce"] == "n-1"


async def test_nothing_of_this_is_ever_logged(
    house: World, visitor: Visitor, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    back = await visitor.consented()
    body = (await house.redeem(back["code"])).json()
    await house.refresh(body["refresh_token"])
    await house.read("/v1/me/skills", body["access_token"])
    is_our_error(await visitor.ask(client_id="nobody"))
    said = capfd.readouterr()
    logged = said.out + said.err + caplog.text
    for secret in (body["access_token"], body["refresh_token"], body["id_token"], "app-secret", "Benali"):
        assert secret not in logged
    for value in visitor.http.cookies.values():
        assert value not in logged
