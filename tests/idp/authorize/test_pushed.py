"""Pushed requests (RFC 9126): of one app, for one authorization, for a short while; nothing beside counts."""

import asyncio
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from sqlalchemy import bindparam, update
from sqlmodel import col

from foundation.clock import HOUR, SECOND
from foundation.statements import Write
from idp.authorize.pushed import store
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.clients.tables import Client
from tests.idp.authorize.test_checks import REDIRECTED, SHOWN
from tests.idp.clients.test_redirects import NOT_THE_SAME
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import app_key, asserting, assertion_claims, public_jwks, refused, signed
from tests.idp.visitor import GOOD, Visitor, is_our_error, read, sent_back


async def push(world: World, **changed: Any) -> httpx.Response:
    """The app pushes a good request, with changes; None leaves a parameter out."""
    fields = {**GOOD, "client_id": world.client.id} | changed
    return await world.post(PUSHED_PATH, {name: value for name, value in fields.items() if value is not None})


async def pushed(world: World, **changed: Any) -> str:
    answer = await push(world, **changed)
    assert answer.status_code == 201, answer.text
    body: dict[str, Any] = answer.json()
    assert body.keys() == {"request_uri", "expires_in"}
    assert body["expires_in"] == world.server.settings.pushed_request_seconds
    assert answer.headers["cache-control"] == "no-store"
    return str(body["request_uri"])


async def bring(visitor: Visitor, uri: str, client: str = "app", /, **beside: Any) -> httpx.Response:
    """The browser comes with a request_uri, and what somebody put beside it."""
    query = {"client_id": client, "request_uri": uri} | beside
    return await visitor.follow(await visitor.get(f"/authorize?{urlencode(query, doseq=True)}"))


async def test_a_pushed_request_goes_the_whole_way(house: World, visitor: Visitor) -> None:
    request_uri = await pushed(house)
    assert request_uri.startswith("urn:ietf:params:oauth:request_uri:")
    page = await visitor.sign_in(await bring(visitor, request_uri))
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert back["state"] == GOOD["state"]
    assert (await house.redeem(back["code"])).status_code == 200


async def test_it_is_used_by_the_answer_and_not_by_looking(house: World, visitor: Visitor) -> None:
    request_uri = await pushed(house)
    pages = [await visitor.sign_in(await bring(visitor, request_uri)), await bring(visitor, request_uri)]
    assert read(pages[0]).action != read(pages[1]).action
    assert "code" in sent_back(await visitor.decide(pages[1], scope=["skills"]))
    is_our_error(await visitor.decide(pages[0], scope=["skills"]), 410)
    is_our_error(await bring(visitor, request_uri))
    assert [len(await house.events(name)) for name in ("consent.given", "code.issued")] == [1, 1]


@pytest.mark.parametrize("decision", ["refuse", "none"])
async def test_a_no_uses_it_too(house: World, visitor: Visitor, decision: str) -> None:
    request_uri = await pushed(house, prompt="none" if decision == "none" else "")
    answer = await bring(visitor, request_uri)
    if decision == "refuse":
        answer = await visitor.decide(await visitor.sign_in(answer), "refuse")
    assert "error" in sent_back(answer)
    is_our_error(await bring(visitor, request_uri))


