"""Room for other languages: each text 40 % longer and accented, from left to right and back, on a phone."""

from playwright.async_api import Page

from foundation.web.pseudo import accent
from tests.browser.boxes import sticking_out

# Every text but names and codes; what tables say before their values on a phone too.
TEXTS = """() => {
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT, node =>
    node.data.trim() && !node.parentElement.closest("code, script, .code, .name, .mark")
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


async def crowded(page: Page) -> list[str]:
    """What has no room on this page at its present width, in longer words. The page keeps them."""
    texts = await page.evaluate(TEXTS)
    await page.evaluate(SAY, [accent(text.strip()) for text in texts])
    wrong = []
    for direction in ("ltr", "rtl"):
        await page.evaluate("direction => { document.documentElement.dir = direction }", direction)
        wrong += [f"longer words, {direction}: {said}" for said in (await sticking_out(page))[:9]]
    return wrong
