"""The journey of a person who shares, sees what she misses, and leaves."""

from tests.examples.coach.provider import EVERYTHING, down


async def test_she_shares_and_sees_her_skills_experiences_and_trainings(browser, provider):
    await browser.sign_in()
    assert browser.path == "/me"
    assert "Bonjour Amina" in browser.page.text
    assert [text.split(" Débutant")[0] for text in browser.listed("skills")][2].startswith(
        "GERER LES AGENDAS"
    )
    assert (
        browser.listed("experiences")[0]
        == "Agente d’accueil 2019 – 2023 · Mairie de Lille, Lille Accueil du public"
    )
    assert browser.listed("experiences")[1] == "Secrétaire depuis 2023 · Cabinet Roux"
    assert browser.listed("trainings") == ["BTS Support à l’action managériale 2018 · Lille"]
    assert 'id="not-shared"' not in browser.page.text
    assert provider.requests[0]["scope"] == EVERYTHING


async def test_the_job_page_names_what_is_reached_to_raise_and_missing_and_a_plan(browser):
    await browser.sign_in()
    await browser.visit("/jobs/M1607")
    assert browser.listed("reached") == [
        "Accueillir, orienter, renseigner un public Avancé",
        "Utiliser les outils numériques Intermédiaire",
    ]
    assert browser.listed("to-raise")[0].startswith(
        "Gérer les agendas et planifier des rendez-vous Indispensable"
    )
    assert len(browser.listed("missing")) == 6
    assert "Rédiger un rapport, un compte rendu d’activité" in browser.listed("missing")[0]
    assert browser.listed("plan")[0].startswith("Acquérir\xa0: Rédiger".replace("\xa0", " "))
    assert browser.listed("others") == ["Faire du pain au levain"]
    assert "2 compétences sur 9" in browser.page.text
    assert "Vous connaissez déjà ce métier\xa0: Secrétaire." in browser.page.text


async def test_jobs_are_listed_nearest_first(browser):
    await browser.sign_in()
    await browser.visit("/jobs")
    first = browser.listed("jobs")[0]
    assert first.startswith("Chargé / Chargée d’accueil")
    assert "2 compétences sur 7" in first


async def test_english(browser, provider):
    await browser.visit("/?lang=en")
    assert '<html lang="en">' in browser.page.text
    await browser.press("accord-sign-in")
    assert "Hello Amina" in browser.page.text
    assert provider.requests[0]["ui_locales"] == "en"
    await browser.visit("/jobs/M1607")
    assert "What you are missing" in browser.page.text


async def test_the_browser_gets_no_token_no_code_and_no_personal_cookie(browser, provider):
    await browser.sign_in()
    secrets = [*provider.access, *provider.refresh]
    assert len(secrets) == 2
    for secret in secrets:
        assert secret not in browser.page.text
        assert all(secret not in value for value in browser.client.cookies.values())
    assert "code=" in browser.trail[-2]
    assert browser.trail[-1] == "http://127.0.0.1:8001/me"


async def test_signing_in_changes_the_cookie(browser):
    await browser.visit("/")
    before = browser.cookie
    await browser.press("accord-sign-in")
    assert browser.cookie != before


async def test_signing_out_gives_the_tokens_back_and_keeps_nothing(browser, provider, front):
    await browser.sign_in()
    await browser.press("sign-out")
    assert browser.path == "/stopped/signed_out"
    assert "/revoke" in provider.calls
    assert len(front.sessions) == 0
    assert (await browser.visit("/me")).url.path == "/"


async def test_signing_out_works_when_accord_is_down(browser, provider, front):
    await browser.sign_in()
    provider.faults["/revoke"] = [down]
    await browser.press("sign-out")
    assert browser.path == "/stopped/signed_out"
    assert len(front.sessions) == 0


async def test_she_reads_her_information_again(browser, provider):
    await browser.sign_in()
    provider.data["skills"].append({"label": "Archiver des dossiers"})
    await browser.press("refresh")
    assert browser.path == "/me"
    assert "Archiver des dossiers Non évalué" in browser.listed("skills")


async def test_signing_in_again_ends_the_earlier_session(browser, provider, front):
    provider.granted = "openid profile skills offline_access"
    await browser.sign_in()
    earlier = set(provider.refresh)
    provider.granted = EVERYTHING
    await browser.press("ask-again")
    assert browser.path == "/me"
    assert len(front.sessions) == 1
    assert not earlier & provider.refresh


async def test_health(browser):
    assert (await browser.visit("/health/alive")).text == "alive\n"


async def test_going_to_the_sign_in_address_by_hand_leads_home(browser):
    await browser.visit("/signin")
    assert browser.path == "/"


async def test_refreshing_without_a_session_leads_home(browser):
    await browser.sign_in()
    page = browser.page
    await browser.press("sign-out")
    browser.page = page
    await browser.visit("/")
    token = browser.page.text.split('form_token" value="')[1].split('"')[0]
    for path in ("/refresh", "/signout"):
        await browser.post(path, {"form_token": token})
        assert browser.path in {"/", "/stopped/signed_out"}