async def test_of_sixty_four_at_once_one_authorization_comes(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    before = len(await house.events("code.issued"))
    request_uri = await pushed(house)
    answers = await asyncio.gather(*(bring(visitor, request_uri) for _ in range(64)))
    codes = [one for one in answers if one.headers.get("location", "").startswith(REDIRECT)]
    assert len(codes) == 1
    assert "code" in sent_back(codes[0])
    assert {one.status_code for one in answers if one is not codes[0]} <= {400, 410}
    assert len(await house.events("code.issued")) == before + 1


async def test_a_request_uri_of_another_app_goes_nowhere(house: World, visitor: Visitor) -> None:
    request_uri = await pushed(house)
    for client_id in ("other", "nobody", ""):
        is_our_error(await bring(visitor, request_uri, client_id))
    # Not even to an address of that app's own, with anything of the request in it.
    back = sent_back(await bring(visitor, request_uri, "other", redirect_uri=REDIRECT, state="mine"))
    assert (back["error"], back["state"]) == ("invalid_request_uri", "mine")
    assert "code" in sent_back(await visitor.decide(await visitor.sign_in(await bring(visitor, request_uri))))


async def test_it_expires(house: World, visitor: Visitor) -> None:
    request_uri = await pushed(house)
    late = await pushed(house)
    page = await visitor.sign_in(await bring(visitor, request_uri))
    visitor.clock.advance(house.server.settings.pushed_request_seconds * SECOND)
    is_our_error(await bring(visitor, late))
    # Once a browser has brought it, she has the time that every request gives her.
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))
    assert await store.PURGE.made_before(house.server.db, house.clock.now() - HOUR) == 0
    assert await store.PURGE.made_before(house.server.db, house.clock.now()) == 2


async def test_what_is_no_request_uri_of_ours_opens_nothing(house: World, visitor: Visitor) -> None:
    good = await pushed(house)
    selector, secret = good.removeprefix(store.URN).split(".")
    for wrong in (
        store.URN,
        f"{store.URN}{selector}",
        f"{store.URN}{selector}.{'A' * 43}",
        f"{store.URN}{'0' * 32}.{secret}",
        f"{good} ",
        good.upper(),
        good + "A",
        "urn:x",
        "☃",
    ):
        is_our_error(await bring(visitor, wrong))
        assert sent_back(await bring(visitor, wrong, redirect_uri=REDIRECT))["error"] == "invalid_request_uri"
        is_our_error(await bring(visitor, wrong, redirect_uri="https://evil.example/"))


async def test_nothing_beside_it_counts(house: World, visitor: Visitor) -> None:
    """Parameters changed by restarting the flow (Keycloak CVE-2026-7571): what was pushed is asked."""
    narrow = "openid profile skills"
    request_uri = await pushed(house, scope=narrow, prompt="")
    beside = {
        "scope": "openid profile email skills experiences",
        "redirect_uri": "https://evil.example/",
        "state": "theirs",
        "code_challenge": "C" * 43,
        "response_type": "token",
        "prompt": "none",
        "nonce": "theirs",
    }
    page = await visitor.sign_in(await bring(visitor, request_uri, **beside))
    assert {value for name, value in read(page).boxes if name == "scope"} == {"skills"}
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert back["state"] == GOOD["state"]
    assert (await house.redeem(back["code"])).json()["scope"] == narrow


async def test_request_and_request_uri_exclude_each_other(house: World, visitor: Visitor) -> None:
    request_uri = await pushed(house)
    for more in ({"request": "eyJ.e30."}, {"request_uri": [request_uri, request_uri]}):
        is_our_error(await bring(visitor, request_uri, **more))
        back = sent_back(await bring(visitor, request_uri, redirect_uri=REDIRECT, **more))
        assert back["error"] == "invalid_request"


async def test_what_was_pushed_is_judged_again_when_it_comes(house: World, visitor: Visitor) -> None:
    """An address that the app gave up meanwhile is no place to go, though it was one when it was pushed."""
    request_uri, late = await pushed(house), await pushed(house)
    page = await visitor.sign_in(await bring(visitor, late))
    metadata = house.client.metadata.model_copy(update={"redirect_uris": ("https://coach.example/new",)})
    change = update(Client).where(col(Client.id) == bindparam("one"))
    async with house.server.db.transaction() as tx:
        await tx.run(Write(change.values(metadata_json=metadata.model_dump_json())), one="app")
    is_our_error(await bring(visitor, request_uri))
    is_our_error(await visitor.decide(page, scope=["skills"]))
    assert await house.events("consent.given") == []


