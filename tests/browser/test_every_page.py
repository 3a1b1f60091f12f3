"""Each page, in light and dark, at 1280 and 320 px: valid, for everyone, whole, titled, and quiet."""

import pytest

from tests.browser import axe
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


# Boxes that stick out of the card around them.
STICKING_OUT = """() => [...document.querySelectorAll("main .card *")].flatMap(element => {
  const box = element.getBoundingClientRect(), card = element.closest(".card").getBoundingClientRect();
  const out = Math.round(Math.max(box.right - card.right, card.left - box.left));
  const unseen = getComputedStyle(element.closest("thead") ?? element).clipPath !== "none";
  if (out <= 0 || unseen || !element.checkVisibility()) return [];
  return [`${element.outerHTML.slice(0, 90)}: ${out} px`];
})"""


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
        too_wide = await page.evaluate("document.documentElement.scrollWidth") - width
        wrong += [f"{width}: scrolls sideways by {too_wide} px"] if too_wide > 0 else []
        wrong += [f"{width}: sticks out: {said}" for said in await page.evaluate(STICKING_OUT)]
        wrong += [f"{width}: too small: {said}" for said in await page.evaluate(TOO_SMALL)]
    assert not wrong, "\n".join(wrong)
    assert await page.get_attribute("html", "lang") == "fr"
    assert await browser.at("h1").count() == 1
    assert len((await page.title()).removesuffix("– Accord").removesuffix("– Cap Coaching")) > 3
    assert browser.watch.complaints == []
