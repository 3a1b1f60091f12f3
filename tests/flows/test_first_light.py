"""The whole journey, with JavaScript off: she signs in, sees, chooses, is read, and takes it back."""

import pytest

SAYS = {
    "fr": {"today": "aujourd’hui à ", "read": "Lecture", "hello": "Bonjour Amina"},
    "en": {"today": "today at ", "read": "Read", "hello": "Hello Amina"},
}


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("width", [1280, 320])
async def test_she_shares_some_skills_for_30_days_and_takes_them_back(stage, width, language):
    amina, words = await stage.house.person("amina"), SAYS[language]
    her = await stage.browser(width=width, language=language)

    # She comes from the app, and sees exactly what it asks, with her own values.
    await her.come_from_the_app(amina)
    asked = await her.asked()
    assert asked.scopes == ("email", "skills", "experiences", "trainings")
    assert asked.items["skills"] == amina.labels("skills")
    assert asked.items["experiences"] == amina.labels("experiences", "title")
    assert asked.items["trainings"] == amina.labels("trainings", "title")
    assert asked.facts[:3] == ["Amina", "Benali", asked.facts[2]]
    assert amina.email in asked.facts
    assert asked.ticked == []
    assert asked.duration == "once"
    for never_asked in ("Jardinage", "Clinique des Tilleuls, SIRET", "03 53 01 12 34", "avril 1991"):
        assert not await her.says(never_asked)

    # She shares her skills but one, for thirty days.
    await her.tick("skills")
    kept = await her.hold_back("skills", 3)
    await her.share_for("30d")
    await her.accept()

    # The app shows those, and nothing else.
    assert her.page.url == her.house.coach + "/me"
    assert await her.title() == words["hello"]
    shown = [text.split("\n")[0] for text in await her.at("#skills li > span:first-child").all_inner_texts()]
    assert shown == [label for label in amina.labels("skills") if label != kept]
    assert await her.at("#experiences").count() == 0
    page = await her.page.content()
    for withheld in (kept, "Clinique des Tilleuls", "BTS Assistant de manager", amina.email):
        assert withheld not in page

    # Her dashboard says when it was last read, her history what was.
    await her.visit("/account/apps")
    assert await her.at("section.card").count() == 1
    assert words["today"] in await her.at("section.card dl").inner_text()
    await her.visit("/account/history")
    reads = her.at("li.event").filter(has_text=words["read"])
    assert await reads.count() >= 1

    # One tap, and the app has nothing any more; it says so.
    await her.revoke("Cap Coaching")
    assert await her.at("section.card").count() == 0
    await her.visit(her.house.coach + "/me")
    assert her.path.startswith("/stopped/")
    assert await her.at("#stopped-withdrawn").count() == 1
    assert amina.labels("skills")[0] not in await her.page.content()
