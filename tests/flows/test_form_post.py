"""The answer as a form (form_post) in a real browser: pressed where no script runs, else by itself."""

import pytest

from tests.actors.house import AMINA
from tests.support.html import html_problems

SCOPE = "openid profile skills"


@pytest.mark.parametrize("language", ["fr", "en"])
async def test_without_scripts_she_presses_a_button(stage, language):
    app = await stage.app("Porteur", SCOPE)
    her = await stage.browser(width=320, language=language)
    await her.sign_in_at_accord(AMINA)
    attempt = app.attempt(SCOPE, response_mode="form_post")
    await her.visit(attempt.url)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    assert await her.title() == {"fr": "Retour vers Porteur", "en": "Back to Porteur"}[language]
    assert html_problems(await her.source()) == []
    assert await her.page.evaluate("document.documentElement.scrollWidth") <= 320
    assert (await her.at("#go-on").bounding_box())["height"] >= 44
    await her.press("#go-on")
    assert her.page.url == app.redirect_uri  # nothing of the answer is in an address
    await app.redeem(attempt)


async def test_with_scripts_it_goes_by_itself(stage):
    app = await stage.app("Porteur vif", SCOPE)
    her = await stage.browser(scripts=True)
    await her.sign_in_at_accord(AMINA)
    attempt = app.attempt(SCOPE, response_mode="form_post")
    await her.visit(attempt.url)
    await her.tick("skills")
    await her.share_for("30d")
    await her.at("#accept").click()
    await her.page.wait_for_url(app.redirect_uri)
    await app.redeem(attempt)
