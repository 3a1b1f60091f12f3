"""What she looks for is near: a skill or a job as she types it; her apps and reads two clicks from home."""

import pytest


@pytest.mark.parametrize(("dataset", "typed"), [("skills", "accueil"), ("job_targets", "secrétaire")])
async def test_the_referential_answers_as_she_types(stage, dataset, typed):
    """Nothing is pressed; without scripts the button does the same (test_profile_and_receipts.py)."""
    bruno = await stage.house.person("bruno")
    his = await stage.browser(scripts=True)
    await his.sign_in_at_accord(bruno)
    await his.visit(f"/account/profile/{dataset}/add")
    before = his.page.url
    assert await his.at("#results > *").count() == 0
    await his.at("#q").press_sequentially("zzz")
    await his.at("#results:has-text('Rien ne correspond')").wait_for()
    await his.at("#q").fill(typed)
    found = his.at(f"#results li:has-text('{typed}')").first
    await found.wait_for()
    assert his.page.url == before
    async with his.page.expect_navigation():
        await found.locator("a").click()
    assert await his.at("#save").count() == 1
    assert his.watch.complaints == []


@pytest.mark.parametrize("width", [1280, 320])
async def test_her_apps_and_their_reads_are_two_clicks_from_home(stage, width):
    amina, her = await stage.house.person("amina"), await stage.browser(width=width)
    await her.come_from_the_app(amina)
    await her.accept()
    for path in ("/account/apps", "/account/history"):
        await her.visit("/")
        await her.press(f"nav a[href='{path}']:visible")
        assert her.path == path
    assert await her.says("Cap Coaching")
    await her.press("main a[href='/account/history/fields']")
    assert await her.says("Par donnée")
