"""The same pages in English: nothing of the French is left where no one wrote French."""

import re

from tests.actors.house import ADMINISTRATOR, AUDITOR, PARTNER

FRENCH = re.compile(
    r"[àâçèéêëîïôùûœ«»]|\b(vous|votre|vos|aucune?|retirer|partager|pour|les|des|une|est|dans|avec|sur)\b",
    re.I,
)
# What is somebody's name or another language's own name.
NAMES = re.compile(r"Chloé|Français|Cap Coaching SAS \(démonstration\)|France Travail")
FOR_ANYONE = ("/", "/login", "/register", "/password/forgot", "/help", "/nowhere", "/errors")
HERS = (
    "/account",
    "/account/apps",
    "/account/history",
    "/account/security",
    "/account/profile/skills/add",
    "/account/profile/job_targets/j1/gap",
    "/account/profile/experiences/add",
    "/account/profile/birthdate/only",
    "/logout",
    "/end-session?id_token_hint=x",
    "/end-session?client_id=coach-demo&post_logout_redirect_uri=x",
    "/authorize?client_id=nobody",
)


STAFF = ((AUDITOR, "/audit"), (ADMINISTRATOR, "/admin"), (PARTNER, "/partner"))


async def leftovers(her) -> list[str]:
    """Words of this page that are French."""
    assert await her.page.get_attribute("html", "lang") == "en", her.page.url
    text = NAMES.sub("", await her.at("body").inner_text() + await her.page.title())
    return [f"{her.path}: {line}" for line in text.splitlines() if FRENCH.search(line)]


async def test_nothing_french_is_left_on_an_english_page(stage):
    chloe, her = await stage.house.person("chloe"), await stage.browser(language="en")
    found = []
    for path in FOR_ANYONE:
        await her.visit(path)
        found += await leftovers(her)
    await her.come_from_the_app()
    found += await leftovers(her)
    await her.sign_in(chloe._replace(password="not hers"))
    found += await leftovers(her)
    await her.sign_in(chloe)
    for summary in await her.at("main summary").all():
        await summary.click()
    found += await leftovers(her)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    found += await leftovers(her)
    for path in (*HERS, f"/account/apps/{await her.grant_id('Cap Coaching')}"):
        await her.visit(path)
        found += await leftovers(her)
    await her.press("a[href*='/receipts/']")
    found += await leftovers(her)
    await her.revoke("Cap Coaching")
    found += await leftovers(her)
    await her.visit(her.house.coach + "/me")
    found += await leftovers(her)
    assert not found, "\n".join(found)


async def test_nothing_french_is_left_for_the_staff(stage):
    found = []
    for account, path in STAFF:
        their = await stage.browser(language="en")
        await their.sign_in_at_accord(account)
        assert their.path == path
        found += await leftovers(their)
    assert not found, "\n".join(found)


async def test_the_language_can_be_changed_on_any_page_and_stays(stage):
    her = await stage.browser(language="fr")
    await her.visit("/login")
    assert await her.title() == "Se connecter"
    await her.press("footer a[hreflang=en]")
    assert await her.title() == "Sign in"
    await her.visit("/register")
    assert await her.page.get_attribute("html", "lang") == "en"
    await her.press("footer a[hreflang=fr]")
    assert await her.title() == "Créer un compte"
