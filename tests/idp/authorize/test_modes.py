"""How answers reach the app: in a form (no script needed), signed (JARM); only where it is registered."""

from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from idp.authorize.answer import MODES
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import header_of
from tests.idp.visitor import GOOD, Visitor, is_our_error, read, sent_back

HOSTILE = "\"'><script>alert(1)</script>&amp;é\u202e"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: nothing of this is stored."""
    return sqlite_url


def posted_back(answer: httpx.Response, redirect_uri: str = REDIRECT) -> dict[str, str]:
    """Assert that an answer is the page whose form goes to the app; what it carries."""
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["cache-control"] == "no-store"
    parts = urlsplit(redirect_uri)
    policy = answer.headers["content-security-policy"]
    assert f"form-action 'self' {parts.scheme}://{parts.netloc};" in policy
    assert "script-src 'nonce-" in policy
    form = answer.text.partition('id="answer"')[2].partition("</form>")[0]
    assert f'action="{redirect_uri}" id="answer"' in answer.text
    assert '<button id="go-on">' in form  # without scripts, she presses it
    names = [piece.partition('"')[0] for piece in form.split('name="')[1:]]
    values = [unescape(piece.partition('"')[0]) for piece in form.split('value="')[1:]]
    assert len(names) == len(set(names)) == len(values)
    return dict(zip(names, values, strict=True))


async def opened(house: World, text: str, client_id: str = "app", alg: str = "ES256") -> dict[str, Any]:
    """A signed answer, as an app reads it: by our published keys, with the algorithm it registered."""
    keys = KeySet.import_key_set((await house.http.get("/jwks")).json())
    claims = dict(jwt.decode(text, keys, algorithms=[alg]).claims)
    now = house.clock.now() // 1_000_000
    assert (claims.pop("iss"), claims.pop("aud")) == (ISSUER, client_id)
    assert now < claims.pop("exp") <= now + 600
    assert header_of(text)["typ"] == "oauth-authz-resp+jwt"
    return claims


async def test_a_form_brings_the_answer(house: World, visitor: Visitor) -> None:
    page = await visitor.start(response_mode="form_post", state=HOSTILE)
    back = posted_back(await visitor.decide(page, scope=["skills"]))
    assert back.keys() == {"code", "state", "iss"}
    assert (back["state"], back["iss"]) == (HOSTILE, ISSUER)
    assert (await house.redeem(back["code"])).status_code == 200
    # And where nothing is left to ask, at once.
    assert "code" in posted_back(await visitor.ask(response_mode="form_post"))


async def test_what_the_app_sent_cannot_leave_its_field(visitor: Visitor) -> None:
    answer = await visitor.ask(response_mode="form_post", prompt="none", state=HOSTILE)
    assert posted_back(answer)["state"] == HOSTILE
    assert "<script>alert" not in answer.text


async def test_errors_come_the_same_way(house: World, visitor: Visitor) -> None:
    for changed, error in (
        ({"prompt": "none"}, "login_required"),
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"state": ["a", "b"]}, "invalid_request"),
    ):
        form = posted_back(await visitor.ask(**{"response_mode": "form_post"} | changed))
        assert (form["error"], form["iss"]) == (error, ISSUER)
        signed = sent_only_response(await visitor.ask(**{"response_mode": "jwt"} | changed))
        assert (await opened(house, signed))["error"] == error
    page = await visitor.start(response_mode="form_post")
    assert posted_back(await visitor.decide(page, "refuse"))["error"] == "access_denied"


def sent_only_response(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text[:300]
    assert answer.headers["location"].startswith(REDIRECT + "?")
    [(name, value)] = parse_qsl(urlsplit(answer.headers["location"]).query)
    assert name == "response"
    return value


@pytest.mark.parametrize("mode", ["jwt", "query.jwt", "form_post.jwt"])
async def test_a_signed_answer_says_who_it_is_for(house: World, visitor: Visitor, mode: str) -> None:
    page = await visitor.start(response_mode=mode)
    answer = await visitor.decide(page, scope=["skills"])
    if mode == "form_post.jwt":
        form = posted_back(answer)
        assert form.keys() == {"response"}
        text = form["response"]
    else:
        text = sent_only_response(answer)
    claims = await opened(house, text)
    assert claims.keys() == {"code", "state"}
    assert claims["state"] == GOOD["state"]
    assert (await house.redeem(claims["code"])).status_code == 200


async def test_the_app_chose_the_algorithm(house: World, visitor: Visitor) -> None:
    await add_app(house.server, "rsa", "rsa-secret", authorization_signed_response_alg="RS256")
    text = sent_only_response(await visitor.ask(client_id="rsa", response_mode="jwt", prompt="none"))
    assert (await opened(house, text, "rsa", "RS256"))["error"] == "login_required"


async def test_a_signed_answer_is_no_id_token(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    text = sent_only_response(await visitor.ask(response_mode="jwt"))
    assert sent_back(await visitor.ask(prompt="none", id_token_hint=text))["error"] == "login_required"
    assert (await house.read("/v1/me", text)).status_code == 401


async def test_a_mode_that_cannot_be_used_is_told_in_the_query(house: World, visitor: Visitor) -> None:
    await add_app(house.server, "signed", "s-secret", response_modes=("jwt",))
    native = "com.example.app:/callback"
    await add_app(
        house.server,
        "native",
        None,
        auth_method="none",
        grant_types=("authorization_code",),
        redirect_uris=(native,),
    )
    for changed in (
        {"response_mode": "fragment"},
        {"response_mode": "web_message"},
        {"client_id": "signed"},
        {"client_id": "signed", "response_mode": "form_post"},
        {"client_id": "native", "redirect_uri": native, "response_mode": "form_post"},
        {"client_id": "native", "redirect_uri": native, "response_mode": "form_post.jwt"},
    ):
        back = sent_back(await visitor.ask(**changed), changed.get("redirect_uri", REDIRECT))
        assert back["error"] == "invalid_request"
        assert "response_mode" in back["error_description"]


@pytest.mark.parametrize("mode", MODES)
async def test_no_mode_reaches_an_address_that_is_not_registered(visitor: Visitor, mode: str) -> None:
    text = is_our_error(await visitor.ask(response_mode=mode, redirect_uri="https://evil.example/"))
    assert "//evil.example" not in text


async def test_a_request_by_post_from_anywhere_comes_back_as_a_link_of_ours(
    house: World, visitor: Visitor
) -> None:
    """No cookie comes with a cross-site POST: her session would look like nobody's, if it were looked for."""
    await visitor.consented()
    for site in ("cross-site", "same-site", "none"):
        answer = await visitor.post("/authorize", GOOD, **{"Sec-Fetch-Site": site})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith("/authorize?")
        assert "set-cookie" not in answer.headers
        assert "code" in sent_back(await visitor.follow(answer))
    back = posted_back(
        await visitor.follow(await visitor.post("/authorize", GOOD | {"response_mode": "form_post"}))
    )
    assert "code" in back
    for wrong in ({"redirect_uri": "https://evil.example/"}, {"client_id": ["app", "app"]}):
        is_our_error(await visitor.follow(await visitor.post("/authorize", GOOD | wrong)))
    assert read(await visitor.get("/account/apps")).action  # still herself
