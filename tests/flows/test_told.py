"""Partners are told: the sample app forgets by itself; one that keeps silent asks nobody for anything new."""

import asyncio

from sqlalchemy import bindparam, update
from sqlmodel import col

from foundation.statements import Write
from idp.running.opening import open_server
from idp.signals.tables import Signal
from tests.actors.browser import Browser
from tests.browser import axe
from tests.support.html import html_problems

WANTED = "openid profile skills offline_access"
_LATE = Write(
    update(Signal)
    .where(col(Signal.grant_id) == bindparam("grant"), col(Signal.erase_by).is_not(None))
    .values(erase_by=1)
)


async def until_it_says(browser: Browser, path: str, text: str) -> None:
    """Look again until a page has it."""
    async with asyncio.timeout(60):
        await browser.visit(path)
        while not await browser.says(text):
            await asyncio.sleep(0.3)
            await browser.visit(path)


async def test_she_takes_back_and_reads_that_her_copy_is_erased(stage):
    her = await stage.browser(width=320)
    await her.come_from_the_app(await stage.house.person("amina"))
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    grant = await her.grant_id("Cap Coaching")
    await her.revoke("Cap Coaching")
    await until_it_says(her, f"/account/apps/{grant}", "L’application déclare avoir effacé vos données")
    assert await her.says("Votre copie est effacée : Cap Coaching ne la gardait qu’en mémoire.")
    auditor = await stage.auditor()
    page = auditor.browser
    await page.visit(f"/audit/grants/{grant}")
    for event in ("Autorisation retirée", "Application prévenue", "Effacement déclaré"):
        assert await page.says(event)


async def test_an_app_that_keeps_silent_asks_nothing_new(stage):
    app = await stage.app("Forum Muet", WANTED)
    her = await stage.browser(width=320, scripts=True)
    await her.sign_in_at_accord(await stage.house.person("amina"))
    await her.visit(app.attempt(WANTED).url)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    grant = await her.grant_id("Forum Muet")
    await her.revoke("Forum Muet")
    await her.visit(f"/account/apps/{grant}")
    await her.press("#ask-erasure")
    assert await her.says("L’application doit effacer vos données et le déclarer avant le")
    async with open_server(stage.house.settings) as server, server.db.transaction() as tx:
        assert await tx.run(_LATE, grant=grant) == 1
    await her.visit(f"/account/apps/{grant}")
    assert await her.says("L’application n’a pas répondu à temps")

    await her.visit(app.attempt(WANTED).url)
    assert await her.title() == (
        "Cette application ne peut pas demander de nouvelle autorisation pour le moment"
    )
    assert html_problems(await her.source()) == []
    assert await her.page.evaluate("document.documentElement.scrollWidth") == 320
    await axe.load(her.page)
    assert await axe.violations(her.page) == []
    back = str(await her.at("main .actions a").first.get_attribute("href"))
    assert back.startswith(app.redirect_uri + "?error=access_denied")
