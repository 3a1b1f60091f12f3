"""What a page hides is hidden, whatever it looks like when it shows: no rule of ours outdoes `hidden`."""

from pathlib import Path

SHEET = Path(__file__).parents[2] / "foundation/web/static/accord.css"
LOOKS = (
    *("button", "button class=plain", "a class=btn href=#", "label class=choice", "p class=actions"),
    *("div class=equal", "div class=card", "div class=field", "div class=tiles", "div class=notice"),
    *("ul class=links", "dl class=facts", "table class=stack", "p class=status"),
)


async def test_nothing_that_is_hidden_is_drawn(chromium):
    context = await chromium.new_context(viewport={"width": 320, "height": 900})
    page = await context.new_page()
    await page.set_content(_page())
    await page.add_style_tag(content=SHEET.read_text("utf-8"))
    drawn = "elements => elements.filter(one => one.checkVisibility()).map(one => one.outerHTML)"
    assert await page.locator("body > [hidden]").count() == len(LOOKS)
    assert await page.locator("body > [hidden]").evaluate_all(drawn) == []
    assert len(await page.locator("body > :not([hidden])").evaluate_all(drawn)) == len(LOOKS)
    await context.close()


def _page() -> str:
    return "".join(
        f"<{look}{hidden}>x</{look.partition(' ')[0]}>" for hidden in ("", " hidden") for look in LOOKS
    )
