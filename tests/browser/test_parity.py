"""Yes, no and no more weigh the same: sizes, contrast, clicks, nothing ticked (GDPR article 7)."""

import re

import pytest
import pytest_asyncio

from tests.browser import families, parity
from tests.browser.places import PLACES

ACCEPT, REFUSE, REVOKE = "#accept", "#refuse", "button.revoke"
SIGHTS = [(width, light) for width in (1280, 320) for light in ("light", "dark")]


async def _asked(stage, width, light):
    """A consent screen, and the person's browser on it."""
    chloe = await stage.house.person("chloe")
    her = await stage.browser(width=width, scripts=True, color_scheme=light, reduced_motion="reduce")
    await her.come_from_the_app(chloe)
    return her


async def _pair(her):
    page = her.page
    return await parity.measured(page, "accept", ACCEPT), await parity.measured(page, "refuse", REFUSE)


@pytest.mark.parametrize(("width", "light"), SIGHTS)
async def test_yes_no_and_no_more_look_the_same(stage, width, light):
    her = await _asked(stage, width, light)
    accept, refuse = await _pair(her)
    assert parity.unlike(accept, refuse) == []
    assert await parity.ticked(her.page) == []
    await her.accept()
    await her.visit("/account/apps")
    assert parity.harder(accept, await parity.measured(her.page, "revoke", REVOKE)) == []


QUESTIONS = [
    place
    for place in PLACES
    if place.path in {"{asked}", "{changed}", "{fresh}", "{paused}", "{unknown}", "{waiting_consent}"}
]
OWN_CHOICE = ["scope=skills", "duration=30d"]  # what the child ticked herself before she asked a parent


@pytest.mark.parametrize("place", QUESTIONS, ids=lambda place: place.name)
async def test_every_question_weighs_yes_and_no_the_same(tour, place):
    """What changed, one grant in place of another, what was paused; answered by halves, unfolded."""
    her = tour.browsers[place.who]
    await her.visit(place.path.format(**tour.names))
    kept = [one for one in await parity.ticked(her.page) if not one.startswith("hide=")]
    chosen = OWN_CHOICE if place.who == "tom" else []
    assert kept == chosen  # what she held back before stays held back; nothing else is chosen for her
    await tour.open(place)
    for width in (1280, 320):
        await her.page.set_viewport_size({"width": width, "height": 900})
        assert parity.unlike(*await _pair(her)) == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_no_and_no_more_take_no_more_clicks_than_yes(stage, width):
    """From the app: its button, and an answer; from any page of hers: apps, and withdraw."""
    chloe, clicks = await stage.house.person("chloe"), parity.Clicks()
    her = await stage.browser(width=width, scripts=True)
    await her.sign_in_at_accord(chloe)
    await clicks.listen(her.page)
    await her.come_from_the_app()
    await her.refuse()
    refusing = clicks.taken()
    await her.come_from_the_app()
    await her.accept()
    giving = clicks.taken()
    await her.visit("/account")
    await _to_her_apps(her)
    await her.press(REVOKE)
    assert parity.longer(2, [("refuse", refusing), ("revoke", clicks.taken())]) == []
    assert (refusing, giving) == (2, 2)
    assert await her.says("ne lit plus rien de vous")
    assert await her.at(REVOKE).count() == 0


async def _to_her_apps(her):
    await her.press("nav a[href='/account/apps']:visible")


# --- a parent ---------------------------------------------------------------------------------------------


async def test_a_parent_s_yes_no_and_no_more_weigh_the_same(stage):
    """Agreeing takes a box and a button, refusing a button; taking back no more, from the same page."""
    house = stage.house
    mum, child = [await families.account(house, name, child=name == "tom") for name in ("maman", "tom")]
    her, his = [await stage.browser(scripts=True, reduced_motion="reduce") for _ in range(2)]
    await her.sign_in_at_accord(mum)
    await his.sign_in_at_accord(child)
    link = await families.ask(his, mum)
    clicks = parity.Clicks()
    await clicks.listen(her.page)
    await her.visit(link)
    assert await parity.ticked(her.page) == []
    for width, light in SIGHTS:
        await her.page.set_viewport_size({"width": width, "height": 900})
        await her.page.emulate_media(color_scheme=light)
        assert parity.unlike(*await _pair(her)) == []
    accept, _ = await _pair(her)
    await her.at("#adult").check()
    await her.accept()
    giving = clicks.taken()
    ending = await parity.measured(her.page, "end", "button.end")
    assert parity.harder(accept, ending) == []
    await her.visit(link)
    await her.press(".crumbs a")
    await her.press("button.end")
    assert parity.longer(giving, [("end", clicks.taken())]) == []
    assert giving == 2

    await his.visit(house.coach)
    await her.visit(await families.ask(his, mum))
    clicks.taken()
    await her.refuse()
    assert parity.longer(giving, [("refuse", clicks.taken())]) == []


