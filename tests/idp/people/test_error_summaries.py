"""Each form of the room, filled in wrongly: the head of the page leads to the field and names it."""

import pytest

from tests.foundation.web.sanity import at_head, defects
from tests.idp.people.house import PASSWORD, Browser, House

FORMS = {
    "/login": ({"email": "amina", "password": "x"}, "email", "adresse e-mail"),
    "/register": ({"email": "amina"}, "email", "adresse e-mail"),
    "/password/forgot": ({"email": "amina"}, "email", "adresse e-mail"),
    "/verify-email": ({"password": "short"}, "password", "mot de passe"),
    "/password/reset": ({"password": "short"}, "password", "mot de passe"),
    "/account/security/password": (
        {"current_password": "x", "new_password": "x"},
        "current_password",
        "mot de passe actuel",
    ),
}


async def open_link(house: House, browser: Browser, path: str) -> None:
    """Come to a form that stands behind a mailed link."""
    asked = {"/verify-email": "/register", "/password/reset": "/password/forgot"}.get(path)
    if asked is not None:
        await browser.get(asked)
        await browser.post(asked, email="new@example.org" if asked == "/register" else "amina@example.org")
        await browser.open_link((await house.mails())[0].data["link"])


@pytest.mark.parametrize("path", FORMS)
async def test_the_head_of_the_page_names_the_field(house: House, path: str):
    fields, wrong, named = FORMS[path]
    await house.account()
    browser = await house.signed_in() if path.startswith("/account") else house.browser()
    await browser.get("/account/security" if path.startswith("/account") else "/login")
    await open_link(house, browser, path)
    answer = await browser.post(path, **fields)
    assert answer.status_code == 400
    assert defects(answer.text) == []
    assert "<title>Erreur" in answer.text
    told = at_head(answer.text)
    assert list(told) == [wrong]
    assert named in told[wrong].lower()


async def test_a_weak_new_password_is_told_at_its_field(house: House):
    await house.account()
    browser = await house.signed_in()
    await browser.get("/account/security")
    answer = await browser.post("/account/security/password", current_password=PASSWORD, new_password="amina")
    assert list(at_head(answer.text)) == ["new_password"]
    assert defects(answer.text) == []
