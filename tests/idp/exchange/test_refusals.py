"""What cannot be exchanged, by whom, and for whom."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from pydantic import ValidationError

from idp.clients.metadata import ClientMetadata
from idp.exchange.asked import ACCESS_TOKEN, JWT
from idp.exchange.proving import MOST_EXCHANGES
from tests.idp.dpop.holder import Holder, key
from tests.idp.exchange.pair import EXCHANGE, KINDS, Pair
from tests.idp.support import ISSUER, add_app
from tests.idp.tokens import altered, claims_of, refused

TYPE = "urn:ietf:params:oauth:token-type:"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """Rules in memory: one engine is enough."""
    return sqlite_url


async def test_types_are_those_of_access_tokens(pair: Pair) -> None:
    token = await pair.ready()
    for wrong in ("", "access_token", TYPE + "refresh_token", TYPE + "id_token", TYPE + "saml2"):
        refused(await pair.exchange(token, subject_token_type=wrong), "invalid_request")
        if wrong:
            refused(await pair.exchange(token, requested_token_type=wrong), "invalid_request")
    refused(await pair.exchange(token, requested_token_type=JWT), "invalid_request")
    refused(await pair.exchange(token, actor_token_type=ACCESS_TOKEN), "invalid_request")
    refused(await pair.exchange("", subject_token=""), "invalid_request")
    assert (await pair.exchanged(token, subject_token_type=JWT))["issued_token_type"] == ACCESS_TOKEN
    assert await pair.exchanged(token, requested_token_type=ACCESS_TOKEN)


async def test_only_a_live_access_token_of_a_person_is_taken(pair: Pair) -> None:
    token = await pair.ready()
    whole = (await pair.app.redeem(await pair.app.code())).json()
    own = (await pair.app.post("/token", {"grant_type": "client_credentials"})).json()["access_token"]
    for wrong in (
        whole["refresh_token"],
        whole["id_token"],
        own,
        altered(token, -3),
        "x",
        await pair.app.code(),
    ):
        refused(await pair.exchange(wrong), "invalid_request")


async def test_only_an_app_that_is_registered_for_it(pair: Pair) -> None:
    token = await pair.ready()
    other = Pair(pair.app, pair.app)
    refused(await other.exchange(token), "unauthorized_client")
    with pytest.raises(ValidationError, match="authenticates"):
        ClientMetadata(name="Public", auth_method="none", grant_types=(EXCHANGE,))


async def test_an_audience_is_the_data_api_or_the_app_itself(pair: Pair) -> None:
    token = await pair.ready()
    for audience in (f"{ISSUER}/v1", "adviser"):
        assert await pair.exchanged(token, audience=audience)
    assert await pair.exchanged(token, resource=f"{ISSUER}/v1")
    for other in ("app", "unknown", "https://elsewhere.example"):
        refused(await pair.exchange(token, audience=other), "invalid_target")
    refused(await pair.exchange(token, resource="https://elsewhere.example"), "invalid_target")


async def test_audience_and_resource_may_repeat(pair: Pair) -> None:
    token = await pair.ready()
    fields: list[tuple[str, str]] = [
        ("grant_type", EXCHANGE),
        ("subject_token", token),
        ("subject_token_type", ACCESS_TOKEN),
        ("resource", f"{ISSUER}/v1"),
        ("resource", f"{ISSUER}/v1/me"),
        ("audience", "adviser"),
    ]
    good = await _send(pair, [*fields, ("audience", f"{ISSUER}/v1")])
    assert good.status_code == 200, good.text
    refused(await _send(pair, [*fields, ("audience", "app")]), "invalid_target")
    refused(await _send(pair, [*fields, ("subject_token", token)]), "invalid_request")


async def _send(pair: Pair, fields: list[tuple[str, str]]) -> Any:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    auth = ("adviser", "adviser-secret")
    return await pair.app.http.post("/token", content=urlencode(fields), headers=headers, auth=auth)


async def test_the_actor_is_the_app_that_asks(pair: Pair) -> None:
    token = await pair.ready()
    own = (await pair.adviser.post("/token", {"grant_type": "client_credentials"})).json()["access_token"]
    other = (await pair.app.post("/token", {"grant_type": "client_credentials"})).json()["access_token"]
    body = await pair.exchanged(token, actor_token=own, actor_token_type=ACCESS_TOKEN)
    assert claims_of(body["access_token"])["act"]["sub"] == "adviser"
    for wrong in (other, token, altered(own, -3), "x"):
        refused(
            await pair.exchange(token, actor_token=wrong, actor_token_type=ACCESS_TOKEN), "invalid_request"
        )
    refused(await pair.exchange(token, actor_token=own), "invalid_request")


async def test_an_app_may_say_who_acts_for_it(pair: Pair) -> None:
    server = pair.app.server
    for named, answer in ((("adviser",), 200), (("somebody",), 400)):
        name = f"picky-{named[0]}"
        picky = pair.app.of(await add_app(server, name, "picky-secret", may_act=named), "picky-secret")
        token = await Pair(picky, pair.adviser).ready()
        got = await pair.exchange(token)
        assert got.status_code == answer, got.text
        if answer != 200:
            refused(got, "invalid_request")


async def test_an_app_narrows_a_token_of_its_own(pair: Pair) -> None:
    await pair.adviser.grant()
    own = (await pair.adviser.redeem(await pair.adviser.code())).json()["access_token"]
    body = await pair.exchanged(own, scope="skills")
    assert claims_of(body["access_token"])["act"] == {"sub": "adviser"}
    assert (await pair.adviser.read("/v1/me/trainings", body["access_token"])).status_code == 403
    assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 200
    [leaf] = await pair.app.events("data.read")
    assert "behalf" not in leaf["facts"]


async def test_a_chain_of_exchanges_has_an_end(pair: Pair) -> None:
    token = await pair.ready()
    third = pair.app.of(
        await add_app(pair.app.server, "third", "third-secret", grant_types=KINDS), "third-secret"
    )
    await third.grant()
    turns = [pair, replace(pair, adviser=third)]
    for turn in range(MOST_EXCHANGES):
        token = (await turns[turn % 2].exchanged(token))["access_token"]
    refused(await turns[0].exchange(token), "invalid_request")
    actors, act = [], claims_of(token)["act"]
    while act:
        actors.append(act["sub"])
        act = act.get("act")
    assert actors == ["third", "adviser", "third", "adviser", "app"]
    assert [one["facts"]["depth"] for one in await pair.app.events("token.exchanged")] == [1, 2, 3, 4]
    read = await third.read("/v1/me/skills", token)
    assert read.status_code == 200
    [leaf] = await pair.app.events("data.read")
    assert leaf["facts"]["behalf"] == "adviser"
    # The first of them ends all that came of it.
    await pair.app.revoke((await pair.app.events("token.exchanged"))[0]["facts"]["behalf_grant"])
    assert (await third.read("/v1/me/skills", token)).status_code == 401


async def test_details_narrow_it_further(pair: Pair) -> None:
    details = '[{"type":"career_data","datasets":["skills"],"actions":["read"]}]'
    client = await add_app(
        pair.app.server,
        "typed",
        "typed-secret",
        grant_types=KINDS,
        authorization_details_types=("career_data",),
    )
    typed = replace(pair, adviser=pair.app.of(client, "typed-secret"))
    token = await typed.ready()
    body = await typed.exchanged(token, authorization_details=details)
    assert body["authorization_details"][0]["datasets"] == ["skills"]
    assert "trainings" not in body["scope"].split()
    refused(
        await typed.exchange(token, authorization_details=details.replace("skills", "benefits")),
        "invalid_authorization_details",
    )


# --- bound tokens ------------------------------------------------------------------------------------------


async def test_a_bound_token_is_exchanged_by_whoever_proves_its_key(pair: Pair) -> None:
    holder = await Holder(pair.app).learn()
    await pair.adviser.grant()
    token = (await holder.tokens())["access_token"]
    refused(await pair.exchange(token), "invalid_dpop_proof")
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
    stranger = Holder(pair.adviser, key("ES256", 2), nonce=holder.nonce)
    refused(await stranger.post("/token", form), "invalid_request")
    same = Holder(pair.adviser, nonce=holder.nonce)
    body = (await same.post("/token", form)).json()
    assert body["token_type"] == "DPoP"
    assert claims_of(body["access_token"])["cnf"] == {"jkt": holder.jkt}
    assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 401
    assert (await same.read("/v1/me/skills", body["access_token"])).status_code == 200


async def test_a_free_token_may_be_exchanged_for_a_bound_one(pair: Pair) -> None:
    token = await pair.ready()
    holder = await Holder(pair.adviser).learn()
    form = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS_TOKEN}
    body = (await holder.post("/token", form)).json()
    assert claims_of(body["access_token"])["cnf"] == {"jkt": holder.jkt}
