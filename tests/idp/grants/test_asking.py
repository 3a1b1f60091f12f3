"""Grant Management at /authorize (draft 03, sections 5.1 to 5.5): create, merge and replace, end to end."""

from typing import Any

import pytest

from foundation.clock import DAY
from tests.idp.support import ISSUER, World, add_app
from tests.idp.visitor import NewVisitor, Visitor, read, sent_back

FIRST = "openid profile skills offline_access"
NOBODYS = "0" * 32


async def shared(house: World, visitor: Visitor, scope: str = FIRST, **ticked: Any) -> dict[str, Any]:
    """She signs in and agrees; the token answer."""
    page = await visitor.start(scope=scope, grant_management_action="create")
    return await redeemed(house, sent_back(await visitor.decide(page, **{"scope": ["skills"]} | ticked)))


async def redeemed(house: World, back: dict[str, str]) -> dict[str, Any]:
    answer = await house.redeem(back["code"])
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def boxes(page: Any) -> set[str]:
    return {value for name, value in read(page).boxes if name == "scope"}


# --- what may be asked -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fields",
    [
        {"grant_id": NOBODYS},
        {"grant_management_action": "create", "grant_id": NOBODYS},
        {"grant_management_action": "merge"},
        {"grant_management_action": "replace"},
        {"grant_management_action": "update", "grant_id": NOBODYS},
        {"grant_management_action": "query", "grant_id": NOBODYS},
        {"grant_management_action": "CREATE"},
        {"grant_management_action": ["create", "create"]},
        {"grant_management_action": "merge", "grant_id": [NOBODYS, NOBODYS]},
    ],
)
async def test_what_makes_no_sense_is_an_invalid_request(visitor: Visitor, fields: Any) -> None:
    assert sent_back(await visitor.ask(**fields))["error"] == "invalid_request"


@pytest.mark.parametrize("grant_id", [NOBODYS, "x", "0" * 31 + "é", "a" * 5000])
@pytest.mark.parametrize("action", ["merge", "replace"])
async def test_a_grant_that_is_not_there_is_told_before_anyone_signs_in(
    visitor: Visitor, action: str, grant_id: str
) -> None:
    back = sent_back(await visitor.ask(grant_management_action=action, grant_id=grant_id))
    assert back["error"] == "invalid_grant_id"


async def test_a_public_client_manages_no_grant(house: World, visitor: Visitor) -> None:
    await add_app(
        house.server, "public", None, auth_method="none", grant_types=("authorization_code", "refresh_token")
    )
    for action in ("create", "merge"):
        back = sent_back(
            await visitor.ask(
                client_id="public",
                grant_management_action=action,
                grant_id=None if action == "create" else NOBODYS,
            )
        )
        assert back["error"] == "unauthorized_client"


@pytest.mark.parametrize("action", ["merge", "replace"])
async def test_another_apps_grant_is_not_its_own(house: World, visitor: Visitor, action: str) -> None:
    body = await shared(house, visitor)
    back = sent_back(
        await visitor.ask(client_id="other", grant_management_action=action, grant_id=body["grant_id"])
    )
    assert back["error"] == "invalid_grant_id"


@pytest.mark.parametrize("action", ["merge", "replace"])
async def test_another_persons_grant_is_not_hers(house: World, new_visitor: NewVisitor, action: str) -> None:
    body = await shared(house, new_visitor())
    bruno = new_visitor()
    login = await bruno.ask(grant_management_action=action, grant_id=body["grant_id"])
    back = sent_back(await bruno.sign_in(login, "bruno@example.org"))
    assert back["error"] == "invalid_grant_id"
    assert len(await house.events("consent.asked")) == 1


@pytest.mark.parametrize("action", ["merge", "replace"])
async def test_a_grant_that_ended_is_not_named_any_more(house: World, visitor: Visitor, action: str) -> None:
    body = await shared(house, visitor)
    fields = {"grant_management_action": action, "grant_id": body["grant_id"]}
    page = await visitor.ask(scope=FIRST + " trainings", **fields)
    await house.revoke(body["grant_id"])
    # While she was reading, and from then on.
    assert sent_back(await visitor.decide(page, scope=[]))["error"] == "invalid_grant_id"
    assert sent_back(await visitor.ask(**fields))["error"] == "invalid_grant_id"


