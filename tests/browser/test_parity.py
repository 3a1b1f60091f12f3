"""Yes and no weigh the same: size, colours, taps; taking back is no harder than giving (GDPR article 7)."""

import pytest

LOOK = """() => ["refuse", "accept"].map(id => {
  const element = document.getElementById(id), style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  return {
    width: Math.round(box.width), height: Math.round(box.height), colour: style.color,
    background: style.backgroundColor, border: style.border, font: style.font,
  };
})"""


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_accept_and_refuse_look_the_same(stage, width, light):
    chloe = await stage.house.person("chloe")
    her = await stage.browser(width=width, scripts=True, color_scheme=light, reduced_motion="reduce")
    await her.come_from_the_app(chloe)
    refuse, accept = await her.page.evaluate(LOOK)
    assert refuse == accept


async def test_taking_back_takes_no_more_taps_than_giving(stage):
    """Giving: the app's button, a tick, accept. Taking back, from any page of hers: apps, revoke."""
    chloe, her = await stage.house.person("chloe"), await stage.browser()
    await her.come_from_the_app(chloe)
    await her.tick("skills")
    await her.accept()
    await her.visit("/account")
    await her.press("nav a[href='/account/apps']")
    await her.press("button.revoke")
    assert await her.says("ne lit plus rien de vous")
    assert await her.at("button.revoke").count() == 0
