"""Limits on the consent screen: a proposed duration, a frequency, some fields alone; and what rests."""

from dataclasses import replace

from consent.catalogue import Phrase
from consent.coverage import covers
from consent.limits import Frequency
from tests.consent.pages.site import Page, Site
from tests.consent.sharing import answered, asking, first_ask, request

FIVE = Frequency(5, "day")


async def screen(site: Site, question, language: str = "fr") -> Page:
    site.question = question
    site.browser.language = language
    return await site.browser.open("/ask")


async def test_a_proposed_duration_is_one_more_to_choose_and_not_chosen(site):
    page = await screen(site, first_ask(duration="365d"))
    offered = page.named("input", name="duration")
    assert [box["value"] for box in offered] == ["once", "30d", "180d", "365d"]
    assert [box["value"] for box in offered if "checked" in box] == ["once"]
    assert "12 mois Proposé par l’application." in page.text
    assert "45 jours" in (await screen(site, first_ask(duration="45d"))).text
    assert "12 months" in (await screen(site, first_ask(duration="365d"), "en")).text


async def test_a_promised_frequency_is_told_and_its_absence_too(site):
    page = await screen(site, first_ask(frequency=FIVE))
    assert "À quelle fréquence ? 5 lectures par jour de chaque donnée, au plus." in page.text
    page = await screen(site, first_ask())
    assert "À quelle fréquence ?" not in page.text
    assert "L’application n’a pas promis de limite au nombre de lectures." in page.text
    assert (
        "1 read a week of each kind"
        in (await screen(site, first_ask(frequency=Frequency(1, "week")), "en")).text
    )


async def test_a_wider_frequency_is_shown_before_and_after(site):
    ask = asking(await site.home.ask(request(frequency=FIVE)))
    await site.home.accept(ask, answered(ask, "skills", duration=["30d"]))
    page = await screen(site, asking(await site.home.ask(request())))
    assert "Cap Coaching demande un changement" in page.text
    assert (
        "À quelle fréquence elle les lit Avant 5 lectures par jour de chaque donnée, au plus"
        " Maintenant Aussi souvent que l’application le veut" in page.text
    )
    assert not page.named("input", name="scope")


async def test_some_fields_alone_are_named_and_their_values_alone_shown(site):
    page = await screen(site, first_ask("openid", "skills", fields={"skills": ["label"]}))
    assert "Uniquement : Compétence." in page.text
    assert "Accueillir, orienter, renseigner un public" in page.text
    assert "Avancé" not in page.text
    assert "ROME" not in page.text


async def test_an_item_without_any_of_the_fields_asked_still_has_a_line(site):
    page = await screen(site, first_ask("openid", "skills", fields={"skills": ["rome_code"]}))
    assert "Rien de rempli" in page.text  # a skill in her own words has no code
    page = await screen(site, first_ask("openid", "advisers", fields={"advisers": ["email"]}))
    assert "@" in page.text


async def test_a_reason_that_changed_in_the_other_language_alone_is_shown_in_it(site):
    await site.share("skills")
    standing = await site.home.standing()
    element = dict(standing.terms["scope:skills"], en="to do something else")
    before = replace(standing, terms={**standing.terms, "scope:skills": element}, answered={})
    page = await screen(site, asking(covers(before, request("skills"), site.home.clock.now())))
    assert "Avant to do something else Maintenant to find jobs close to yours" in page.text


async def test_a_purpose_whose_code_alone_changed_says_which(site):
    await site.share("skills")
    asked = request("skills")
    asked = replace(asked, purpose_code="job_matching")
    page = await screen(site, asking(await site.home.ask(asked)))
    assert "Accompagnement à l’évolution professionnelle – vous proposer un plan" in page.text
    assert "Recherche d’emploi – vous proposer un plan" in page.text
    assert page.text.count("Ce qui change") == 1


async def test_retention_that_changes_is_before_and_after(site):
    await site.share("skills")
    asked = replace(request("skills"), retention=Phrase("Deux ans.", "Two years."))
    page = await screen(site, asking(await site.home.ask(asked)))
    assert "Combien de temps l’application les garde Avant L’application n’a pas indiqué" in page.text
    assert "Maintenant Deux ans." in page.text


async def pause(site: Site, reason: str = "person") -> None:
    grant_id = await site.grant_id()
    async with site.home.db.transaction() as tx:
        assert await site.home.decisions.pause(tx, grant_id, reason, site.home.act())


async def test_what_rests_is_asked_about_with_what_would_go_on(site):
    await site.share("skills")
    await pause(site)
    page = await screen(site, asking(await site.home.ask(request())))
    assert "Reprendre le partage avec Cap Coaching ?" in page.text
    assert "Ce partage est en pause Depuis le" in page.text
    assert "Vous l’avez mis en pause." in page.text
    assert "Ce que vous partagiez Identifiant, Identité, Compétences." in page.text
    assert "Si vous laissez en pause" in page.text
    assert not page.named("input", type="checkbox")
    accept, refuse = (page.named("button", id=name)[0] for name in ("accept", "refuse"))
    assert accept.get("class") == refuse.get("class")
    for text in ("Reprendre le partage", "Laisser en pause"):
        assert text in page.text


async def test_a_change_asked_while_it_rests_is_asked_with_it(site):
    await site.share("skills")
    await pause(site, "unused")
    page = await screen(site, asking(await site.home.ask(request("openid", "contact"))))
    assert "Il ne servait plus : nous l’avons mis en pause pour vous." in page.text
    assert [box["value"] for box in page.named("input", name="scope")] == ["contact"]
    assert "Nouveau" in page.text


async def test_a_whole_question_says_that_accepting_resumes(site):
    await site.share("skills")
    await pause(site)
    page = await screen(site, asking(await site.home.ask(request(), prompted=True)))
    assert "Si vous acceptez, il reprend comme vous le dites ici." in page.text
    assert "Continuer sur Cap Coaching" in page.text
