"""The consent screen: what is asked, her own values, and nothing decided for her."""

from dataclasses import replace

import pytest

from consent.catalogue import Phrase
from consent.coverage import covers
from consent.pages.consent import ConsentPage
from consent.requests import Asker
from tests.consent.pages.site import Page, Site
from tests.consent.sharing import COACH, asking, first_ask, request
from tests.foundation.web.bare import bare_request

SELECTABLE = ("skills", "experiences", "trainings")


async def screen(site: Site, question=None, language: str = "fr") -> Page:
    site.question = question or first_ask()
    site.browser.language = language
    return await site.browser.open("/ask")


async def test_nothing_is_ticked_and_once_is_chosen(site):
    page = await screen(site)
    assert not [box for box in page.named("input", type="checkbox") if "checked" in box]
    assert [box["value"] for box in page.named("input", name="duration") if "checked" in box] == ["once"]
    assert [box["value"] for box in page.named("input", name="duration")] == ["once", "30d", "180d"]


async def test_the_names_that_outside_checks_rely_on(site):
    page = await screen(site)
    assert [box["value"] for box in page.named("input", name="scope")] == list(SELECTABLE)
    assert "skills:s01" in [box["value"] for box in page.named("input", name="hide")]
    assert [box["value"] for box in page.named("input", name="future")] == list(SELECTABLE)
    assert page.named("button", name="decision", value="accept", id="accept")
    assert page.named("button", name="decision", value="refuse", id="refuse")
    assert page.named("input", name="page")[0]["value"]


async def test_accepting_and_refusing_weigh_the_same(site):
    page = await screen(site)
    accept, refuse = (page.named("button", id=name)[0] for name in ("accept", "refuse"))
    assert accept.get("class") == refuse.get("class")
    assert "Continuer sur Cap Coaching" in page.text
    assert "Rien ne change pour vos allocations ni pour votre accompagnement." in page.text


async def test_her_real_values_are_shown_to_the_last_one(site):
    page = await screen(site, first_ask("openid", "profile", "email", "contact", *SELECTABLE, "job_targets"))
    for value in (
        "Amina", "Benali", "amina@example.org", "Accueillir, orienter, renseigner un public",
        "Avancé · ROME 300361", "8 rue des Lilas", "03 53 01 12 34", "septembre 2021 – juin 2025",
        "Lille (59000), à 20 km autour", "1 950",
    ):  # fmt: skip
        assert value in page.text


async def test_an_empty_part_says_so(site):
    site.question = first_ask("openid", "profile", "skills")
    site.member = replace(site.member, id="f" * 32)
    page = await site.browser.open("/ask")
    assert "Aucune donnée Votre profil ne contient rien ici pour l’instant." in page.text
    assert "connecter en tant que amina@example.org ." in page.text


async def test_an_address_that_is_not_confirmed_is_not_promised(site):
    site.question = first_ask("openid", "email")
    site.member = replace(site.member, email="")
    assert "example.org" not in (await site.browser.open("/ask")).text


FOURTEEN = (
    "Qui demande", "Qui détient vos données", "Pourquoi", "Sur quelle base", "Quelles données",
    "D’où elles viennent", "Qui les reçoit", "Hors d’Europe ?", "Quand, combien de fois", "Après la fin",
    "Obligatoire ou non", "Vos droits", "Décision automatique", "Un désaccord ?",
)  # fmt: skip


async def test_the_fourteen_things_the_law_wants_said(site):
    page = await screen(site)
    assert len(FOURTEEN) == 14
    for item in FOURTEEN:
        assert item in page.text
    for fact in ("Cap Coaching SAS", "https://coach.example/p", "CNIL"):
        assert fact in page.text


async def test_free_text_and_third_parties_are_warned_about(site):
    page = await screen(site, first_ask("openid", "skills", "advisers", "benefits"))
    assert "par exemple sur votre santé ou vos convictions" in page.text
    assert "Ces données concernent aussi d’autres personnes que vous." in page.text
    assert "Ces données sont particulièrement sensibles." in page.text


async def test_an_app_that_anyone_could_pose_as_is_told(site):
    asker = Asker("native", "Mon appli", loopback=True, verified_on="2026-03-03")
    page = await screen(site, first_ask(asker=asker))
    assert "Vérifiez que vous venez d’ouvrir cette application" in page.text
    assert "Vérifiée le 3 mars 2026" in page.text


HOSTILE = '"><script>alert(1)</script><a href="javascript:x">'


