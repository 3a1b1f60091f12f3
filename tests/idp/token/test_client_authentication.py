"""How an app proves who it is at the token endpoint: by its registered method, once, and exactly."""

import base64
from urllib.parse import quote_plus

import httpx
import pytest

from tests.idp.support import ISSUER, World, add_app
from tests.idp.tokens import refused

ASK = {"grant_type": "client_credentials"}
CHALLENGE = 'Basic realm="accord", charset="UTF-8"'


async def basic(world: World, pair: str | bytes, scheme: str = "Basic", **fields: str) -> httpx.Response:
    raw = pair.encode() if isinstance(pair, str) else pair
    header = f"{scheme} {base64.b64encode(raw).decode()}"
    return await world.http.post("/token", data=ASK | fields, headers={"Authorization": header})


async def test_the_registered_method_is_the_only_one(world: World) -> None:
    for method in ("client_secret_basic", "client_secret_post"):
        await add_app(world.server, method, "s", auth_method=method)
    by_basic = await world.post("/token", ASK, auth=("client_secret_basic", "s"))
    assert by_basic.status_code == 200
    in_the_body = {"client_id": "client_secret_post", "client_secret": "s"}
    assert (await world.http.post("/token", data=ASK | in_the_body)).status_code == 200
    wrong = await world.post("/token", ASK, auth=("client_secret_post", "s"))
    refused(wrong, "invalid_client", 401)
    in_the_body = {"client_id": "client_secret_basic", "client_secret": "s"}
    refused(await world.http.post("/token", data=ASK | in_the_body), "invalid_client", 401)


async def test_a_failed_authentication_says_nothing_of_what_was_wrong(world: World) -> None:
    attempts = [
        await world.post("/token", ASK, auth=("app", "wrong")),
        await world.post("/token", ASK, auth=("app", "")),
        await world.post("/token", ASK, auth=("nobody", "app-secret")),
        await world.post("/token", ASK, auth=("app", "app-secret ")),
        await world.post("/token", ASK, auth=("APP", "app-secret")),
        await world.http.post("/token", data=ASK | {"client_id": "app"}),
        await world.http.post("/token", data=ASK | {"client_id": "app", "client_secret": ""}),
        await world.http.post("/token", data=ASK | {"client_id": "a" * 300, "client_secret": "x"}),
    ]
    said = set()
    for answer in attempts:
        said.add(refused(answer, "invalid_client", 401)["error_description"])
        assert answer.headers["www-authenticate"] == CHALLENGE
    assert len(said) == 1
    assert await world.events("token.issued") == []


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/par"])
async def test_a_request_that_nobody_makes_lacks_a_parameter(world: World, path: str) -> None:
    """RFC 6749 section 5.2: nobody failed to authenticate, as nobody is named."""
    for fields in (ASK, ASK | {"client_id": ""}, ASK | {"client_secret": "app-secret"}):
        refused(await world.http.post(path, data=fields), "invalid_request")
    assert await world.events("token.issued") == []


async def test_basic_credentials_are_form_urlencoded_first(world: World) -> None:
    """RFC 6749 section 2.3.1: both halves are encoded before the colon joins them."""
    secret = "p:é+ %&=/☃"
    await add_app(world.server, "colon:id", secret)
    encoded = f"{quote_plus('colon:id')}:{quote_plus(secret)}"
    assert (await basic(world, encoded)).status_code == 200
    assert (await basic(world, encoded, scheme="bAsIc")).status_code == 200
    # Unencoded, it is another id and another secret.
    refused(await basic(world, f"colon:id:{secret}"), "invalid_client", 401)


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!!",
        "Basic YXBw",  # no colon: an empty secret
        "Basic OnNlY3JldA==",  # no client_id
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(b"app%00:app-secret").decode(),
        "Basic " + base64.b64encode(b"%ED%A0%80:x").decode(),
        "Basic " + base64.b64encode(b"app\r\n:app-secret").decode(),
        "Basic " + base64.b64encode(b"a" * 6000 + b":x").decode(),
        "Bearer abc",
        "Digest username=app",
        "Basic YXBwOmFwcC1zZWNyZXQ",  # app:app-secret without its padding
        "Basic YXBwOmFwcC1zZWNyZXQ==",
        "Basic YXBwOmFwcC1zZWNyZXQ=x",
    ],
)
async def test_a_header_that_proves_nothing(world: World, header: str) -> None:
    answer = await world.http.post("/token", data=ASK, headers={"Authorization": header})
    refused(answer, "invalid_client", 401)


