"""Each page, in light and dark, at 1280 and 320 px: valid, for everyone, whole, titled, and quiet.

In French and in English, where nothing of the French is left: each width and each light is seen in one of
them. And with room for languages of longer words.
"""

from typing import Literal

import pytest
from playwright.async_api import Page

from tests.browser import axe
from tests.browser.boxes import sticking_out
from tests.browser.english import IN_ONE_LANGUAGE, in_english, left_in_french
from tests.browser.longer_words import crowded
from tests.browser.places import PLACES
from tests.support.html import html_problems

Ways = tuple[tuple[int, Literal["light", "dark"]], ...]
IN_FRENCH: Ways = ((1280, "light"), (320, "dark"))
IN_ENGLISH: Ways = ((1280, "dark"), (320, "light"))
# Below 24 px and not in a sentence (WCAG 2.5.8); fields and buttons below 44.
TOO_SMALL = """() => {
  const big = "button, .btn, .button, select, textarea, input:not([type=checkbox], [type=radio])";
  const found = [];
  for (const element of document.querySelectorAll("a, button, summary, select, input, textarea")) {
    const box = (element.closest("label.choice, label.tick") ?? element).getBoundingClientRect();
    if (!box.width || element.closest(".unseen, .skip") || !element.checkVisibility()) continue;
    const inline = getComputedStyle(element).display.startsWith("inline");
    if (element.matches("a:not(.btn, .button)") && inline) continue;
    const least = element.matches(big) ? 44 : 24;
    if (box.height < least || box.width < 24)
      found.push(`${element.outerHTML.slice(0, 90)}: ${box.width}x${box.height}`);
  }
  return found;
}"""


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
async def test_it_is_for_everyone(tour, place):
    browser = await tour.open(place)
    page = browser.page
    assert html_problems(await browser.source()) == []
    assert await page.get_attribute("html", "lang") == "fr"
    assert await browser.at("h1:not(.replay h1)").count() == 1  # a kept page was headed too
    assert len((await page.title()).rpartition("–")[0]) > 3
    in_both = place.name not in IN_ONE_LANGUAGE
    wrong = await looked_at(page, IN_FRENCH if in_both else IN_ENGLISH + IN_FRENCH) + await crowded(page)
    if in_both:
        # What answers a form is asked for as it was, by filling it again.
        async with in_english(browser):
            await (browser.visit(page.url) if browser.was_asked_for() else tour.open(place))
        wrong += [f"French in English: {said}" for said in await left_in_french(browser)]
        wrong += await looked_at(page, IN_ENGLISH)
    assert not wrong, "\n".join(wrong)
    assert browser.watch.complaints == []


async def looked_at(page: Page, ways: Ways) -> list[str]:
    """What is wrong with a page at these widths, in these lights."""
    await axe.load(page)
    wrong = []
    for width, light in ways:
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=light)
        found = await axe.violations(page) + await sticking_out(page)
        found += [f"too small: {said}" for said in await page.evaluate(TOO_SMALL)]
        wrong += [f"{width} {light}: {said}" for said in found]
    return wrong
