"""An app signs her out: asked or not, brought back or told; in a real browser without scripts."""

from urllib.parse import urlencode

import pytest

from tests.actors.house import AMINA
from tests.support.html import html_problems

SCOPE = "openid profile"


@pytest.mark.parametrize(("language", "width"), [("fr", 320), ("en", 1280)])
async def test_she_leaves_by_the_app_and_comes_back_to_it(stage, language, width):
    app = await stage.app("Sortie", SCOPE)
    her = await stage.browser(width=width, language=language)
    attempt = app.attempt(SCOPE)
    await her.visit(attempt.url)
    await her.sign_in(AMINA)
    if her.is_at_accord():
        await her.accept()
    await app.redeem(attempt)
    where = app.meta["end_session_endpoint"]

    await her.visit(f"{where}?{urlencode({'client_id': app.client_id})}")
    asked = {"fr": "Se déconnecter d’Accord ?", "en": "Sign out of Accord?"}
    assert await her.title() == asked[language]
    assert html_problems(await her.source()) == []
    assert await her.page.evaluate("document.documentElement.scrollWidth") <= width
    assert (await her.at("#confirm").bounding_box())["height"] >= 44
    await her.press("main form a.plain")  # to stay
    assert her.path == "/account"

    back = {"client_id": app.client_id, "post_logout_redirect_uri": app.leaving_uri, "state": "s-1"}
    await her.visit(f"{where}?{urlencode(back)}")
    await her.press("#confirm")  # which Chromium lets end at the app, because the page's policy names it
    assert her.page.url == f"{app.leaving_uri}?state=s-1"

    # By its ID token, when nobody is signed in any more, too; and without an address she is told.
    hint = {"id_token_hint": app.token["id_token"]}
    await her.visit(f"{where}?{urlencode(hint | {'post_logout_redirect_uri': app.leaving_uri})}")
    assert her.page.url == app.leaving_uri
    await her.visit(f"{where}?{urlencode(hint)}")
    assert await her.title() == {"fr": "Votre session est fermée", "en": "You are signed out"}[language]
    assert html_problems(await her.source()) == []
    assert await her.page.evaluate("document.documentElement.scrollWidth") <= width
    await her.visit("/account")
    assert her.path == "/login"


@pytest.mark.parametrize("scripts", [False, True])
async def test_an_app_that_asks_for_it_is_opened_on_the_way(stage, scripts):
    """Front-Channel Logout; without scripts it is the answer's Refresh that leads on."""
    app = await stage.app("Cadre", SCOPE)
    frame = f"frontchannel_logout_uri={app.redirect_uri}?frame=1"
    stage.house.command("client", "requests", app.client_id, "--set", frame, "--json")
    her = await stage.browser(width=320, scripts=scripts)
    attempt = app.attempt(SCOPE)
    await her.visit(attempt.url)
    await her.sign_in(AMINA)
    if her.is_at_accord():
        await her.accept()
    claims = await app.redeem(attempt)
    fields = {"id_token_hint": app.token["id_token"], "post_logout_redirect_uri": app.leaving_uri}
    await her.visit(f"{app.meta['end_session_endpoint']}?{urlencode(fields)}")
    assert await app.answer() == {"frame": "1", "iss": app.meta["issuer"], "sid": claims["sid"]}
    await her.page.wait_for_url(app.leaving_uri)
    await her.visit("/account")
    assert her.path == "/login"
