"""`python -m tests.browser.screenshots`: the pictures of README.md, taken of a running demonstration."""

import asyncio
import sys
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

import playwright.async_api as playwright

from tests.actors.browser import Browser
from tests.actors.house import AMINA, AUDITOR, House
from tests.actors.stage import Stage
from tests.support import ROOT

IMAGES = ROOT / "docs" / "images"


async def _take(browser: Browser, name: str, upper: str, lower: str, rim: int = 0) -> None:
    """The strip of the page from the top of one element to the bottom of another. rim: pixels around it."""
    await browser.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    await asyncio.sleep(1)  # colours come to rest
    top, end = await browser.at(upper).first.bounding_box(), await browser.at(lower).first.bounding_box()
    assert top is not None
    assert end is not None
    high = max(top["y"] - rim, 0)
    size = await browser.page.evaluate("innerWidth")
    await browser.page.screenshot(
        path=IMAGES / f"{name}.png",
        full_page=True,
        clip={"x": 0, "y": high, "width": size, "height": end["y"] + end["height"] + rim - high},
    )


async def _shoot(stage: Stage) -> None:
    her, auditor = await stage.browser(width=820), await stage.browser(width=1180)
    await her.come_from_the_app(AMINA)
    await her.tick("skills")
    await her.hold_back("skills", 1)
    await her.share_for("30d")
    await _take(her, "consent", "header", "li:has(input[value='skills:s06'])")
    await _take(her, "answer", "fieldset:has([name=duration])", "#accept", rim=24)
    await her.accept()
    grant_id = await her.grant_id("Cap Coaching")
    await _take(her, "apps", "header", "section.card", rim=24)
    await auditor.sign_in_at_accord(AUDITOR)
    await auditor.visit(f"/audit/grants/{grant_id}")
    await asyncio.sleep(3)  # until a signed head covers the last read
    await auditor.page.reload()
    await _take(auditor, "ledger", "header", "tbody tr:nth-child(5)")


async def _run(house: House) -> None:
    async with playwright.async_playwright() as driver, AsyncExitStack() as exits:
        chromium = await driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        exits.push_async_callback(chromium.close)
        await _shoot(Stage(chromium, house, exits))


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        house = House(Path(folder))
        house.start()
        try:
            asyncio.run(_run(house))
        finally:
            house.stop()
    for path in sorted(IMAGES.glob("*.png")):
        sys.stdout.write(f"{path.relative_to(ROOT)} {path.stat().st_size // 1024} kB\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