# --- the meter itself: what it must not let pass ----------------------------------------------------------

ALTERED = [
    ("refuse.style.fontSize = '12px'", "font: "),
    ("refuse.style.cssText = 'block-size: 2.9rem; min-block-size: 0; padding: 0'", "height: "),
    ("refuse.style.inlineSize = '60px'", "width: "),
    ("refuse.style.background = 'transparent'", "background: "),
    ("refuse.style.color = getComputedStyle(refuse).backgroundColor", "refuse has a contrast of 1.0"),
    ("refuse.style.fontWeight = '100'", "font: "),
    ("accept.style.border = '4px solid gold'", "border: "),
    ("refuse.style.display = 'none'", "cannot be seen"),
    ("refuse.style.opacity = 0", "cannot be seen"),
    ("refuse.remove()", "cannot be seen"),
]


@pytest_asyncio.fixture(loop_scope="session")
async def screen(stage):
    return await _asked(stage, 1280, "light")


async def test_a_page_that_weighs_yes_and_no_apart_is_found(screen):
    for change, said in ALTERED:
        await screen.page.evaluate(f"() => {{ {change} }}")
        assert said in "; ".join(parity.unlike(*await _pair(screen))), change
        await screen.page.reload()
    assert parity.unlike(*await _pair(screen)) == []


async def test_what_is_ticked_before_she_chose_is_found(screen):
    for name, value in (("scope", "skills"), ("future", "skills"), ("duration", "180d")):
        await screen.page.evaluate(
            f"""() => {{ document.querySelector('[name={name}][value="{value}"]').checked = true }}"""
        )
        assert await parity.ticked(screen.page) == [f"{name}={value}"]
        await screen.page.reload()
    await screen.page.evaluate("() => document.querySelector('[name=scope]').setAttribute('checked', '')")
    assert len(await parity.ticked(screen.page)) == 1


async def test_a_withdrawal_made_harder_is_found(screen):
    accept, _ = await _pair(screen)
    await screen.accept()
    await screen.visit("/account/apps")
    for change, said in (
        ("cssText = 'block-size: 2.9rem; min-block-size: 0; padding: 0'", "height: "),
        ("inlineSize = '10rem'", "width: "),
        ("inlineSize = '2rem'", "revoke is 3"),
        ("fontSize = '11px'", "font: "),
        ("color = '#ccc'", "revoke has a contrast of"),
        ("display = 'none'", "revoke cannot be seen"),
    ):
        await screen.page.evaluate(f"() => document.querySelector('{REVOKE}').style.{change}")
        revoke = await parity.measured(screen.page, "revoke", REVOKE)
        assert said in "; ".join(parity.harder(accept, revoke)), change


async def test_one_click_more_to_withdraw_is_found(screen):
    """The button stands behind something to open first."""
    clicks = parity.Clicks()
    await clicks.listen(screen.page)
    await screen.accept()
    await screen.visit("/account")
    await _to_her_apps(screen)
    await screen.page.evaluate(f"""() => {{
      const button = document.querySelector('{REVOKE}'), more = document.createElement('details');
      more.append(document.createElement('summary')); more.firstChild.textContent = '…';
      button.replaceWith(more); more.append(button);
    }}""")
    await screen.at("summary:has-text('…')").click()
    await screen.press(REVOKE)
    assert parity.longer(2, [("revoke", clicks.taken())]) == ["revoke: 3 clicks, accept 2"]
    assert re.search("ne lit plus rien", await screen.at("main").inner_text())
