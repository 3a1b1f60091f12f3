"""What the tour does at the sample apps: at the kiosk, across the table from the adviser."""

import asyncio

from playwright.async_api import Route

from tests.actors.browser import Browser

_PATIENCE_SECONDS = 60  # Accord lets an app look every five


async def still(route: Route) -> None:
    """The page stays: it does not come again by itself."""
    answer = await route.fetch()
    kept = {name: value for name, value in answer.headers.items() if name != "refresh"}
    await route.fulfill(response=answer, headers=kept)


async def kiosk_code(browser: Browser) -> None:
    """Somebody starts at the kiosk, and sees the code."""
    await browser.press("#start")
    await browser.page.route("**/code", still)
    await browser.visit(f"{browser.house.kiosk}/code")


async def asked_by_kiosk(browser: Browser) -> None:
    await kiosk_code(browser)
    code = await browser.at("#code").inner_text()
    await browser.visit(f"/device?user_code={code}")
    await browser.press("#look-up")


async def her_skills_at_kiosk(browser: Browser) -> None:
    """She answered yes; the screen shows what it found."""
    await asked_by_kiosk(browser)
    await browser.press("#go-on")
    await browser.tick("skills")
    await browser.accept()
    await _until(browser, f"{browser.house.kiosk}/code", "#skills")


async def wrong_person(browser: Browser) -> None:
    await browser.page.fill("[name=person]", "amina")
    await browser.press("#ask")


async def ask(browser: Browser, email: str) -> tuple[str, str]:
    """An adviser asks somebody; the address of the page that waits, and its code."""
    await browser.visit(browser.house.adviser)
    await browser.page.route("**/appointments/*", still)
    await browser.page.fill("[name=person]", email)
    await browser.press("#ask")
    # What a form's answer leads to is not routed: opened again, it stays, and calls back nobody who leaves.
    await browser.visit(browser.page.url)
    return browser.page.url, await browser.at("#code").inner_text()


async def answered(browser: Browser) -> None:
    """The appointment, once Accord was asked how it ended."""
    await _until(browser, browser.page.url, "main:not(:has(#code))")


async def _until(browser: Browser, address: str, shown: str) -> None:
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await browser.visit(address)
        while not await browser.at(shown).count():
            await asyncio.sleep(0.25)
            await browser.visit(address)
