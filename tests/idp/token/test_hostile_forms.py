"""Bodies that no honest app sends to the protocol endpoints: a clear error, never a 500, nothing written."""

import httpx
import pytest

from tests.idp.support import ISSUER, REDIRECT, VERIFIER, World
from tests.idp.tokens import refused

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
PATHS = ("/token", "/revoke", "/introspect")


async def raw(world: World, path: str, body: bytes, **headers: str) -> httpx.Response:
    given = FORM | {name.replace("_", "-"): value for name, value in headers.items()}
    return await world.http.post(path, content=body, headers=given, auth=("app", "app-secret"))


@pytest.mark.parametrize("path", PATHS)
async def test_only_post_is_taken(world: World, path: str) -> None:
    for method in ("GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"):
        answer = await world.http.request(method, path, params={"token": "x"})
        assert answer.status_code == 405, method
        assert answer.headers["allow"] == "POST"
        if method != "HEAD":
            refused(answer, "method_not_allowed", 405)


@pytest.mark.parametrize("path", PATHS)
async def test_only_urlencoded_forms_are_read(world: World, path: str) -> None:
    multipart = await world.http.post(path, files={"token": b"x"}, auth=("app", "app-secret"))
    refused(multipart, "invalid_request", 415)
    as_json = await world.http.post(path, json={"grant_type": "x"}, auth=("app", "app-secret"))
    refused(as_json, "invalid_request", 415)
    for media in ("", "text/plain", "application/x-www-form-urlencodedx", "multipart/form-data; boundary=x"):
        answer = await raw(world, path, b"token=x", Content_Type=media)
        refused(answer, "invalid_request", 415)
    with_charset = "application/x-www-form-urlencoded; charset=UTF-8"
    answer = await raw(world, path, b"token=x&grant_type=client_credentials", Content_Type=with_charset)
    assert answer.status_code == 200


@pytest.mark.parametrize("path", PATHS)
async def test_a_repeated_parameter_is_refused_known_or_not(world: World, path: str) -> None:
    for body in (b"token=a&token=b", b"token=a&token=a", b"x=1&x=2&token=t", b"grant_type=&grant_type=x"):
        said = refused(await raw(world, path, body), "invalid_request")
        assert "repeated" in said["error_description"]


@pytest.mark.parametrize("path", PATHS)
async def test_what_is_too_long_is_refused_before_it_is_read(world: World, path: str) -> None:
    refused(await raw(world, path, b"token=" + b"a" * 65_536), "invalid_request", 413)
    refused(await raw(world, path, b"a=&" * 1001), "invalid_request", 413)
    many = b"&".join(b"p%d=" % number for number in range(1001))
    refused(await raw(world, path, many), "invalid_request", 413)
    lying = await raw(world, path, b"token=a", Content_Length="99999999999999999999999")
    refused(lying, "invalid_request", 413)


async def test_a_body_that_never_says_its_length_is_capped_too(world: World) -> None:
    async def endless():  # httpx wants an async generator
        for _ in range(70):
            yield b"a" * 1024

    answer = await world.http.post("/token", content=endless(), headers=FORM, auth=("app", "app-secret"))
    refused(answer, "invalid_request", 413)


BROKEN = (
    b"%00",
    b"a%00b",
    b"%0d%0aSet-Cookie:%20x=1",
    b"%7f",
    b"%c2%85",
    b"%ff",
    b"%ed%a0%80",
    b"%zz",
    b"%",
    b"\xff",
)
FIELDS = (b"grant_type", b"code", b"redirect_uri", b"code_verifier", b"refresh_token", b"scope", b"token")


async def test_controls_and_broken_text_are_refused_in_any_field(world: World) -> None:
    for field in FIELDS:
        for value in BROKEN:
            answer = await raw(world, "/token", field + b"=" + value)
            refused(answer, "invalid_request")
            assert "set-cookie" not in answer.headers
    for path in PATHS[1:]:
        for value in BROKEN:
            refused(await raw(world, path, b"token=" + value), "invalid_request")


async def test_unicode_is_text_like_any_other(world: World) -> None:
    await world.grant()
    for strange in ("☃", "\u202e", "é" * 2000, "𝕊𝕜𝕚𝕝𝕝𝕤", "\u2028"):
        refused(await world.redeem(strange), "invalid_grant")
        refused(await world.refresh(strange), "invalid_grant")
        refused(await world.redeem(await world.code(), code_verifier=strange[:1] * 43), "invalid_request")
        refused(await world.redeem(await world.code(), redirect_uri=strange), "invalid_grant")
        refused(await world.post("/token", {"grant_type": strange}), "unsupported_grant_type")
        shown = await world.post("/introspect", {"token": strange})
        assert shown.json() == {"active": False}
        assert (await world.post("/revoke", {"token": strange})).status_code == 200
        refused(
            await world.post("/token", {"grant_type": "client_credentials"}, ("☃", strange)),
            "invalid_client",
            401,
        )


async def test_a_hundred_thousand_scopes_are_refused(world: World) -> None:
    body = await world.tokens()
    refused(await world.refresh(body["refresh_token"], scope="a " * 30_000), "invalid_scope")
    refused(await world.refresh(body["refresh_token"], scope="a " * 100_000), "invalid_request", 413)
    assert (await world.refresh(body["refresh_token"], scope="openid " * 5_000)).json()["scope"] == "openid"


async def test_empty_parameters_count_as_absent(world: World) -> None:
    await world.grant()
    fields = {
        "grant_type": "authorization_code",
        "code": await world.code(),
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
        "client_secret": "",
        "client_assertion": "",
        "scope": "",
    }
    assert (await world.post("/token", fields)).status_code == 200


async def test_parameters_in_the_query_are_not_read(world: World) -> None:
    await world.grant()
    code = await world.code()
    query = {"grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT}
    answer = await world.http.post(
        "/token", params=query, content=b"", headers=FORM, auth=("app", "app-secret")
    )
    refused(answer, "invalid_request")
    assert (await world.redeem(code)).status_code == 200


async def test_who_calls_decides_nothing_about_who_we_are(world: World) -> None:
    """The issuer is a setting: Host and X-Forwarded-* are not believed."""
    await world.grant()
    spoofed = {
        "Host": "evil.example",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
    }
    fields = {
        "grant_type": "authorization_code",
        "code": await world.code(),
        "redirect_uri": REDIRECT,
        "code_verifier": VERIFIER,
    }
    answer = await world.http.post("/token", data=fields, headers=spoofed, auth=("app", "app-secret"))
    assert "evil" not in answer.text
    metadata = await world.http.get("/.well-known/openid-configuration", headers=spoofed)
    assert "evil" not in metadata.text
    assert metadata.json()["issuer"] == ISSUER
    error = await world.http.post("/token", data={"grant_type": "x"}, headers=spoofed)
    assert "evil" not in error.text


async def test_no_answer_repeats_what_was_sent(world: World) -> None:
    marker = "zq9-secret-marker"
    for fields in (
        {"grant_type": marker},
        {"grant_type": "authorization_code", "code": marker, "redirect_uri": marker, "code_verifier": marker},
        {"grant_type": "refresh_token", "refresh_token": marker, "scope": marker},
        {"grant_type": "client_credentials", "scope": marker},
        {"grant_type": "client_credentials", "client_id": marker},
    ):
        answer = await world.post("/token", fields)
        assert answer.status_code in {400, 401}
        assert marker not in answer.text
        assert all(marker not in value for value in answer.headers.values())
