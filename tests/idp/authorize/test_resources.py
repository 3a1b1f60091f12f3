"""Resource indicators (RFC 8707): they may repeat, and a token is made for nothing but what is ours."""

from urllib.parse import urlencode

import pytest

from idp.authorize.pushed.routes import PUSHED_PATH
from idp.authorize.resources import is_ours
from tests.idp.support import ISSUER, REDIRECT, VERIFIER, World
from tests.idp.tokens import claims_of, refused
from tests.idp.visitor import GOOD, Visitor, sent_back

API = f"{ISSUER}/v1"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
STRANGE = (
    "https://evil.example/v1",
    f"{ISSUER}.evil.example/v1",
    f"{API}evil",
    f"{API}/#x",
    f"{ISSUER}/token",
    "x",
    f"{API} https://evil.example/",
)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: an indicator is checked, and nothing of it is stored but the request."""
    return sqlite_url


def test_what_is_ours() -> None:
    for good in ("", API, f"{API}/me/skills", f"{ISSUER}/userinfo", f"{API} {API}/me"):
        assert is_ours(ISSUER, good)
    for wrong in STRANGE:
        assert not is_ours(ISSUER, wrong)


async def test_a_resource_may_be_named_again_and_again(house: World, visitor: Visitor) -> None:
    page = await visitor.start(resource=[API, f"{API}/me/skills"])
    back = sent_back(await visitor.decide(page, scope=["skills"]))
    fields = {"grant_type": "authorization_code", "redirect_uri": REDIRECT, "code_verifier": VERIFIER}
    form = urlencode([*fields.items(), ("code", back["code"]), ("resource", API), ("resource", f"{API}/me")])
    answer = await house.http.post("/token", content=form, headers=FORM, auth=("app", "app-secret"))
    assert claims_of(answer.json()["access_token"])["aud"] == API


async def test_any_other_is_refused_wherever_it_is_named(house: World, visitor: Visitor) -> None:
    await visitor.consented()
    for wrong in STRANGE:
        assert sent_back(await visitor.ask(resource=[API, wrong]))["error"] == "invalid_target"
        pushed = await house.post(PUSHED_PATH, GOOD | {"resource": wrong})
        refused(pushed, "invalid_target")
        code = sent_back(await visitor.ask())["code"]
        refused(await house.redeem(code, resource=wrong), "invalid_target")
        assert (await house.redeem(code)).status_code == 200  # nothing was spent by it
    asked = {"grant_type": "client_credentials", "resource": "https://evil.example"}
    refused(await house.post("/token", asked), "invalid_target")


async def test_a_resource_is_pushed_too(house: World, visitor: Visitor) -> None:
    form = urlencode([*GOOD.items(), ("resource", API), ("resource", f"{API}/me")])
    answer = await house.http.post(PUSHED_PATH, content=form, headers=FORM, auth=("app", "app-secret"))
    assert answer.status_code == 201
    query = urlencode({"client_id": "app", "request_uri": answer.json()["request_uri"]})
    assert (await visitor.follow(await visitor.get(f"/authorize?{query}"))).url.path == "/login"
