"""Boxes that are where they should not be: past the edge of the screen, or of the card around them."""

from playwright.async_api import Page

_OUT_OF_CARDS = """() => [...document.querySelectorAll("main .card *")].flatMap(element => {
  const box = element.getBoundingClientRect(), card = element.closest(".card").getBoundingClientRect();
  const out = Math.round(Math.max(box.right - card.right, card.left - box.left));
  const unseen = getComputedStyle(element.closest("thead") ?? element).clipPath !== "none";
  if (out <= 0 || unseen || !element.checkVisibility()) return [];
  return [`${element.outerHTML.slice(0, 90)}: ${out} px`];
})"""
_TOO_WIDE = "() => document.documentElement.scrollWidth - innerWidth"


async def sticking_out(page: Page) -> list[str]:
    """One sentence for each."""
    too_wide = await page.evaluate(_TOO_WIDE)
    found = [f"scrolls sideways by {too_wide} px"] if too_wide > 0 else []
    return found + [f"sticks out: {said}" for said in await page.evaluate(_OUT_OF_CARDS)]
