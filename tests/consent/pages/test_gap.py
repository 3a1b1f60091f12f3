"""What a job expects of her, and skills suggested: shown to her alone, from the referential alone."""

from consent.profile.store import load
from tests.consent.pages.site import Site


async def _target(site: Site) -> str:
    async with site.home.db.reading() as tx:
        return str((await load(tx, site.member.owner, "job_targets")).items[0]["id"])


async def test_the_profile_leads_to_what_a_job_expects(site: Site):
    item = await _target(site)
    profile = await site.browser.open("/account")
    assert profile.named("a", href=f"/account/profile/job_targets/{item}/gap")
    page = await site.browser.open(f"/account/profile/job_targets/{item}/gap")
    (meter,) = page.named("meter")
    assert f"Vous avez {meter['value']} des {meter['max']} compétences au cœur de ce métier." in page.text
    missing = page.named("a", class_="quiet-link")
    assert len(missing) == int(meter["max"]) - int(meter["value"]) > 0
    form = await site.browser.open(missing[0]["href"])
    assert form.named("form", method="post")  # one click from lacking a skill to adding it
    assert "ROME 4.0" in page.text


async def test_a_job_of_hers_alone(site: Site):
    for item in ("nothing", "../skills", "%00"):
        page = await site.browser.get(f"/account/profile/job_targets/{item}/gap")
        assert page.status_code == 404
    assert (await site.auditor.get("/account/profile/job_targets/x/gap")).status_code in {303, 403}


async def test_skills_are_suggested_until_she_searches(site: Site):
    page = await site.browser.open("/account/profile/skills/add")
    assert "Souvent attendues avec les vôtres" in page.text
    assert "pas des profils d’autres personnes" in page.text
    found = await site.browser.open("/account/profile/skills/add?q=accueil")
    assert "Souvent attendues" not in found.text
    jobs = await site.browser.open("/account/profile/job_targets/add")
    assert "Souvent attendues" not in jobs.text
