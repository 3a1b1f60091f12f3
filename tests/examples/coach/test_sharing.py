"""Partial consent, refusal, "une seule fois", expiry and withdrawal: what a good partner does with each."""

import pytest

from tests.examples.coach.provider import EVERYTHING, fault


async def test_partial_consent_is_explained_and_can_be_reviewed(browser, provider):
    provider.granted = "openid profile skills offline_access"
    await browser.sign_in()
    page = browser.page.text
    assert "Vos compétences" in page
    assert "Ce que vous n’avez pas partagé" in page
    for why in ("pour vous envoyer votre plan", "relier un métier à votre parcours", "ne pas vous proposer"):
        assert why in page
    assert "/v1/me/experiences" not in provider.calls
    provider.granted = EVERYTHING
    await browser.press("ask-again")
    assert provider.requests[-1]["prompt"] == "consent"
    assert 'id="not-shared"' not in browser.page.text


async def test_a_first_sign_in_does_not_force_the_question(browser, provider):
    await browser.sign_in()
    assert "prompt" not in provider.requests[0]


async def test_with_the_name_alone_everything_works_by_hand(browser, provider):
    provider.granted = "openid profile"
    await browser.sign_in()
    assert "Bonjour Amina" in browser.page.text
    assert 'id="skills"' not in browser.page.text
    await browser.visit("/jobs/M1609?done=1&have=123905&have=104090&have=not-a-code")
    assert len(browser.listed("reached")) == 2
    assert len(browser.listed("missing")) == 6


async def test_shared_but_empty(browser, provider):
    provider.data = {"skills": [], "experiences": [], "trainings": []}
    await browser.sign_in()
    assert browser.page.text.count("Partagé, mais il n’y a rien") == 3


async def test_refusal_is_friendly_and_leaves_nothing(browser, provider, front):
    provider.decision = "access_denied"
    await browser.sign_in()
    assert browser.path == "/stopped/refused"
    assert browser.page.status_code == 200
    assert "vous n’avez rien partagé" in browser.page.text
    assert len(front.sessions) == len(front.pending) == 0
    assert "/token" not in provider.calls


async def test_refusing_to_review_keeps_what_was_shared(browser, provider):
    provider.granted = "openid profile skills offline_access"
    await browser.sign_in()
    provider.decision = "access_denied"
    await browser.press("ask-again")
    assert browser.path == "/me"
    assert browser.listed("skills")


async def test_an_expired_token_is_refreshed_once_and_rotated(browser, provider, clock, front):
    await browser.sign_in()
    first = set(provider.refresh)
    clock.forward(700)
    provider.calls.clear()
    await browser.visit("/me")
    assert browser.listed("skills")
    assert provider.calls.count("/token") == 1
    assert not first & provider.refresh
    clock.forward(700)
    await browser.visit("/me")
    assert browser.listed("skills")


async def test_a_refused_token_that_should_be_good_is_refreshed_once(browser, provider):
    await browser.sign_in()
    provider.access.clear()
    provider.calls.clear()
    await browser.visit("/me")
    assert browser.listed("skills")
    assert provider.calls == ["/v1/me", "/token", "/v1/me"]


async def test_a_token_refused_again_after_its_refresh_means_withdrawn(browser, provider):
    await browser.sign_in()
    provider.faults["/v1/me"] = fault(401, times=5)
    provider.calls.clear()
    await browser.visit("/me")
    assert browser.path == "/stopped/withdrawn"
    assert provider.calls.count("/token") == 1


@pytest.mark.parametrize("page", ["/me", "/jobs", "/jobs/M1607"])
async def test_withdrawal_deletes_everything_at_once_and_the_program_goes_on(browser, provider, front, page):
    await browser.sign_in()
    session = front.sessions.get(browser.cookie)
    provider.revoked = True
    await browser.visit(page)
    assert browser.path == "/stopped/withdrawn"
    assert browser.page.status_code == 200
    assert "L’accès a été retiré" in browser.page.text
    assert len(front.sessions) == 0
    assert (session.token, session.name, session.email, session.portfolio.skills) == ({}, "", "", None)
    await browser.visit("/jobs/M1607?done=1&have=300361")
    assert len(browser.listed("reached")) == 1
    assert "Amina" not in browser.page.text


async def test_withdrawal_is_seen_by_the_refresh_button_too(browser, provider, front):
    await browser.sign_in()
    provider.revoked = True
    await browser.press("refresh")
    assert browser.path == "/stopped/withdrawn"
    assert len(front.sessions) == 0


async def test_withdrawal_during_the_sign_in_itself(browser, provider, front):
    provider.faults["/userinfo"] = fault(401, times=2)
    await browser.sign_in()
    assert browser.path == "/stopped/withdrawn"
    assert len(front.sessions) == 0


async def test_one_set_withdrawn_is_dropped_and_the_rest_stays(browser, provider):
    await browser.sign_in()
    provider.forbidden.add("experiences")
    await browser.press("refresh")
    assert browser.listed("skills")
    assert "relier un métier à votre parcours" in browser.page.text
    assert "Mairie de Lille" not in browser.page.text


async def test_one_set_withdrawn_is_seen_at_the_next_page(browser, provider):
    await browser.sign_in()
    provider.forbidden |= {"experiences", "email"}
    provider.calls.clear()
    await browser.visit("/me")
    assert browser.listed("skills")
    assert "Mairie de Lille" not in browser.page.text
    assert "amina@example.org" not in browser.page.text
    assert provider.calls == ["/v1/me"]


async def test_an_address_that_accord_has_not_confirmed_is_explained(browser, provider):
    del provider.claims["email"]
    await browser.sign_in()
    assert "pas encore confirmée sur Accord" in browser.page.text


async def test_a_refresh_that_grants_less_drops_the_rest(browser, provider, clock):
    await browser.sign_in()
    provider.granted = "openid profile skills offline_access"
    clock.forward(700)
    await browser.visit("/me")
    assert browser.listed("skills")
    assert "Mairie de Lille" not in browser.page.text
    assert "amina@example.org" not in browser.page.text


async def test_once_ends_by_itself(browser, provider, clock, front):
    provider.granted = "openid profile email skills experiences trainings"
    await browser.sign_in()
    assert "Une seule fois" in browser.page.text
    await browser.visit("/me")
    assert browser.listed("skills")
    clock.forward(700)
    await browser.visit("/me")
    assert browser.path == "/stopped/ended"
    assert len(front.sessions) == 0


async def test_once_withdrawn_before_its_end(browser, provider):
    provider.granted = "openid profile skills"
    await browser.sign_in()
    provider.revoked = True
    provider.calls.clear()
    await browser.visit("/me")
    assert browser.path == "/stopped/withdrawn"
    assert "/token" not in provider.calls


async def test_a_forgotten_session_expires(browser, front, clock):
    await browser.sign_in()
    clock.forward(3601)
    await browser.visit("/me")
    assert browser.path == "/"
    assert len(front.sessions) == 0
