"""Whatever a request is made of: a clear answer, and no redirect to a place that nobody registered."""

import json
from typing import Any
from urllib.parse import quote_from_bytes, urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import to_seconds
from idp.authorize.pushed.routes import PUSHED_PATH
from idp.authorize.request import PARAMETERS
from tests.hostile.test_never_500 import JSON, JUNK, JWTS, QUICK, told_clearly
from tests.idp.support import ISSUER, REDIRECT, World, add_app
from tests.idp.tokens import app_key, public_jwks, signed
from tests.idp.visitor import GOOD, Visitor, sent_back

KEY = app_key()
ONCE: dict[str, Any] = {"grant_types": ("authorization_code",)}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
ELSEWHERE = ("https://evil.example/", "//evil.example", REDIRECT + "@evil.example", "javascript:alert(1)")
SHAPES = st.sampled_from(
    [
        *GOOD.values(),
        *ELSEWHERE,
        "none",
        "form_post",
        "jwt",
        "form_post.jwt",
        "{}",
        '{"id_token": {"sub": {"value": "x"}}}',
        f"urn:ietf:params:oauth:request_uri:{'0' * 32}.{'A' * 43}",
        f"{ISSUER}/v1",
        "0",
    ]
)
VALUES = JUNK | (SHAPES | JWTS | JSON.map(json.dumps)).map(lambda text: text.encode("utf-8", "surrogatepass"))
CHANGES = st.lists(st.tuples(st.sampled_from(PARAMETERS), VALUES | st.none()), max_size=5)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is refused is not stored."""
    return sqlite_url


def encoded(changes: list[tuple[str, bytes | None]]) -> str:
    """A good request with changes: values put in, parameters left out; one that comes twice is repeated."""
    gone = {name for name, value in changes if value is None}
    changed = [(name, value) for name, value in changes if value is not None]
    named = gone | {name for name, _ in changed}
    pairs = [(name, value.encode()) for name, value in GOOD.items() if name not in named] + changed
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in pairs)


def goes_nowhere_strange(answer: httpx.Response) -> None:
    assert answer.status_code < 500, (answer.request.url, answer.text[:300])
    location = answer.headers.get("location", REDIRECT)
    assert (
        location.startswith((REDIRECT + "?", "/authorize?", "/authorize/continue/")) or location == REDIRECT
    )
    policy = answer.headers["content-security-policy"]
    action = policy.partition("form-action ")[2].partition(";")[0]
    assert set(action.split()) <= {"'self'", "'none'", "https://coach.example"}, action


@QUICK
@given(changes=CHANGES)
async def test_no_request_breaks_us_or_leads_astray(visitor: Visitor, changes: Any) -> None:
    query = encoded(changes)
    goes_nowhere_strange(await visitor.get(f"/authorize?{query}"))
    answer = await visitor.http.post("/authorize", content=query, headers=FORM)
    goes_nowhere_strange(answer)


@QUICK
@given(changes=CHANGES)
async def test_no_push_breaks_us(world: World, changes: Any) -> None:
    answer = await world.http.post(
        PUSHED_PATH, content=encoded(changes), headers=FORM, auth=("app", "app-secret")
    )
    told_clearly(answer)


@QUICK
@given(claims=st.dictionaries(st.sampled_from([*PARAMETERS, "iss", "aud", "exp", "nbf", "sub", "jti"]), JSON))
async def test_no_signed_request_breaks_us(house: World, visitor: Visitor, claims: Any) -> None:
    """Even of an app that signs whatever it is told to."""
    if (await house.http.post(PUSHED_PATH, data={"client_id": "signer"})).status_code == 401:
        await add_app(house.server, "signer", None, auth_method="none", jwks=public_jwks(KEY), **ONCE)
    good = {**GOOD, "client_id": "signer", "iss": "signer", "aud": ISSUER}
    good["exp"] = to_seconds(house.clock.now()) + 60
    text = signed(good | claims, KEY, typ="JWT")
    goes_nowhere_strange(await visitor.get(f"/authorize?client_id=signer&request={text}"))


async def test_where_it_ends_is_where_the_request_says(visitor: Visitor) -> None:
    """The whole way, with an address of the attacker's in every place where one could stand."""
    places = ("login_hint", "ui_locales", "display", "claims_locales", "acr_values")
    page = await visitor.start(**dict.fromkeys(places, "https://evil.example/"))
    back = await visitor.decide(page, scope=["skills"])
    assert "code" in sent_back(back)
    assert urlsplit(back.headers["location"]).netloc == "coach.example"
