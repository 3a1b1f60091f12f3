"""Her profile, corrected by herself."""

import re

import pytest

from consent.profile.store import load
from tests.consent.sharing import Asker, answered, asking, request
from tests.foundation.web.sanity import at_head, defects


async def items(site, dataset):
    async with site.home.db.reading() as tx:
        return (await load(tx, site.member.owner, dataset)).items


async def test_everything_is_there_with_who_reads_it(shared):
    page = await shared.browser.open("/account")
    for text in (
        "Accueillir, orienter, renseigner un public",
        "Lu par Cap Coaching",
        "Lu par personne",
        "Claire Dumont",
    ):
        assert text in page.text
    assert "demandez-lui de les corriger" in page.text


async def test_a_skill_is_searched_chosen_and_added(site):
    page = await site.browser.open("/account/profile/skills/add?q=agenda")
    (choice, *_) = [link["href"] for link in page.named("a") if "rome=" in link["href"]]
    form = await site.browser.open(choice)
    code = form.named("input", name="rome")[0]["value"]
    done = await site.browser.submit("/account/profile/skills/add", rome=code, level="advanced")
    assert "C’est ajouté à votre profil." in done.text
    new = (await items(site, "skills"))[-1]
    assert (new["rome_code"], new["level"], new["kind"]) == (code, "advanced", "rome")


async def test_the_search_says_when_nothing_fits_and_offers_ones_own_words(site):
    page = await site.browser.open("/account/profile/skills/add?q=xyzzy")
    assert "Rien ne correspond." in page.text
    await site.browser.submit("/account/profile/skills/add", rome="free", label="Jongler", level="beginner")
    assert (await items(site, "skills"))[-1]["label"] == "Jongler"
    assert (await site.browser.post("/account/profile/skills/add", rome="nothing")).status_code == 400


async def test_a_soft_skill_is_kept_as_such(site):
    page = await site.browser.open("/account/profile/skills/add?q=rigueur")
    code = re.search(r"rome=(\d+)", page.html).group(1)
    await site.browser.submit("/account/profile/skills/add", rome=code)
    assert (await items(site, "skills"))[-1]["kind"] == "soft"


async def test_a_new_item_is_shared_only_if_she_says_so(shared):
    ask = asking(
        await shared.home.ask(request("openid", "skills", asker=Asker("kiosk", "Borne"), required=["openid"]))
    )
    await shared.home.accept(ask, answered(ask, "skills", duration=["30d"]))
    page = await shared.browser.submit("/account/profile/skills/add", rome="free", label="Jongler")
    assert "Partager aussi ce nouvel élément ?" in page.text
    grants = [box["value"] for box in page.named("input", name="grant")]
    assert len(grants) == 2
    assert not [box for box in page.named("input", name="grant") if "checked" in box]
    new = (await items(shared, "skills"))[-1]["id"]
    coach = await shared.grant_id()
    page = await shared.browser.submit(
        "/account/profile/share", item=f"skills:{new}", offered=[*grants, "x", "0" * 32], grant=[coach]
    )
    assert "C’est noté." in page.text
    standing = await shared.home.standing()
    assert new in standing.choice.scopes["skills"].items
    assert new in (await shared.home.standing("kiosk")).choice.scopes["skills"].hidden
    again = await shared.browser.open(f"/account?added=skills:{new}")
    assert "Partager aussi" not in again.text