async def test_an_app_can_be_held_to_pushing(house: World, visitor: Visitor) -> None:
    held = await add_app(house.server, "held", "held-secret", require_pushed_authorization_requests=True)
    back = sent_back(await visitor.ask(client_id="held"))
    assert back["error"] == "invalid_request"
    request_uri = await pushed(house.of(held, "held-secret"))
    page = await visitor.sign_in(await bring(visitor, request_uri, "held"))
    assert "code" in sent_back(await visitor.decide(page, scope=["skills"]))


# --- the endpoint ----------------------------------------------------------------------------------------


async def test_each_app_proves_who_it_is_as_at_the_token_endpoint(house: World) -> None:
    posting = await add_app(house.server, "posting", "s" * 20, auth_method="client_secret_post")
    public = await add_app(
        house.server, "public", None, auth_method="none", grant_types=("authorization_code",)
    )
    for app, secret in ((posting, "s" * 20), (public, "")):
        await pushed(house.of(app, secret))
    refused(await push(house.of(posting, "wrong")), "invalid_client", 401)
    refused(await house.http.post(PUSHED_PATH, data=GOOD), "invalid_client", 401)
    refused(await house.post(PUSHED_PATH, GOOD, ("app", "wrong")), "invalid_client", 401)
    refused(await house.post(PUSHED_PATH, GOOD | {"client_id": "other"}), "invalid_request")


async def test_an_assertion_names_us_and_is_used_once(house: World) -> None:
    key = app_key()
    keyed = house.of(
        await add_app(house.server, "keyed", None, auth_method="private_key_jwt", jwks=public_jwks(key)), ""
    )
    good = {**GOOD, "client_id": "keyed"}
    for audience in (ISSUER, f"{ISSUER}/token", f"{ISSUER}{PUSHED_PATH}"):
        assertion = signed(assertion_claims("keyed", audience, house.clock), key)
        answers = [await keyed.post(PUSHED_PATH, asserting(assertion, **good)) for _ in range(2)]
        assert answers[0].status_code == 201, answers[0].text
        refused(answers[1], "invalid_client", 401)
    for wrong_audience in ([ISSUER], f"{ISSUER}/authorize", "https://evil.example"):
        assertion = signed(assertion_claims("keyed", wrong_audience, house.clock), key)
        refused(await keyed.post(PUSHED_PATH, asserting(assertion, **good)), "invalid_client", 401)
    # A push that is refused has spent its assertion all the same.
    assertion = signed(assertion_claims("keyed", ISSUER, house.clock), key)
    refused(
        await keyed.post(PUSHED_PATH, asserting(assertion, **good | {"scope": "openid x"})), "invalid_scope"
    )
    refused(await keyed.post(PUSHED_PATH, asserting(assertion, **good)), "invalid_client", 401)


async def test_what_no_browser_could_ask_cannot_be_pushed(house: World) -> None:
    for changed, told in (*SHOWN, *REDIRECTED):
        if any(isinstance(value, list) for value in changed.values()) or "client_id" in changed:
            continue
        if any(character < " " for value in changed.values() for character in value or ""):
            continue  # such a form is not even read
        answer = await push(house, **changed)
        # What a push may not point to, and what it may hold if it is signed (test_signed.py).
        pointing = {"request_uri": "invalid_request", "request": "invalid_request_object"}
        [error] = [pointing[name] for name in pointing if name in changed] or [told.split()[1]]
        refused(answer, error)
    for uri in NOT_THE_SAME:
        assert (await push(house, redirect_uri=uri)).status_code == 400
    refused(await push(house, request_uri=await pushed(house)), "invalid_request")


async def test_the_endpoint_takes_one_form_of_plain_size(house: World) -> None:
    body = urlencode([*GOOD.items(), ("scope", "openid")])
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    auth = ("app", "app-secret")
    refused(await house.http.post(PUSHED_PATH, content=body, headers=form, auth=auth), "invalid_request")
    refused(await push(house, request="x" * 1_000_000), "invalid_request", 413)
    refused(await house.http.post(PUSHED_PATH, json=GOOD, auth=auth), "invalid_request", 415)
    refused(await house.http.get(PUSHED_PATH), "method_not_allowed", 405)
