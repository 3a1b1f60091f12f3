"""Adding skills, and how often an API may be called."""

from typing import Any

import httpx
import pytest

from foundation.clock import SECOND
from tests.idp.francetravail.app import EVERYTHING, FranceTravailApp, refused, register
from tests.idp.support import World
from tests.idp.visitor import NewVisitor, Visitor

PATH = "/partenaire/peconnect-gestion-profilcompetences/v1/competences/enregistrer"
STATUS = "peconnect-statut/v1/statut"


async def add(partner: FranceTravailApp, token: str, *codes: str, **changed: Any) -> httpx.Response:
    body = {"competences": [{"codeRome": code} for code in codes], "origine": "ORGACP"} | changed
    return await partner.http.post(PATH, json=body, headers={"Authorization": f"Bearer {token}"})


async def test_skills_are_added_once_and_are_hers(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    before = (await house.shelf())["skills"]
    answer = await add(partner, token, "121985", "300451", "300361")  # she has the last one
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await add(partner, token, "121985")).status_code == 204
    after = (await house.shelf())["skills"]
    assert after[: len(before)] == before
    assert [(one["rome_code"], one["kind"]) for one in after[len(before) :]] == [
        ("121985", "rome"),
        ("300451", "rome"),
    ]
    events = await house.events("data.written")
    assert [(one["scopes"], one["facts"]["count"]) for one in events] == [
        ("skills:write", 2),
        ("skills:write", 0),
    ]


async def test_what_the_rome_does_not_know_is_told_back(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    answer = await add(partner, token, "999999", "121985", "cheese")
    assert answer.status_code == 206
    assert answer.json() == {
        "competencesEnErreur": [
            {"codeRome": "999999", "raison": "Code inconnu du ROME"},
            {"codeRome": "cheese", "raison": "Code inconnu du ROME"},
        ]
    }
    assert "121985" in {one["rome_code"] for one in (await house.shelf())["skills"]}


NO_BATCHES: list[dict[str, Any]] = [
    {"competences": []},
    {"competences": [{"codeRome": 100684}]},
    {"competences": [{"code": "100684"}]},
    {"competences": "100684"},
    {"origine": None},
    {"competences": [{"codeRome": "100684"}] * 51},
]


async def test_what_is_no_batch_is_refused(partner: FranceTravailApp, visitor: Visitor) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    for changed in NO_BATCHES:
        refused(await add(partner, token, "121985", **changed), "invalid_request")


async def test_adding_needs_its_own_agreement(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor, scope=["skills"]))["access_token"]
    said = refused(await add(partner, token, "121985"), "insufficient_scope", 403)
    assert "portefeuillecompetencesW" in said
    refused(await add(partner, "a.b.c", "121985"), "invalid_token", 401)
    assert await house.events("data.written") == []
    wrong = {"Authorization": f"Bearer {token}", "Content-Type": "text/plain"}
    refused(await partner.http.post(PATH, content=b"{}", headers=wrong), "invalid_request", 415)


# --- quotas ----------------------------------------------------------------------------------------------


async def calls_let_through(partner: FranceTravailApp, token: str, most: int) -> int:
    """How many calls of one API are answered before one is refused; at most `most`."""
    for made in range(most):
        answer = await partner.get(STATUS, token)
        if answer.status_code == 429:
            refused(answer, "quota_exceeded", 429)
            assert 1 <= int(answer.headers["retry-after"]) <= 11
            return made
        assert answer.status_code == 200
    return most


@pytest.fixture
def settings(settings: Any) -> Any:
    return settings.model_copy(update={"partner_calls_per_10_seconds": 3})


async def test_a_quota_an_api_and_when_to_go_on(
    partner: FranceTravailApp, visitor: Visitor, house: World
) -> None:
    token = (await partner.tokens(visitor))["access_token"]
    house.clock.advance(10 * SECOND - house.clock.now() % (10 * SECOND))
    assert await calls_let_through(partner, token, 9) == 3
    reads = len(await house.events("data.read"))
    assert (await partner.get(STATUS, token)).status_code == 429
    assert len(await house.events("data.read")) == reads
    assert (await partner.get("peconnect-individu/v1/userinfo", token)).status_code == 200
    house.clock.advance(11 * SECOND)
    assert (await partner.get(STATUS, token)).status_code == 200


@pytest.mark.parametrize(("tier", "calls"), [("silver", 15), ("gold", 60)])
async def test_a_tier_counts_where_it_was_approved(
    partner: FranceTravailApp, house: World, new_visitor: NewVisitor, tier: str, calls: int
) -> None:
    raised = f" qos_{tier}_peconnect-statutv1"
    await register(house.server, "approved", EVERYTHING + raised)
    tokens = {}
    for client_id in ("les-emplois", "approved"):
        partner.client_id = client_id
        tokens[client_id] = await partner.tokens(new_visitor(), EVERYTHING + raised)
    assert raised.strip() in tokens["approved"]["scope"]
    assert raised.strip() not in tokens["les-emplois"]["scope"]
    house.clock.advance(10 * SECOND - house.clock.now() % (10 * SECOND))
    assert await calls_let_through(partner, tokens["approved"]["access_token"], calls + 5) == calls
    assert await calls_let_through(partner, tokens["les-emplois"]["access_token"], calls) == 3
