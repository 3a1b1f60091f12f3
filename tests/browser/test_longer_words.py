"""Room for other languages: each text 40 % longer and accented, from left to right and back, on a phone."""

import pytest

from foundation.web.pseudo import accent
from tests.browser.places import PLACES
from tests.browser.test_every_page import STICKING_OUT

MAIN = (
    "home",
    "sign in, wrong",
    "register",
    "choose a password",
    "help",
    "unknown app",
    "consent, answered",
    "consent, all unfolded",
    "consent, a change",
    "profile",
    "profile, empty",
    "skill",
    "find a skill",
    "experience, wrong",
    "apps",
    "apps, none",
    "app",
    "receipt",
    "history",
    "security, wrong",
    "sign out",
    "ledger",
    "event",
    "administrator",
    "partner",
)
# Every text but names and codes; what tables say before their values on a phone too.
TEXTS = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, node =>
    node.data.trim() && !node.parentElement.closest("code, script, .name, .mark")
      ? NodeFilter.FILTER_ACCEPT : NodeFilter.FILTER_REJECT);
  window.shown = [];
  while (walk.nextNode()) {
    const node = walk.currentNode;
    window.shown.push([() => node.data, text => { node.data = text; }]);
  }
  for (const cell of document.querySelectorAll("[data-label]"))
    window.shown.push([() => cell.dataset.label, text => { cell.dataset.label = text; }]);
  return window.shown.map(([read]) => read());
}"""
SAY = "texts => texts.forEach((text, index) => window.shown[index][1](text))"


def test_these_places_exist():
    assert {place.name for place in PLACES} >= set(MAIN)


@pytest.mark.parametrize(
    "place", [place for place in PLACES if place.name in MAIN], ids=lambda place: place.name
)
async def test_it_has_room(tour, place):
    browser = await tour.open(place)
    page = browser.page
    await page.set_viewport_size({"width": 320, "height": 900})
    texts = await page.evaluate(TEXTS)
    await page.evaluate(SAY, [accent(text.strip()) for text in texts])
    wrong = []
    for direction in ("ltr", "rtl"):
        await page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        too_wide = await page.evaluate("document.documentElement.scrollWidth") - 320
        wrong += [f"{direction}: scrolls sideways by {too_wide} px"] if too_wide > 0 else []
        wrong += [f"{direction}: sticks out: {said}" for said in (await page.evaluate(STICKING_OUT))[:9]]
    assert not wrong, "\n".join(wrong)