async def test_a_partners_words_cannot_become_markup(site):
    asker = Asker("x", HOSTILE, HOSTILE, HOSTILE, HOSTILE, contact=HOSTILE)
    page = await screen(site, first_ask(asker=asker, reasons={"skills": HOSTILE}, purpose=HOSTILE))
    assert not page.named("script")
    assert not [link for link in page.named("a") if link.get("href", "").startswith("javascript")]


async def test_the_policy_lets_the_answer_end_at_the_app_alone(site):
    site.question = first_ask()
    answer = await site.browser.get("/ask")
    assert "form-action 'self' https://coach.example;" in answer.headers["content-security-policy"]


async def test_only_what_changed_is_asked_with_before_and_after(site):
    await site.share("skills")
    asker = replace(COACH, legal_entity="Grand Groupe SA")
    wider = request("openid", "profile", "skills", "experiences", "languages", "trainings", asker=asker,
                    reasons={"skills": "pour autre chose"}, purpose="faire mieux")  # fmt: skip
    ask = asking(await site.home.ask(wider))
    page = await screen(site, ask)
    assert "Cap Coaching demande un changement" in page.text
    assert "Nouveau" in page.text
    for text in (
        "Avant",
        "Cap Coaching SAS",
        "Maintenant",
        "Grand Groupe SA",
        "pour autre chose",
        "faire mieux",
    ):
        assert text in page.text
    assert "Ce que vous partagez déjà ne change pas Identifiant, Identité." in page.text
    assert not page.named("input", name="duration")
    until = site.web.catalogues.translator("fr").dates.day((await site.home.standing()).expires_at)
    assert f"Jusqu’au {until} : la date que vous avez choisie ne change pas." in page.text
    assert "si vous choisissez « une seule fois »" not in page.text
    assert "Refuser ce changement" in page.text
    assert page.text.count("Si vous ne cochez pas, ce partage s’arrête.") == 1
    assert [box["value"] for box in page.named("input", name="scope")] == ["skills", "languages"]


async def test_a_field_added_to_the_catalogue_is_named(site):
    await site.share("skills")
    standing = await site.home.standing()
    narrow = dict(standing.terms["scope:skills"], fields=["label"])
    before = replace(standing, terms={**standing.terms, "scope:skills": narrow}, answered={})
    page = await screen(site, asking(covers(before, request(), site.home.clock.now())))
    assert "Avant Compétence Maintenant Compétence, Niveau, Nature, Code ROME" in page.text


async def test_what_she_held_back_stays_held_back(site):
    await site.share("skills", hide=["skills:s02"], duration=["once"])
    page = await screen(site, asking(await site.home.ask(request())))
    held = [box["value"] for box in page.named("input", name="hide") if "checked" in box]
    assert held == ["skills:s02"]
    assert not [box for box in page.named("input", name="scope") if "checked" in box]


async def test_the_same_screen_has_the_same_hash_and_another_has_not(site):
    first = (await screen(site)).named("input", name="page")[0]["value"]
    assert (await screen(site)).named("input", name="page")[0]["value"] == first
    assert (await screen(site, language="en")).named("input", name="page")[0]["value"] != first
    other = first_ask(purpose="autre chose")
    assert (await screen(site, other)).named("input", name="page")[0]["value"] != first


async def test_a_screen_that_is_no_longer_true_says_so(site):
    page = await site.browser.open("/ask?changed=1", status=409)
    assert "Cette page a changé depuis que vous l’aviez ouverte" in page.text


async def test_what_she_had_ticked_can_be_shown_again(site):
    form = {"scope": ["skills"], "hide": ["skills:s01"], "future": ["skills"], "duration": ["30d", "x"]}
    request_ = _request(site)
    page = Page((await _again(site, request_)).response(form=form).body.decode())
    ticked = [box["value"] for box in page.named("input") if "checked" in box]
    assert ticked == ["skills", "skills:s01", "skills", "30d"]
    again = Page((await _again(site, request_)).response(form={"scope": [], "duration": ["x"]}).body.decode())
    assert [box["value"] for box in again.named("input") if "checked" in box] == ["once"]


def _request(site):
    return bare_request(site.web)


async def _again(site, request_) -> ConsentPage:
    return await site.consent_page(request_)


@pytest.mark.parametrize(("language", "text"), [("fr", "Six mois."), ("en", "Six months.")])
async def test_the_apps_own_words_are_in_her_language(site, language, text):
    ask = first_ask()
    ask = replace(ask, request=replace(ask.request, retention=Phrase("Six mois.", "Six months.")))
    assert text in (await screen(site, ask, language)).text
