"""Each page, in light and dark, at 1280 and 320 px: valid, for everyone, whole, titled, and quiet.

In English too, where nothing of the French is left; and with room for languages of longer words.
"""

import pytest

from tests.browser import axe
from tests.browser.boxes import sticking_out
from tests.browser.english import IN_OTHER_LANGUAGES, left_in_french
from tests.browser.longer_words import crowded
from tests.browser.places import PLACES
from tests.support.html import html_problems

LIGHTS, WIDTHS = ("light", "dark"), (1280, 320)
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
    await page.set_viewport_size({"width": 1280, "height": 900})
    await axe.load(page)
    wrong = []
    for width in WIDTHS:
        await page.set_viewport_size({"width": width, "height": 900})
        for light in LIGHTS:
            await page.emulate_media(color_scheme=light)
            wrong += [f"{width} {light}: {said}" for said in await axe.violations(page)]
        wrong += [f"{width}: {said}" for said in await sticking_out(page)]
        wrong += [f"{width}: too small: {said}" for said in await page.evaluate(TOO_SMALL)]
    if browser.is_at_accord():
        opened_again = browser.was_asked_for() and place.name not in IN_OTHER_LANGUAGES
        french = await left_in_french(browser) if opened_again else []
        wrong += [f"French in English: {said}" for said in french] + await crowded(page)
    assert not wrong, "\n".join(wrong)
    assert await page.get_attribute("html", "lang") == "fr"
    assert await browser.at("h1:not(.replay h1)").count() == 1  # a kept page was headed too
    assert len((await page.title()).rpartition("–")[0]) > 3
    assert browser.watch.complaints == []