async def test_a_header_outside_ascii_is_refused_like_any_other(world: World) -> None:
    for raw in (b"Basic \xc3\xa9\xc3\xa9", b"Basic \xff\xfe", "Basic ☃".encode()):
        answer = await world.http.post("/token", data=ASK, headers=[(b"authorization", raw)])
        refused(answer, "invalid_client", 401)


async def test_two_methods_at_once_are_refused(world: World) -> None:
    both = await world.post("/token", ASK | {"client_id": "app", "client_secret": "app-secret"})
    refused(both, "invalid_request")
    with_assertion = ASK | {"client_assertion": "x.y.z", "client_assertion_type": "t"}
    refused(await world.post("/token", with_assertion), "invalid_request")
    three = with_assertion | {"client_secret": "app-secret", "client_id": "app"}
    refused(await world.http.post("/token", data=three), "invalid_request")


async def test_two_authorization_headers_are_refused(world: World) -> None:
    good = base64.b64encode(b"app:app-secret").decode()
    headers = [("Authorization", f"Basic {good}"), ("Authorization", "Basic eDp5")]
    refused(await world.http.post("/token", data=ASK, headers=headers), "invalid_request")


async def test_client_id_in_body_and_header_must_agree(world: World) -> None:
    assert (await world.post("/token", ASK | {"client_id": "app"})).status_code == 200
    refused(await world.post("/token", ASK | {"client_id": "other"}), "invalid_request")


async def test_a_public_app_proves_nothing_and_gets_no_token_of_its_own(world: World) -> None:
    public = await add_app(
        world.server,
        "public",
        None,
        auth_method="none",
        grant_types=("authorization_code", "refresh_token"),
    )
    refused(await world.of(public, "").post("/token", ASK), "unauthorized_client")
    # A secret is no more its method than it is anyone else's.
    refused(await world.post("/token", ASK, auth=("public", "")), "invalid_client", 401)
    guess = ASK | {"client_id": "public", "client_secret": "x"}
    refused(await world.http.post("/token", data=guess), "invalid_client", 401)


async def test_a_token_for_the_app_itself_opens_nobodys_data(world: World) -> None:
    body = (await world.post("/token", ASK)).json()
    assert body["scope"] == ""
    assert "refresh_token" not in body
    assert "id_token" not in body
    for path in ("/v1/me", "/v1/me/skills", "/userinfo"):
        assert (await world.read(path, body["access_token"])).status_code == 401
    shown = (await world.post("/introspect", {"token": body["access_token"]})).json()
    assert (shown["active"], shown["sub"], shown["scope"]) == (True, "app", "")
    assert shown["iss"] == ISSUER
    [issued] = await world.events("token.issued")
    assert (issued["client"], issued["person"], issued["grant"]) == ("app", None, None)


async def test_a_scope_about_a_person_is_not_for_an_app_alone(world: World) -> None:
    refused(await world.post("/token", ASK | {"scope": "skills"}), "invalid_scope")
    refused(await world.post("/token", ASK | {"scope": "openid"}), "invalid_scope")


async def test_an_app_not_registered_for_it_gets_no_token_of_its_own(world: World) -> None:
    app = await add_app(world.server, "codes-only", "s", grant_types=("authorization_code",))
    refused(await world.of(app, "s").post("/token", ASK), "unauthorized_client")