async def test_only_ones_own_items_are_shared(shared):
    answer = await shared.browser.post(
        "/account/profile/share", item="skills:nothing", offered=[await shared.grant_id()]
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("dataset", ["experiences", "trainings", "interests"])
async def test_where_she_writes_freely_a_hint_says_what_to_keep_out(site, dataset):
    """GDPR article 9; the consent screen says it again where it would leave."""
    page = await site.browser.open(f"/account/profile/{dataset}/add")
    (area,) = page.named("textarea")
    assert area["aria-describedby"]
    assert "N’écrivez rien sur votre santé, vos convictions ou vos proches" in page.text


async def test_an_item_is_corrected_and_keeps_its_id(site):
    form = await site.browser.open("/account/profile/experiences/e1")
    assert form.named("input", name="start")[0]["value"] == "09/2021"
    page = await site.browser.submit(
        "/account/profile/experiences/e1", title="Chargée d’accueil", company="Mairie",
        start="15/03/2021", end="6/2025", description="Accueil.\r\nStandard.", abroad="1",
        basis=form.named("input", name="basis")[0]["value"],
    )  # fmt: skip
    assert "C’est enregistré." in page.text
    changed = (await items(site, "experiences"))[0]
    assert changed["id"] == "e1"
    assert (changed["start"], changed["end"], changed["abroad"]) == ("2021-03-15", "2025-06", True)
    assert changed["description"] == "Accueil.\nStandard."
    assert changed["place"] is None
    assert changed["rome_code"] == "M1601"


async def test_a_code_goes_when_the_text_it_stood_for_changes(site):
    await site.browser.submit("/account/profile/experiences/e1", title="Dompteuse")
    assert (await items(site, "experiences"))[0]["rome_code"] is None
    contact = {"lines": "8 rue des Lilas\nAppartement 12", "postal_code": "59000", "phones": "06 39 98 12 34"}
    await site.browser.submit("/account/profile/contact/only", **contact, city="Lille", country="France")
    assert (await items(site, "contact"))[0]["insee_code"] == "59350"
    await site.browser.submit("/account/profile/contact/only", **contact, city="Roubaix", country="Belgique")
    changed = (await items(site, "contact"))[0]
    assert (changed["insee_code"], changed["country_code"]) == (None, None)
    assert changed["lines"] == ["8 rue des Lilas", "Appartement 12"]


async def test_places_keep_their_codes_unless_changed(site):
    form = await site.browser.open("/account/profile/job_targets/j1")
    assert "Lille (59000)" in form.text
    fields = {
        "contract_types": ["CDI", "MIS"],
        "working_time": "part",
        "salary": "2100",
        "salary_period": "month",
    }
    await site.browser.submit(
        "/account/profile/job_targets/j1", places="Lille (59000)\nArras (62000)\nBruxelles", **fields
    )
    target = (await items(site, "job_targets"))[0]
    assert target["places"][0]["insee_code"] == "59350"
    assert [place["label"] for place in target["places"]] == ["Lille", "Arras", "Bruxelles"]
    assert target["places"][1]["postal_code"] == "62000"
    assert (target["contract_types"], target["working_time"], target["salary"]) == (
        ["CDI", "MIS"],
        "part",
        2100,
    )
    assert target["rome_code"] == "M1609"


async def test_a_job_is_added_from_the_referential(site):
    await site.browser.submit("/account/profile/job_targets/add", rome="11743", max_distance_km="10")
    target = (await items(site, "job_targets"))[-1]
    assert (target["appellation_code"], target["rome_code"], target["max_distance_km"]) == (
        "11743",
        "M1601",
        10,
    )


async def test_languages_and_licences_are_picked_from_lists(site):
    site.browser.language = "en"
    form = await site.browser.open("/account/profile/languages/add")
    assert "Basque" in form.text
    await site.browser.submit("/account/profile/languages/add", code="eu", level="fluent")
    assert (await items(site, "languages"))[-1]["label"] == "Basque"
    await site.browser.submit("/account/profile/licences/add", code="A2")
    assert (await items(site, "licences"))[-1]["label"].startswith("A2")
    assert (await site.browser.post("/account/profile/languages/add", code="zz-top")).status_code == 422


@pytest.mark.parametrize(
    ("dataset", "fields", "field", "text"),
    [
        ("experiences", {"title": ""}, "title", "Poste : cette information est nécessaire."),
        ("experiences", {"title": "x", "start": "2022", "end": "2021"}, "end", "La fin est avant le début."),
        ("experiences", {"title": "x", "start": "jadis"}, "start", "Début : écrivez une date comme 2021"),
        ("experiences", {"title": "a\u202eb"}, "title", "Poste : ce texte contient des caractères qui"),
        (
            "trainings",
            {"title": "BTS", "end_year": "beaucoup"},
            "end_year",
            "Année de fin : un nombre entier est attendu.",
        ),
        ("trainings", {"title": "BTS", "level": "NV9"}, "level", "Niveau : ce choix n’existe pas."),
        ("interests", {"label": "x" * 5000}, "label", "Centre d’intérêt : ce texte est trop long."),
        ("languages", {"code": "zz-top"}, "code", "Langue : "),
        (
            "job_targets",
            {"rome": "11743", "contract_types": "X"},
            "contract_types",
            "Contrats souhaités : ce",
        ),
        ("job_targets", {"rome": "11743", "places": "x\n" * 99}, "places", "Lieux : il y a trop d’éléments."),
    ],
)
async def test_a_wrong_answer_is_told_beside_its_field(site, dataset, fields, field, text):
    before = await items(site, dataset)
    answer = await site.browser.post(f"/account/profile/{dataset}/add", **fields)
    assert answer.status_code == 422
    assert "<title>Erreur" in answer.text
    assert defects(answer.text) == []
    assert text in at_head(answer.text)[field].replace("\xa0", " ")
    assert await items(site, dataset) == before


async def test_what_was_typed_is_not_lost(site):
    answer = await site.browser.post(
        "/account/profile/experiences/e1", title="", company="Mairie <b>", start="hier", current="1"
    )
    assert 'value="Mairie &lt;b&gt;"' in answer.text
    assert 'value="hier"' in answer.text
    assert answer.text.count("checked") == 1


async def test_two_tabs_do_not_overwrite_one_another(site):
    form = await site.browser.open("/account/profile/interests/i1")
    basis = form.named("input", name="basis")[0]["value"]
    await site.browser.submit("/account/profile/interests/i1", label="Chant", basis=basis)
    late = await site.browser.post("/account/profile/interests/i1", label="Danse", basis=basis)
    assert late.status_code == 409
    assert "a changé entre-temps" in late.text
    assert (await items(site, "interests"))[0]["label"] == "Chant"


async def test_removing_is_confirmed_then_done(site):
    page = await site.browser.open("/account/profile/skills/s01/remove")
    assert "Retirer « Accueillir, orienter, renseigner un public » ?" in page.text
    basis = page.named("input", name="basis")[0]["value"]
    done = await site.browser.submit("/account/profile/skills/s01/remove", basis=basis)
    assert "C’est retiré de votre profil." in done.text
    assert "s01" not in [item["id"] for item in await items(site, "skills")]
    assert (await site.browser.post("/account/profile/skills/s01/remove")).status_code == 404


async def test_a_part_with_one_item_is_completed_and_emptied(site):
    await site.browser.submit("/account/profile/birthdate/only/remove")
    page = await site.browser.open("/account")
    assert "Compléter" in page.text
    assert (await site.browser.post("/account/profile/birthdate/only/remove")).status_code == 404
    await site.browser.open("/account/profile/birthdate/only/remove", status=404)
    await site.browser.submit("/account/profile/birthdate/only", date="23/04/1991")
    assert (await items(site, "birthdate"))[0]["date"] == "1991-04-23"


@pytest.mark.parametrize(
    "path", ["contracts/add", "status/only", "benefits/only", "advisers/a1", "advisers/a1/remove"]
)
async def test_what_others_declared_is_not_typed_here(site, path):
    assert (await site.browser.post(f"/account/profile/{path}")).status_code == 404


async def test_too_many_items_are_refused(site):
    for number in range(8):
        await site.browser.submit("/account/profile/job_targets/add", rome="11743", salary=str(number))
    answer = await site.browser.post("/account/profile/job_targets/add", rome="11743")
    assert answer.status_code == 422
    assert "il y a trop d’éléments." in answer.text
