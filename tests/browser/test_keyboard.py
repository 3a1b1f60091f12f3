"""Sign-in and consent with a keyboard alone: the order of reading, and a focus that can always be seen."""

# Where the focus is, in words; and whether it shows: an outline, and nothing in front of it.
FOCUS = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect(), style = getComputedStyle(at);
  const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const x = box.x + box.width / 2, y = Math.min(box.y + box.height / 2, innerHeight - 2);
  const top = document.elementFromPoint(x, y);
  const bare = top !== null && (at.contains(top) || top.contains(at));
  const name = at.id || [at.name, at.value].filter(Boolean).join("=") || at.textContent.trim();
  return {name, shows: at === document.body || (ring && bare && box.y >= 0 && box.bottom > 0)};
}"""


async def tab_until(browser, name: str, most: int = 80) -> list[str]:
    """Press Tab until that element has the focus; everything that had it on the way. Each must show it."""
    passed: list[str] = []
    for _ in range(most):
        await browser.page.keyboard.press("Tab")
        focus = await browser.page.evaluate(FOCUS)
        passed.append(focus["name"])
        assert focus["shows"], f"the focus is not seen on {focus['name']}"
        if focus["name"] == name:
            return passed
    raise AssertionError(f"{name} is never reached: {passed}")


async def type_into(browser, name: str, text: str) -> None:
    await tab_until(browser, name)
    await browser.page.keyboard.type(text)


async def press_enter(browser) -> None:
    async with browser.page.expect_navigation():
        await browser.page.keyboard.press("Enter")


async def test_she_signs_in_and_shares_by_keyboard_alone(stage):
    amina, her = await stage.house.person("amina"), await stage.browser(scripts=True)
    await her.visit(her.house.coach + "/")
    await tab_until(her, "accord-sign-in")
    await press_enter(her)

    assert (await tab_until(her, "email"))[0] == "Aller au contenu"
    await her.page.keyboard.type(amina.email)
    await type_into(her, "password", amina.password)
    await press_enter(her)

    before = await tab_until(her, "scope-skills")
    assert before.index("scope-email") < before.index("scope-skills")
    await her.page.keyboard.press("Space")
    await tab_until(her, "hide=skills:s02")
    await her.page.keyboard.press("Space")
    await tab_until(her, "duration=once")
    await her.page.keyboard.press("ArrowDown")
    after = await tab_until(her, "accept")
    assert after[-2:] == ["refuse", "accept"]
    await press_enter(her)

    assert her.page.url == her.house.coach + "/me"
    shown = await her.texts("#skills li > span:first-child")
    kept = amina.labels("skills")[1]
    assert kept not in shown
    assert len(shown) == len(amina.labels("skills")) - 1
    assert await her.says("Jusqu’à la date que vous avez choisie")


async def test_after_a_mistake_the_focus_is_on_what_is_wrong(stage):
    her = await stage.browser(scripts=True)
    await her.visit("/login")
    await her.page.fill("[name=email]", "nobody@example.org")
    await her.page.fill("[name=password]", "not a password")
    await her.press("#sign-in")
    assert await her.page.evaluate("document.activeElement.className") == "summary"
    await her.page.keyboard.press("Tab")
    await her.page.keyboard.press("Enter")
    assert await her.page.evaluate("document.activeElement.id") == "email"
