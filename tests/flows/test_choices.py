"""Other answers than yes for thirty days, and what may happen between question and answer."""

import pytest

REFUSED = "Pas de souci, vous n’avez rien partagé"
NOTHING_HERE = "Aucune donnée"


async def test_she_refuses_and_is_welcomed_back_without_having_shared(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.come_from_the_app(amina)
    await her.refuse()
    assert await her.title() == REFUSED
    assert await her.at("#accord-sign-in").count() == 1  # she may change her mind, nobody asks her to
    await her.visit("/account/apps")
    assert await her.says("Aucune application pour l’instant")
    await her.come_from_the_app()  # a refusal leaves no memory: she is asked, with nothing ticked
    assert (await her.asked()).ticked == []


async def test_accepting_with_nothing_ticked_signs_her_in_and_is_not_asked_again(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.come_from_the_app(amina)
    await her.share_for("30d")
    await her.accept()
    assert await her.title() == "Bonjour Amina"
    assert await her.at("#not-shared li").count() == 4
    await her.press("#sign-out")
    await her.come_from_the_app()
    assert her.page.url == her.house.coach + "/me"


async def test_once_is_one_sign_in_without_a_refresh_token(stage):
    app = await stage.app("Solo", "openid profile skills offline_access")
    amina, her = await stage.house.person("amina"), await stage.browser()
    attempt = app.attempt("openid profile skills offline_access")
    await her.visit(attempt.url)
    await her.sign_in(amina)
    await her.tick("skills")
    await her.accept()  # "once" is what stands chosen
    await app.redeem(attempt)
    assert "refresh_token" not in app.token
    assert (await app.read("skills")).status_code == 200
    await her.visit("/account/apps")
    assert await her.says("fin de cette connexion")
    await her.visit(app.attempt("openid profile skills offline_access").url)
    assert (await her.asked()).scopes == ("skills",)
    await her.revoke(app.name)
    assert (await app.read("skills")).status_code == 401


async def test_empty_parts_say_so_and_are_shared_as_empty(stage):
    bruno, his = await stage.house.person("bruno"), await stage.browser()
    await his.come_from_the_app(bruno)
    asked = await his.asked()
    assert asked.items["skills"] == bruno.labels("skills")
    assert asked.items["trainings"] == []
    assert NOTHING_HERE in await his.at("section:has(#scope-trainings)").inner_text()
    assert NOTHING_HERE not in await his.at("section:has(#scope-skills)").inner_text()
    await his.tick("skills", "trainings")
    await his.accept()
    assert (
        await his.at("#trainings").inner_text()
        == "Partagé, mais il n’y a rien dans votre profil pour l’instant."
    )
    assert await his.at("#skills li").count() == len(bruno.labels("skills"))


async def test_someone_with_an_empty_profile_can_share_and_use_the_app(stage):
    chloe, her = await stage.house.person("chloe"), await stage.browser()
    await her.come_from_the_app(chloe)
    asked = await her.asked()
    assert all(items == [] for items in asked.items.values())
    for scope in ("skills", "experiences", "trainings"):
        assert NOTHING_HERE in await her.at(f"section:has(#scope-{scope})").inner_text()
    await her.tick("skills")
    await her.accept()
    assert await her.title() == "Bonjour Chloé"
    assert "il n’y a rien dans votre profil" in await her.at("#skills").inner_text()


async def test_when_the_app_asks_more_only_that_is_shown_and_refusing_it_keeps_the_rest(stage):
    everything = "openid profile skills experiences offline_access"
    app = await stage.app("Boussole", everything)
    amina, her = await stage.house.person("amina"), await stage.browser()
    first = app.attempt("openid profile skills offline_access")
    await her.visit(first.url)
    await her.sign_in(amina)
    await her.tick("skills")
    kept = await her.hold_back("skills", 1)
    await her.share_for("180d")
    await her.accept()
    await app.redeem(first)

    more = app.attempt(everything)
    await her.visit(more.url)
    assert await her.title() == "Boussole demande un changement"
    assert await her.at("input[name=scope]").count() == 1
    assert await her.at("#scope-experiences").count() == 1
    assert await her.at("input[name=duration]").count() == 0
    assert await her.says("Ce que vous partagez déjà ne change pas")
    assert "Nouveau" in await her.at("section:has(#scope-experiences)").inner_text()
    await her.refuse()
    await app.redeem(more)
    assert "experiences" not in app.token["scope"].split()

    again = app.attempt(everything, prompt="consent")
    await her.visit(again.url)
    if await her.at("#scope-skills").count():
        await her.tick("skills")
    await her.tick("experiences")
    await her.accept()
    await app.redeem(again)
    assert (await app.read("experiences")).status_code == 200
    labels = [item["label"] for item in (await app.read("skills")).json()["data"]]
    assert kept not in labels  # what was held back stays so


async def test_another_account_on_the_consent_screen_sees_its_own_values_and_voids_the_first_page(stage):
    amina, bruno = await stage.house.person("amina"), await stage.house.person("bruno")
    shared = await stage.browser()
    await shared.come_from_the_app(amina)
    hers = await shared.page.context.new_page()
    await hers.goto(shared.page.url)
    await shared.press("button:has-text('Ce n’est pas vous')")
    await shared.sign_in(bruno)
    asked = await shared.asked()
    assert asked.items["skills"] == bruno.labels("skills")
    assert "Amina" not in await shared.page.content()

    await hers.locator("input[name=scope][value=skills]").check()
    async with hers.expect_navigation() as answered:
        await hers.locator("#accept").click()
    assert (await answered.value).status in {403, 409, 410}
    await shared.visit("/account/apps")
    assert await shared.says("Aucune application pour l’instant")


async def test_going_back_after_accepting_leads_nowhere_twice(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.come_from_the_app(amina)
    await her.tick("skills")
    await her.share_for("30d")
    await her.accept()
    await her.page.go_back()
    assert await her.title() == "Cette demande n’est plus valable"
    await her.visit("/account/history")
    assert await her.at("li.event").filter(has_text="Vous avez accepté").count() == 1


async def test_of_two_answers_to_one_question_the_first_counts(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.come_from_the_app(amina)
    second = await her.page.context.new_page()
    await second.goto(her.page.url)
    await her.tick("skills")
    await her.accept()
    async with second.expect_navigation() as answered:
        await second.locator("#refuse").click()
    assert (await answered.value).status == 410
    assert "Cette demande n’est plus valable" in await second.locator("h1").inner_text()
    await her.visit("/account/apps")
    assert await her.at("section.card").count() == 1


async def test_a_request_that_waited_too_long_is_told_kindly_and_records_nothing(stage):
    amina, her = await stage.house.person("amina"), await stage.browser()
    await her.come_from_the_app(amina)
    await her.tick("skills")
    await stage.house.let_expire(her.path.rsplit("/", 1)[1])
    await her.accept()
    assert await her.title() == "Cette demande n’est plus valable"
    assert await her.says("Retournez sur l’application et recommencez")
    await her.visit("/account/apps")
    assert await her.says("Aucune application pour l’instant")


@pytest.mark.parametrize("choice", ["accept", "refuse"])
async def test_each_answer_takes_one_tap(stage, choice):
    """No page stands between the button and the app, whichever it is."""
    amina, her = await stage.house.person("amina"), await stage.browser(width=320)
    await her.come_from_the_app(amina)
    await her.press(f"#{choice}")
    assert her.page.url.startswith(her.house.coach)
