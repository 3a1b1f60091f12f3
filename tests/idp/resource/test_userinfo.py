"""Userinfo: the claims of exactly the scopes that token and grant both hold."""

import pytest
from sqlalchemy import update

from consent.profile.document import import_document, read_document
from foundation.statements import Write
from idp.people.tables import Account
from tests.idp.support import World
from tests.idp.tokens import claims_of, refused

PROFILE = {"name", "given_name", "family_name", "gender"}


async def token_with(world: World, asked: str, scope: list[str]) -> str:
    await world.grant(asked=asked, scope=scope)
    answer = await world.redeem(await world.code(scope=asked))
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_every_scope_opens_its_claims_and_no_other(world: World, method: str) -> None:
    token = await token_with(world, "openid profile email", ["email"])
    headers = {"Authorization": f"Bearer {token}"}
    answer = await world.http.request(method, "/userinfo", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json() == {
        "sub": claims_of(token)["sub"],
        "name": "Amina Benali",
        "given_name": "Amina",
        "family_name": "Benali",
        "gender": "female",
        "email": "amina@example.org",
        "email_verified": True,
    }


async def test_what_was_not_granted_is_not_claimed(world: World) -> None:
    token = await token_with(world, "openid profile email", [])
    assert (await world.read("/userinfo", token)).json().keys() == {"sub", *PROFILE}


async def test_what_this_token_did_not_ask_is_not_claimed(world: World) -> None:
    await world.grant()
    body = (await world.redeem(await world.code(scope="openid email"))).json()
    answer = (await world.read("/userinfo", body["access_token"])).json()
    assert answer.keys() == {"sub", "email", "email_verified"}


async def test_without_openid_there_is_no_userinfo(world: World) -> None:
    first = await world.tokens()
    body = (await world.refresh(first["refresh_token"], scope="profile")).json()
    answer = await world.read("/userinfo", body["access_token"])
    assert "openid" in refused(answer, "insufficient_scope", 403)["error_description"]


async def test_a_scope_withdrawn_since_is_not_claimed_and_not_told_as_read(world: World) -> None:
    decided = await world.grant()
    body = (await world.redeem(await world.code())).json()
    await world.revoke_scope(decided.standing.grant_id, "email")
    assert (await world.read("/userinfo", body["access_token"])).json().keys() == {"sub", *PROFILE}
    [event] = await world.events("data.read")
    assert event["scopes"] == "openid profile"
    assert event["revision"] == 2


async def test_an_address_leaves_only_once_its_owner_proved_it(world: World) -> None:
    token = await token_with(world, "openid profile email", ["email"])
    async with world.server.db.transaction() as tx:
        await tx.run(Write(update(Account).values(email_verified_at=None)))
    answer = (await world.read("/userinfo", token)).json()
    assert answer.keys() == {"sub", *PROFILE}


async def test_a_read_of_claims_is_a_read_like_any_other(world: World) -> None:
    token = await token_with(world, "openid profile email", ["email"])
    await world.read("/userinfo", token)
    [event] = await world.events("data.read")
    assert event["facts"]["dataset"] == "identity"
    assert event["scopes"] == "openid profile email"
    assert set(event["facts"]["fields"].split()) == {"sub", "email", "email_verified", *PROFILE}
    assert event["facts"]["count"] == 1  # her identity; an address is no item


async def test_the_name_may_be_missing(world: World) -> None:
    async with world.server.db.transaction() as tx:
        await import_document(tx, world.owner, read_document({"identity": None}), world.clock.now())
    token = await token_with(world, "openid profile", [])
    assert (await world.read("/userinfo", token)).json().keys() == {"sub"}


FORM = "application/x-www-form-urlencoded"


async def test_a_form_of_a_post_brings_the_token_too(world: World) -> None:
    """RFC 6750 section 2.2, as OpenID Connect Core section 5.3.1 has it."""
    token = await token_with(world, "openid profile email", ["email"])
    by_header = (await world.read("/userinfo", token)).json()
    answer = await world.http.post("/userinfo", data={"access_token": token, "more": "x"})
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == by_header
    assert len(await world.events("data.read")) == 2
    # As before, a form may stand beside the header, and a body of any other kind too.
    headers = {"Authorization": f"Bearer {token}"}
    for more in ({"data": {"more": "x"}}, {"json": {"access_token": token}}, {}):
        assert (await world.http.post("/userinfo", headers=headers, **more)).status_code == 200


async def test_a_token_is_shown_in_one_way(world: World) -> None:
    """RFC 6750 section 2: not in two, whatever they say; and once in the form."""
    token = await token_with(world, "openid profile", [])
    for value in (f"Bearer {token}", "Bearer x", "DPoP x", "Basic eDp4", ""):
        answer = await world.http.post(
            "/userinfo", data={"access_token": token}, headers={"Authorization": value}
        )
        refused(answer, "invalid_request")
    both = {"params": {"access_token": token}, "data": {"access_token": token}}
    refused(await world.http.post("/userinfo", **both), "invalid_request")
    twice = {"content": f"access_token={token}&access_token={token}", "headers": {"Content-Type": FORM}}
    refused(await world.http.post("/userinfo", **twice), "invalid_request")
    assert await world.events("data.read") == []


@pytest.mark.parametrize("change", ["{}x", " {}", "{} ", "{}=", "é{}", "x", "\U0001f4a9"])
async def test_a_form_brings_the_token_and_nothing_like_it(world: World, change: str) -> None:
    token = await token_with(world, "openid profile", [])
    answer = await world.http.post("/userinfo", data={"access_token": change.format(token)})
    refused(answer, "invalid_token", 401)


async def test_a_form_that_shows_no_token_is_no_form_of_it(world: World) -> None:
    token = await token_with(world, "openid profile", [])
    for more in (
        {"data": {"access_token": ""}},
        {"json": {"access_token": token}},
        {"files": {"access_token": token}},
    ):
        refused(await world.http.post("/userinfo", **more), "missing_token", 401)
    form = {"content": f"access_token={token}", "headers": {"Content-Type": FORM}}
    refused(await world.http.request("GET", "/userinfo", **form), "missing_token", 401)
    for body in ("access_token=%", "access_token=%00", b"access_token=\xff"):
        answer = await world.http.post("/userinfo", content=body, headers={"Content-Type": FORM})
        refused(answer, "invalid_request")
    many = {"content": "a" * 70_000, "headers": {"Content-Type": FORM}}
    refused(await world.http.post("/userinfo", **many), "invalid_request", 413)
