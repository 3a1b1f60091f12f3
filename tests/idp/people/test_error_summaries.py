"""Each form of the room, filled in wrongly: the head of the page leads to the field and names it."""

import pytest

from tests.foundation.web.sanity import at_head, defects
from tests.idp.people.house import PASSWORD, Browser, House, token_in

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


async def link(house: House, browser: Browser, path: str) -> dict[str, str]:
    """The token that a form behind a mailed link carries."""
    asked = {"/verify-email": "/register", "/password/reset": "/password/forgot"}.get(path)
    if asked is None:
        return {}
    await browser.get(asked)
    await browser.post(asked, email="new@example.org" if asked == "/register" else "amina@example.org")
    return {"token": token_in((await house.mails())[0])}


@pytest.mark.parametrize("path", FORMS)
async def test_the_head_of_the_page_names_the_field(house: House, path: str):
    fields, wrong, named = FORMS[path]
    await house.account()
    browser = await house.signed_in() if path.startswith("/account") else house.browser()
    await browser.get("/account/security" if path.startswith("/account") else "/login")
    answer = await browser.post(path, **fields, **await link(house, browser, path))
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
