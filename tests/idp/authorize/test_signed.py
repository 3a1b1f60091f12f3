"""Signed request objects (RFC 9101): what an app signed is what is asked; no other words are believed."""

import json
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import Key, OctKey

from foundation.clock import to_seconds
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.authorize.signed import LONGEST
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import app_key, handmade, public_jwks, refused, signed
from tests.idp.visitor import GOOD, Visitor, is_our_error, read, sent_back

TYP = "oauth-authz-req+jwt"
KEY = app_key()


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: an object is read, and nothing of it is stored but the request."""
    return sqlite_url


@pytest.fixture
async def signer(house: World) -> World:
    """An app that signs its requests with the one algorithm that it registered."""
    keys = public_jwks(KEY, app_key("RS256"))
    app = await add_app(
        house.server, "signer", "signer-secret", jwks=keys, request_object_signing_alg="ES256"
    )
    return house.of(app, "signer-secret")


def claims(house: World, **changed: Any) -> dict[str, Any]:
    """What a good object says, with changes; a claim changed to None is left out."""
    now = to_seconds(house.clock.now())
    good = {**GOOD, "client_id": "signer", "iss": "signer", "aud": ISSUER, "iat": now, "nbf": now}
    every = good | {"exp": now + 60} | changed
    return {name: value for name, value in every.items() if value is not None}


def made(house: World, header: dict[str, Any] | None = None, key: Key = KEY, **changed: Any) -> str:
    return signed(claims(house, **changed), key, **{"typ": TYP} | (header or {}))


async def bring(visitor: Visitor, request: str, /, **beside: Any) -> httpx.Response:
    query = {"client_id": "signer", "request": request} | beside
    return await visitor.follow(await visitor.get(f"/authorize?{urlencode(query, doseq=True)}"))


async def is_not_believed(visitor: Visitor, request: str, error: str = "invalid_request_object") -> None:
    """Shown on our own page; told to the app only at an address that came along and is its own."""
    is_our_error(await bring(visitor, request))
    is_our_error(await bring(visitor, request, redirect_uri="https://evil.example/"))
    assert sent_back(await bring(visitor, request, redirect_uri=REDIRECT))["error"] == error


async def test_a_signed_request_goes_the_whole_way(signer: World, visitor: Visitor) -> None:
    page = await visitor.sign_in(await bring(visitor, made(signer)))
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert back["state"] == GOOD["state"]
    assert (await signer.redeem(back["code"])).status_code == 200


@pytest.mark.parametrize("typ", [TYP, "JWT", "application/oauth-authz-req+jwt", None])
async def test_its_type_is_a_requests(signer: World, visitor: Visitor, typ: str | None) -> None:
    assert (await bring(visitor, made(signer, {"typ": typ}))).url.path == "/login"


@pytest.mark.parametrize("typ", ["at+jwt", "dpop+jwt", "logout+jwt", "client-authentication+jwt", "x", 1])
async def test_a_token_of_another_kind_is_no_request(signer: World, visitor: Visitor, typ: str) -> None:
    now = to_seconds(signer.clock.now())
    text = jws.serialize_compact(
        {"alg": "ES256", "kid": KEY.kid, "typ": str(typ)},
        json.dumps(claims(signer, exp=now + 60)).encode(),
        KEY,
        algorithms=["ES256"],
    )
    await is_not_believed(visitor, text)


async def test_nothing_beside_it_counts(signer: World, visitor: Visitor) -> None:
    narrow = "openid profile skills"
    beside = {
        "scope": "openid profile email skills experiences",
        "redirect_uri": "https://evil.example/",
        "state": "theirs",
        "prompt": "none",
        "code_challenge": "C" * 43,
        "response_mode": "form_post",
    }
    page = await visitor.sign_in(await bring(visitor, made(signer, scope=narrow), **beside))
    assert {value for name, value in read(page).boxes if name == "scope"} == {"skills"}
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert back["state"] == GOOD["state"]
    assert (await signer.redeem(back["code"])).json()["scope"] == narrow


async def test_the_two_say_the_same_response_type(signer: World, visitor: Visitor) -> None:
    assert (await bring(visitor, made(signer), response_type="code")).url.path == "/login"
    await is_not_believed_beside(visitor, made(signer), response_type="token")
    await is_not_believed_beside(visitor, made(signer), response_type="code id_token")


async def is_not_believed_beside(visitor: Visitor, request: str, **beside: str) -> None:
    is_our_error(await bring(visitor, request, **beside))
    back = sent_back(await bring(visitor, request, redirect_uri=REDIRECT, **beside))
    assert back["error"] == "invalid_request"


async def test_no_signature_is_none_of_the_apps(signer: World, visitor: Visitor) -> None:
    body = claims(signer)
    public = json.dumps(KEY.as_dict(private=False)).encode()
    secret = OctKey.import_key(public)
    confused = jws.serialize_compact(
        {"alg": "HS256", "typ": TYP, "kid": KEY.kid}, json.dumps(body).encode(), secret, algorithms=["HS256"]
    )
    stranger = app_key(number=9)
    good = made(signer)
    head, payload, mac = good.split(".")
    own_jwk = {"jwk": stranger.as_dict(private=False)}
    for text in (
        handmade({"alg": "none", "typ": TYP}, body),
        handmade({"alg": "None", "typ": TYP}, body),
        handmade({"alg": "ES256", "typ": TYP}, body),
        handmade({"typ": TYP}, body),
        confused,
        made(signer, key=stranger),
        made(signer, {"kid": KEY.kid}, key=stranger),
        signed(body, stranger, typ=TYP, **own_jwk),
        signed(body, stranger, typ=TYP, jku="https://evil.example/jwks"),
        signed(body, stranger, typ=TYP, x5u="https://evil.example/x5u"),
        made(signer, {"kid": "../../../../dev/null"}),
        made(signer, key=app_key("RS256")),  # its own key, but not the algorithm that it registered
        f"{head}.{payload}.",
        f"{head}.{payload}",
        f"{head}.{payload}.{mac}.{mac}.{mac}",
        f"{good}AA",
        "eyJ",
        "é",
    ):
        await is_not_believed(visitor, text)


async def test_nothing_critical_is_understood(signer: World, visitor: Visitor) -> None:
    body = claims(signer)
    for header in ({"crit": []}, {"crit": ["b64"], "b64": False}, {"crit": ["exp"], "exp": 1}):
        head = {"alg": "ES256", "kid": KEY.kid, "typ": TYP} | header
        unsigned = handmade(head, body).rsplit(".", 1)[0]
        mac = jws.JWSRegistry.algorithms["ES256"].sign(unsigned.encode(), KEY)
        await is_not_believed(visitor, handmade(head, body, mac))


async def test_it_is_the_apps_own_for_us_and_of_now(signer: World, visitor: Visitor) -> None:
    now = to_seconds(signer.clock.now())
    for changed in (
        {"iss": None},
        {"iss": "other"},
        {"client_id": "other"},
        {"sub": "signer"},  # a client assertion
        {"aud": None},
        {"aud": "https://evil.example"},
        {"aud": [f"{ISSUER}/token"]},
        {"exp": None},
        {"exp": now - 60},
        {"exp": now + 7200},
        {"exp": now + 1800, "nbf": now - 1900},  # more than an hour in all
        {"exp": 10**400},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": now + 600},
        {"nbf": now - 7200},
        {"iat": now + 600},
        {"nbf": [now]},
    ):
        await is_not_believed(visitor, made(signer, **changed))
    assert (await bring(visitor, made(signer, aud=[ISSUER, "https://b.example"]))).url.path == "/login"
    # An app of OpenID Connect alone says no time at all.
    plain = made(signer, {"typ": None}, exp=None, nbf=None, iat=None)
    assert (await bring(visitor, plain)).url.path == "/login"


async def test_what_is_in_it_is_what_a_query_could_hold(signer: World, visitor: Visitor) -> None:
    for changed in (
        {"request": "eyJ.e30."},
        {"request_uri": "https://coach.example/r"},
        {"state": {"a": 1}},
        {"state": True},
        {"state": "a\nb"},
        {"nonce": "a\x00"},
        {"scope": ["openid"]},
        {"max_age": 1.5},
    ):
        await is_not_believed(visitor, made(signer, **changed))
    assert (await bring(visitor, made(signer, max_age=600))).url.path == "/login"
    assert "code" not in sent_back(await bring(visitor, made(signer, prompt="none")))


async def test_it_changes_no_rule(signer: World, visitor: Visitor) -> None:
    for changed, error in (
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"registration": "{}"}, "registration_not_supported"),
    ):
        assert sent_back(await bring(visitor, made(signer, **changed)))["error"] == error
    for uri in ("https://evil.example/", REDIRECT + "/", None):
        text = is_our_error(await bring(visitor, made(signer, redirect_uri=uri), redirect_uri=REDIRECT))
        assert "//evil.example" not in text


async def test_its_size_is_bounded(signer: World, visitor: Visitor) -> None:
    await is_not_believed(visitor, made(signer, padding="x" * LONGEST))
    form = {"client_id": "signer", "redirect_uri": REDIRECT, "request": "e" * 1_000_000}
    is_our_error(await visitor.post("/authorize", form), 413)


async def test_an_app_can_be_held_to_signing(house: World, visitor: Visitor) -> None:
    held = {"jwks": public_jwks(KEY), "require_signed_request_object": True}
    await add_app(house.server, "signer", "signer-secret", **held)
    assert sent_back(await visitor.ask(client_id="signer"))["error"] == "invalid_request"
    assert (await bring(visitor, made(house, {"typ": None}))).url.path == "/login"
    for missing in ("exp", "nbf"):
        await is_not_believed(visitor, made(house, {"typ": None}, **{missing: None}))


async def test_an_app_without_keys_signs_nothing(house: World, visitor: Visitor) -> None:
    text = made(house, client_id="app", iss="app")
    back = sent_back(await bring(visitor, text, client_id="app", redirect_uri=REDIRECT))
    assert back["error"] == "invalid_request_object"
    for client_id in ("other", "nobody"):  # nor does another app's signature
        is_our_error(await bring(visitor, text, client_id=client_id))


async def test_request_objects_of_two_apps_are_not_each_others(signer: World, visitor: Visitor) -> None:
    await add_app(signer.server, "twin", "twin-secret", jwks=public_jwks(KEY))
    is_our_error(await bring(visitor, made(signer), client_id="twin"))


async def test_a_signed_request_is_pushed(signer: World, visitor: Visitor) -> None:
    """RFC 9126 section 3: what is in the object is the request, what is beside it in the form is not."""
    form = {"client_id": "signer", "request": made(signer), "scope": "openid email", "state": "beside"}
    answer = await signer.post(PUSHED_PATH, form)
    assert answer.status_code == 201, answer.text
    query = {"client_id": "signer", "request_uri": answer.json()["request_uri"]}
    page = await visitor.sign_in(await visitor.follow(await visitor.get(f"/authorize?{urlencode(query)}")))
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    assert back["state"] == GOOD["state"]
    for changed, error in (
        ({"aud": "https://evil.example"}, "invalid_request_object"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"request_uri": "https://coach.example/r"}, "invalid_request_object"),
    ):
        refused(await signer.post(PUSHED_PATH, form | {"request": made(signer, **changed)}), error)
    refused(await signer.post(PUSHED_PATH, form | {"request": "x" * 60_000}), "invalid_request_object")
