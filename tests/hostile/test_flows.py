"""What could bend a flow: a body on a GET, parameters brought in later, a redirect that repeats a POST."""

from urllib.parse import urlencode

import pytest

from idp.endpoints import lean_table
from tests.idp.support import REDIRECT, World
from tests.idp.tokens import claims_of
from tests.idp.visitor import GOOD, Visitor, read, sent_back

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
WIDER = {
    "client_id": "other",
    "redirect_uri": "https://evil.example/",
    "scope": "openid profile email skills experiences trainings offline_access",
    "state": "theirs",
    "nonce": "theirs",
    "code_challenge": "A" * 43,
    "code_challenge_method": "plain",
    "response_mode": "form_post",
    "prompt": "none",
    "max_age": "0",
    "request": "eyJ.e30.",
    "request_uri": "https://evil.example/r",
}


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is passed over is stored nowhere."""
    return sqlite_url


async def test_a_body_on_a_get_is_not_read(house: World, visitor: Visitor) -> None:
    """Neither as parameters nor as the next request (request smuggling)."""
    token = (await house.tokens())["access_token"]
    bearer = {"Authorization": f"Bearer {token}"}
    smuggled = b"GET /admin HTTP/1.1\r\nHost: x\r\n\r\n"
    for path, headers in (("/v1/me", bearer), ("/userinfo", bearer), ("/jwks", {}), ("/login", {})):
        plain = await visitor.http.get(path, headers=headers)
        for body in (b"access_token=x&lang=en", smuggled, b"\x00" * 70_000):
            answer = await visitor.http.request("GET", path, headers=headers | FORM, content=body)
            assert answer.status_code == plain.status_code == 200, path
            assert answer.headers["content-type"] == plain.headers["content-type"]
    body = urlencode(GOOD).encode()
    answer = await visitor.http.request("GET", "/authorize", headers=FORM, content=body)
    assert answer.status_code == 400  # a client_id in the body names nobody
    assert "location" not in answer.headers


async def test_a_get_where_only_a_post_is_taken(house: World) -> None:
    for path, methods in lean_table(house.server).items():
        if "GET" in methods:
            continue
        answer = await house.http.get(f"{path}?{urlencode(GOOD)}")
        assert answer.status_code == 405, path
        assert answer.json()["error"] == "method_not_allowed"


async def test_nothing_is_brought_in_by_going_on_or_coming_back(house: World, visitor: Visitor) -> None:
    """Keycloak CVE-2026-7571: the request is what was kept, whatever stands beside its id."""
    login = await visitor.ask(scope="openid skills")
    pending = read(login).hidden["request"]
    beside = urlencode(WIDER)
    for path in (f"/authorize/continue/{pending}?{beside}", f"/login?request={pending}&{beside}"):
        again = await visitor.follow(await visitor.get(path))
        assert again.url.path == "/login", again.url
        assert "evil.example" not in again.headers["content-security-policy"]
    consent = await visitor.sign_in(login)
    shown = await visitor.get(f"{read(consent).action}?{beside}")
    assert {value for name, value in read(shown).boxes if name == "scope"} == {"skills"}
    form = read(consent).hidden | {"decision": "accept", "duration": "30d", "scope": "skills"}
    taken = {name: value for name, value in WIDER.items() if name != "scope"}
    answer = await visitor.follow(await visitor.post(f"{read(consent).action}?{beside}", form | taken))
    back = sent_back(answer, REDIRECT)
    assert back["state"] == GOOD["state"]
    body = (await house.redeem(back["code"])).json()
    assert set(body["scope"].split()) == {"openid", "skills"}
    assert claims_of(body["id_token"])["nonce"] == GOOD["nonce"]


async def test_two_requests_of_one_browser_do_not_mix(house: World, visitor: Visitor) -> None:
    """A flow begun anew is another request: the first keeps its own words, whichever comes last."""
    first = await visitor.start(scope="openid skills", state="one", nonce="n-one")
    second = await visitor.ask(scope="openid email", state="two", nonce="n-two")
    back = sent_back(await visitor.decide(first, scope=["skills"]))
    assert back["state"] == "one"
    body = (await house.redeem(back["code"])).json()
    assert set(body["scope"].split()) == {"openid", "skills"}
    assert claims_of(body["id_token"])["nonce"] == "n-one"
    changed = await visitor.decide(second, scope=["email"])
    assert changed.status_code == 409  # she shares something since she was asked: she is shown what
    assert sent_back(await visitor.decide(changed, scope=["email"]))["state"] == "two"


async def test_every_redirect_after_a_post_is_a_303(house: World, visitor: Visitor) -> None:
    """RFC 9700 section 4.12: a 307 would carry the form on, password included."""
    login = await visitor.ask()
    fields = read(login).hidden | {"email": "amina@example.org", "password": "papier pomme cerf-volant"}
    signed_in = await visitor.post("/login", fields)
    consent = await visitor.follow(signed_in)
    decided = await visitor.post(read(consent).action, read(consent).hidden | {"decision": "refuse"})
    asked = await visitor.http.post("/authorize", content=urlencode(GOOD), headers=FORM)
    out = await visitor.post(
        "/logout", {"form_token": read(await visitor.get("/logout")).hidden["form_token"]}
    )
    for answer in (signed_in, decided, asked, out):
        assert answer.status_code == 303, answer.request.url