async def test_a_grant_past_its_term_is_not_named_any_more(house: World, visitor: Visitor) -> None:
    body = await shared(house, visitor)
    visitor.clock.advance(30 * DAY)
    back = sent_back(await visitor.ask(grant_management_action="merge", grant_id=body["grant_id"]))
    assert back["error"] == "invalid_grant_id"


# --- create ----------------------------------------------------------------------------------------------


async def test_create_without_a_grant_is_a_first_request(house: World, visitor: Visitor) -> None:
    body = await shared(house, visitor)
    assert len(body["grant_id"]) == 32
    assert [leaf["facts"]["reason"] for leaf in await house.events("consent.asked")] == ["first"]


async def test_create_where_one_lives_asks_everything_and_ends_that_one(
    house: World, visitor: Visitor
) -> None:
    first = await shared(house, visitor)
    page = await visitor.ask(scope=FIRST, grant_management_action="create")
    assert boxes(page) == {"skills"}  # though the first grant covers it
    second = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills"])))
    assert second["grant_id"] != first["grant_id"]
    assert (await house.read("/v1/me/skills", first["access_token"])).status_code == 401
    assert (await house.read("/v1/me/skills", second["access_token"])).status_code == 200
    assert (await house.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    [ended] = await house.events("consent.revoked")
    assert (ended["grant"], ended["facts"]["by"]) == (first["grant_id"], "person")
    assert [leaf["facts"]["reason"] for leaf in await house.events("consent.asked")] == ["first", "fresh"]


async def test_refusing_a_fresh_grant_keeps_the_one_there_is(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor)
    page = await visitor.ask(grant_management_action="create")
    assert sent_back(await visitor.decide(page, "refuse"))["error"] == "access_denied"
    assert (await house.refresh(first["refresh_token"])).status_code == 200


@pytest.mark.parametrize("action", ["create", "replace"])
async def test_neither_is_done_behind_her_back(house: World, visitor: Visitor, action: str) -> None:
    first = await shared(house, visitor)
    grant_id = first["grant_id"] if action == "replace" else None
    back = sent_back(
        await visitor.ask(scope=FIRST, grant_management_action=action, grant_id=grant_id, prompt="none")
    )
    assert back["error"] == "consent_required"


# --- merge -----------------------------------------------------------------------------------------------


async def test_merge_asks_what_is_new_and_tokens_say_all_of_it(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor)
    page = await visitor.ask(
        scope="openid trainings", grant_management_action="merge", grant_id=first["grant_id"]
    )
    assert boxes(page) == {"trainings"}
    assert "Ce que vous partagez déjà ne change pas" in page.text
    second = await redeemed(house, sent_back(await visitor.decide(page, scope=["trainings"])))
    assert second["grant_id"] == first["grant_id"]
    assert set(second["scope"].split()) == {"openid", "profile", "skills", "trainings", "offline_access"}
    for dataset in ("skills", "trainings"):
        assert (await house.read(f"/v1/me/{dataset}", second["access_token"])).status_code == 200


async def test_merge_ends_older_refresh_tokens_and_no_access_token(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor)
    again = sent_back(
        await visitor.ask(scope="openid", grant_management_action="merge", grant_id=first["grant_id"])
    )
    second = await redeemed(house, again)  # section 3.7: new tokens for what stands, and nobody is asked
    assert second["scope"] == first["scope"]
    assert (await house.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    shown = {"token": first["refresh_token"]}
    assert (await house.post("/introspect", shown)).json() == {"active": False}
    assert (await house.read("/v1/me/skills", first["access_token"])).status_code == 200
    assert (await house.refresh(second["refresh_token"])).status_code == 200
    [renewed] = await house.events("grant.renewed")
    assert renewed["grant"] == first["grant_id"]
    assert (renewed["facts"]["action"], renewed["facts"]["lines"]) == ("merge", 1)


async def test_a_code_that_nobody_redeems_ends_nothing(house: World, visitor: Visitor) -> None:
    """Any page can send her browser to /authorize; only the app can take what comes back."""
    first = await shared(house, visitor)
    sent_back(await visitor.ask(scope=FIRST, grant_management_action="merge", grant_id=first["grant_id"]))
    assert (await house.refresh(first["refresh_token"])).status_code == 200
    assert await house.events("grant.renewed") == []


async def test_a_code_from_before_gives_no_refresh_token_after_a_merge(
    house: World, visitor: Visitor
) -> None:
    first = await shared(house, visitor)
    waiting = sent_back(await visitor.ask(scope=FIRST))
    merged = {"grant_management_action": "merge", "grant_id": first["grant_id"]}
    await redeemed(house, sent_back(await visitor.ask(scope=FIRST, **merged)))
    body = await redeemed(house, waiting)
    assert "refresh_token" not in body


async def test_refusing_to_add_keeps_what_stands(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor)
    page = await visitor.ask(
        scope="openid trainings", grant_management_action="merge", grant_id=first["grant_id"]
    )
    second = await redeemed(house, sent_back(await visitor.decide(page, "refuse")))
    assert second["grant_id"] == first["grant_id"]
    assert set(second["scope"].split()) == set(FIRST.split())


async def test_merge_with_one_for_once_asks_the_sum(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor, duration="once")
    page = await visitor.ask(
        scope="openid trainings", grant_management_action="merge", grant_id=first["grant_id"]
    )
    assert boxes(page) == {"skills", "trainings"}
    second = await redeemed(
        house, sent_back(await visitor.decide(page, scope=["trainings", "skills"], duration="30d"))
    )
    assert second["grant_id"] == first["grant_id"]
    assert set(second["scope"].split()) == {"openid", "profile", "skills", "trainings"}


async def test_merge_and_prompt_ask_the_sum(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor)
    page = await visitor.ask(
        scope="openid trainings",
        grant_management_action="merge",
        grant_id=first["grant_id"],
        prompt="consent",
    )
    assert boxes(page) == {"skills", "trainings"}


# --- replace ---------------------------------------------------------------------------------------------


async def test_replace_leaves_only_what_is_agreed_to_now(house: World, visitor: Visitor) -> None:
    first = await shared(house, visitor)
    page = await visitor.ask(
        scope="openid profile trainings offline_access",
        grant_management_action="replace",
        grant_id=first["grant_id"],
    )
    assert boxes(page) == {"trainings"}
    back = sent_back(await visitor.decide(page, scope=["trainings"]))
    assert "grant_id" not in back  # section 5.3
    second = await redeemed(house, back)
    assert second["grant_id"] == first["grant_id"]
    assert "skills" not in second["scope"].split()
    # Access tokens of before live on within what the grant holds now (section 10).
    assert (await house.read("/v1/me/skills", first["access_token"])).status_code == 403
    assert (await house.refresh(first["refresh_token"])).json()["error"] == "invalid_grant"
    [renewed] = await house.events("grant.renewed")
    assert renewed["facts"]["action"] == "replace"
    asked = await house.events("consent.asked")
    assert asked[-1]["facts"]["reason"] == "replace"


# --- every answer ----------------------------------------------------------------------------------------


async def test_each_answer_names_the_grant(house: World, visitor: Visitor) -> None:
    page = await visitor.start()
    body = await redeemed(house, sent_back(await visitor.decide(page, scope=["skills"])))
    refreshed = (await house.refresh(body["refresh_token"])).json()
    introspected = (await house.post("/introspect", {"token": refreshed["access_token"]})).json()
    assert body["grant_id"] == refreshed["grant_id"] == introspected["grant_id"]
    own = (await house.post("/token", {"grant_type": "client_credentials"})).json()
    assert "grant_id" not in own


async def test_discovery_says_what_is_supported(house: World) -> None:
    for path in ("/.well-known/openid-configuration", "/.well-known/oauth-authorization-server"):
        found = (await house.http.get(path)).json()
        assert found["grant_management_actions_supported"] == [
            "query",
            "revoke",
            "merge",
            "replace",
            "create",
        ]
        assert found["grant_management_action_required"] is False
        assert found["grant_management_endpoint"] == f"{ISSUER}/grants"
