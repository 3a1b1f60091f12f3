"""The dispatcher asked at odd moments: it answers from what is true now, and each step returns to it."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from consent.acts import Stale
from consent.decisions import Decisions
from foundation.clock import SECOND
from foundation.statements import Write
from idp.authorize.describe import describe_request
from idp.clients.tables import Client
from tests.idp.support import World
from tests.idp.visitor import GOOD, Visitor, is_our_error, read, sent_back


async def change_app(house: World, **fields: Any) -> None:
    """The app's registration as an administrator leaves it."""
    metadata = house.client.metadata.model_copy(update=fields)
    async with house.server.db.transaction() as tx:
        await tx.run(Write(update(Client).values(metadata_json=metadata.model_dump_json())))


def pending_in(page: Any) -> str:
    return str(page.url.params["request"])


async def test_the_consent_page_of_somebody_not_signed_in_leads_to_sign_in(visitor: Visitor) -> None:
    pending = pending_in(await visitor.ask())
    answer = await visitor.get(f"/authorize/consent/{pending}")
    assert answer.headers["location"] == f"/authorize/continue/{pending}"
    assert (await visitor.follow(answer)).url.path == "/login"
    # A decision posted there decides nothing.
    login = await visitor.get(f"/login?request={pending}")
    fields = {"form_token": read(login).hidden["form_token"], "decision": "accept"}
    posted = await visitor.post(f"/authorize/consent/{pending}", fields)
    assert posted.headers["location"] == f"/authorize/continue/{pending}"
    assert "code" in sent_back(await visitor.decide(await visitor.sign_in(login), scope=["skills"]))


async def test_a_page_opened_twice_was_shown_once(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    again = await visitor.get(read(page).action)
    assert read(again).hidden["page"] == read(page).hidden["page"]
    assert len(await house.events("consent.asked")) == 1
    assert "code" in sent_back(await visitor.decide(again, scope=["skills"]))


async def test_a_scope_taken_from_the_app_meanwhile_ends_the_request(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    await change_app(house, optional_scopes=("email",))
    answer = await visitor.decide(page, scope=["skills"])
    assert sent_back(answer)["error"] == "invalid_scope"
    is_our_error(await visitor.get(read(page).action), 410)
    assert await house.events("consent.given") == []


async def test_an_address_taken_from_the_app_meanwhile_is_not_redirected_to(
    house: World, visitor: Visitor
) -> None:
    page = await visitor.start()
    await change_app(house, redirect_uris=("https://elsewhere.example/",))
    is_our_error(await visitor.decide(page, scope=["skills"]))
    assert await house.events("consent.given") == []


async def test_a_new_purpose_meanwhile_is_shown_before_it_is_agreed_to(
    house: World, visitor: Visitor
) -> None:
    page = await visitor.start()
    await change_app(house, name="Cap Autre Chose")
    again = await visitor.decide(page, scope=["skills"])
    assert again.status_code == 409
    assert "Cap Autre Chose" in again.text
    assert "code" in sent_back(await visitor.decide(again, scope=["skills"]))


async def test_a_refusal_that_must_return_returns_once(visitor: Visitor) -> None:
    """prompt=none and nobody there: its answer spends the request, as any answer does."""
    asked = await visitor.http.get("/authorize", params={**GOOD, "prompt": "none"})
    onward = asked.headers["location"]
    assert sent_back(await visitor.get(onward))["error"] == "login_required"
    is_our_error(await visitor.get(onward), 410)


async def test_a_code_is_given_once_even_when_the_dispatcher_is_asked_at_once(
    house: World, visitor: Visitor
) -> None:
    await visitor.consented()
    asked = await visitor.http.get("/authorize", params=GOOD)
    answers = await asyncio.gather(*(visitor.get(asked.headers["location"]) for _ in range(64)))
    assert sorted(answer.status_code for answer in answers) == [303] + [410] * 63
    assert len(await house.events("code.issued")) == 2


async def test_what_the_sign_in_page_is_told(house: World, visitor: Visitor) -> None:
    pending = pending_in(await visitor.ask(login_hint="amina@example.org", ui_locales="en"))
    told = await describe_request(house.server, pending)
    assert told is not None
    assert (told.app_name, told.login_hint, told.ui_locales) == ("Cap Coaching", "amina@example.org", "en")
    for unknown in ("0" * 32, "", "x", "\x00", "☃" * 32):
        assert await describe_request(house.server, unknown) is None
    visitor.clock.advance(house.server.settings.pending_request_seconds * SECOND)
    assert await describe_request(house.server, pending) is None


async def test_an_answered_request_waits_for_no_sign_in(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    pending = read(page).action.rsplit("/", 1)[1]
    sent_back(await visitor.decide(page, scope=["skills"]))
    assert await describe_request(house.server, pending) is None


async def test_a_grant_that_changes_in_the_very_moment_is_asked_about_afresh(
    house: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = await visitor.start()
    for decision in ("accept", "refuse"):
        with monkeypatch.context() as meanwhile:

            async def stale(*_: object, **__: object) -> Stale:
                return Stale()

            meanwhile.setattr(Decisions, decision, stale)
            again = await visitor.decide(page, decision, scope=["skills"])
        assert again.url.path == read(page).action
    assert await house.events("code.issued") == []
    assert "code" in sent_back(await visitor.decide(again, scope=["skills"]))
