"""Every form refuses to be sent by anyone but the page it was on, in the session it was served to."""

import pytest

from idp.people.router import people_router
from tests.idp.people.house import PASSWORD, House

FORMS = (
    "/login",
    "/logout",
    "/register",
    "/verify-email",
    "/password/forgot",
    "/password/reset",
    "/account/security/password",
    "/account/security/session",
    "/account/security/sign-out-everywhere",
)
FIELDS = {"email": "amina@example.org", "password": PASSWORD}


def test_every_post_is_tried_here(house_routes: set[str]):
    assert house_routes == set(FORMS)


@pytest.fixture
async def house_routes(house: House) -> set[str]:
    router = people_router(house.people, outbox_page=True)
    return {route.path for route in router.routes if "POST" in route.methods}


@pytest.mark.parametrize("path", FORMS)
async def test_forged_forms_are_refused_and_change_nothing(house: House, path: str):
    await house.account()
    browser, neighbour = await house.signed_in(), house.browser()
    await neighbour.get("/login")
    await browser.get("/account/security")
    good = {"sec-fetch-site": "same-origin"}
    tries = [
        ("", good),
        ("00" * 32, good),
        ("not hexadecimal", good),
        (neighbour.token, good),
        (browser.token, {"sec-fetch-site": "same-site"}),  # another port of this host
        (browser.token, {"sec-fetch-site": "cross-site"}),
        (browser.token, {"sec-fetch-site": "none"}),
        (browser.token, {"origin": "http://127.0.0.1:8001"}),
        (browser.token, {"origin": "null"}),
        (browser.token, {"origin": "https://evil.example"}),
        ("", {}),  # a program that names no origin needs the token all the more
        (neighbour.token, {}),
    ]
    for token, headers in tries:
        answer = await browser.http.post(path, data={"form_token": token, **FIELDS}, headers=headers)
        assert answer.status_code == 403, (token, headers)
        assert "set-cookie" not in answer.headers
    assert (await browser.get("/account/security")).status_code == 200
    assert await house.mails() == []
    assert {event["event"] for event in await house.events()} == {"account.created", "login.succeeded"}


@pytest.mark.parametrize("path", FORMS)
async def test_a_form_without_a_session_is_refused(house: House, path: str):
    browser = house.browser()
    answer = await browser.post(path, **FIELDS)
    private = path.startswith("/account/")
    assert answer.status_code == (303 if private else 403)


async def test_a_browser_that_sends_origin_alone_is_served(house: House):
    await house.account()
    browser = house.browser()
    browser.same_origin = {"origin": "http://127.0.0.1:8000"}
    assert (await browser.sign_in()).status_code == 303


@pytest.mark.parametrize("path", FORMS)
async def test_forms_are_urlencoded_and_nothing_else(house: House, path: str):
    await house.account()
    browser = await house.signed_in()
    await browser.get("/account/security")
    fields = {"form_token": browser.token, **FIELDS}
    for sent in ({"json": fields}, {"files": {name: (None, value) for name, value in fields.items()}}):
        answer = await browser.http.post(path, headers=browser.same_origin, **sent)
        assert answer.status_code == 415


async def test_repeated_oversized_and_broken_fields_are_refused(house: House):
    browser = house.browser()
    await browser.get("/login")
    head = {**browser.same_origin, "content-type": "application/x-www-form-urlencoded"}
    token = f"form_token={browser.token}&"
    for body, status in (
        (token + "email=a&email=b&password=c", 400),
        (token + "email=%00&password=c", 400),
        (token + "email=%ff&password=c", 400),
        (token + "email=%zz&password=c", 400),
        (token + "email=a&password=" + "b" * 70_000, 413),
        (token + "&".join(f"a{n}=1" for n in range(2000)), 413),
        (token + "email=" + "a" * 10_000 + "&password=c", 400),
    ):
        answer = await browser.http.post("/login", content=body, headers=head)
        assert answer.status_code == status
