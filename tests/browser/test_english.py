"""English, chosen on a page: it stays, in what answers a form too (test_every_page.py reads all pages)."""

from tests.browser.english import left_in_french


async def test_the_language_can_be_changed_on_any_page_and_stays(stage):
    her = await stage.browser(language="fr")
    await her.visit("/login")
    assert await her.title() == "Se connecter"
    await her.press("footer a[hreflang=en]")
    assert await her.title() == "Sign in"
    await her.sign_in((await stage.house.person("chloe"))._replace(password="not hers"))
    assert not await left_in_french(her)
    await her.visit("/register")
    assert await her.page.get_attribute("html", "lang") == "en"
    await her.press("footer a[hreflang=fr]")
    assert await her.title() == "Créer un compte"
