"""The parity meter: what it costs to say yes, no, and no more (GDPR article 7(3), EDPB guidelines 03/2022).

A button is measured as it is drawn: its box, its letters, their contrast with what lies behind them. Clicks
are counted where the browser hears them. `unlike`, `harder` and `longer` say what weighs more than it may.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from playwright.async_api import Page

LEAST_TARGET = 44  # CSS pixels: WCAG 2.2, 2.5.5
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3
LEAST_SHARE = 0.8  # of accept's width, for a button that stands in a card and loses its padding
_LOOKS = ("width", "height", "colour", "background", "border", "font")

_MEASURE = """selector => {
  const element = document.querySelector(selector);
  if (!element || !element.checkVisibility({visibilityProperty: true, opacityProperty: true})) return null;
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", {willReadFrequently: true});
  const layers = [];
  for (let at = element; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor);
  const painted = colours => {
    canvas.fillStyle = "white";
    canvas.fillRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data].slice(0, 3);
  };
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, index) => sum + one * [0.2126, 0.7152, 0.0722][index], 0);
  const style = getComputedStyle(element), box = element.getBoundingClientRect();
  const [behind, letters] = [painted(layers), painted([...layers, style.color])];
  const [high, low] = [light(behind), light(letters)].sort((a, b) => b - a);
  const labels = [...(element.closest(".equal") ?? element.parentElement).querySelectorAll("button, .btn")]
    .map(one => [one, [...one.childNodes]]);
  for (const [one] of labels) one.replaceChildren("X");
  const bare = Math.round(element.getBoundingClientRect().height);
  for (const [one, children] of labels) one.replaceChildren(...children);
  return {
    bare, width: Math.round(box.width), height: Math.round(box.height),
    colour: letters.join(), background: behind.join(),
    border: style.border, font: `${style.fontWeight} ${style.fontSize} ${style.fontFamily}`,
    contrast: (high + 0.05) / (low + 0.05),
  };
}"""
_TICKED = """() => [...document.querySelectorAll("main input")].filter(box => box.checked && (
  box.type === "checkbox" || box !== box.closest("fieldset").querySelector(`[name="${box.name}"]`)
)).map(box => `${box.name}=${box.value}`)"""
_HEAR = 'addEventListener("pointerdown", () => heardClick(), true)'


@dataclass(frozen=True, slots=True)
class Target:
    """A button as drawn. Sizes in CSS pixels; bare: its height when it and those beside it say one letter.

    contrast: of its letters with what lies behind, 1 to 21.
    """

    name: str
    width: int
    height: int
    bare: int
    colour: str
    background: str
    border: str
    font: str
    contrast: float


async def measured(page: Page, name: str, selector: str) -> Target | None:
    """One button, or None when nobody can see it."""
    found: dict[str, Any] | None = await page.evaluate(_MEASURE, selector)
    return None if found is None else Target(name, **found)


async def ticked(page: Page) -> list[str]:
    """What is chosen before she chose: any box; of options, any but the first."""
    found: list[str] = await page.evaluate(_TICKED)
    return found


class Clicks:
    """Counts what a browser's holder presses, on whichever page, until asked."""

    def __init__(self) -> None:
        self._heard = 0

    async def listen(self, page: Page) -> None:
        """From the next page on."""
        await page.expose_function("heardClick", self._hear)
        await page.add_init_script(_HEAR)

    def _hear(self) -> None:
        self._heard += 1

    def taken(self) -> int:
        """How many since last asked."""
        heard, self._heard = self._heard, 0
        return heard


def unlike(accept: Target | None, refuse: Target | None) -> list[str]:
    """Where yes and no differ: they may not, in anything."""
    if accept is None or refuse is None:
        return ["accept or refuse cannot be seen"]
    found = [
        f"{look}: accept {getattr(accept, look)}, refuse {getattr(refuse, look)}"
        for look in _LOOKS
        if getattr(accept, look) != getattr(refuse, look)
    ]
    return found + hard_to_press(accept) + hard_to_press(refuse)


def harder(accept: Target, revoke: Target | None) -> list[str]:
    """Where taking back is smaller or fainter than giving, whatever the labels say."""
    if revoke is None:
        return ["revoke cannot be seen"]
    found = [] if revoke.bare >= accept.bare else [f"height: {revoke.bare}, accept {accept.bare}"]
    narrow = revoke.width < accept.width * LEAST_SHARE
    found += [f"width: {revoke.width}, accept {accept.width}"] if narrow else []
    found += [] if revoke.font == accept.font else [f"font: {revoke.font}, accept {accept.font}"]
    return found + hard_to_press(revoke)


def hard_to_press(target: Target) -> list[str]:
    """Where a button is too small or too faint by itself."""
    small = min(target.width, target.height) < LEAST_TARGET
    faint = target.contrast < LEAST_CONTRAST
    found = [f"{target.name} is {target.width}x{target.height}"] if small else []
    return found + ([f"{target.name} has a contrast of {target.contrast:.1f}"] if faint else [])


def longer(giving: int, others: Sequence[tuple[str, int]]) -> list[str]:
    """What takes more clicks than giving did."""
    return [f"{name}: {clicks} clicks, accept {giving}" for name, clicks in others if clicks > giving]
