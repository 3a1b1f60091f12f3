"""authorization_code at the token endpoint: one success, and what each mistake gets."""

from foundation.clock import SECOND
from idp.clients.registry import suspend_client
from tests.idp.support import REDIRECT, VERIFIER, World, add_app
from tests.idp.tokens import altered, claims_of, refused

SHORT = "v" * 42
MISTAKES: tuple[tuple[dict[str, str], str], ...] = (
    ({"code_verifier": "w" * 43}, "invalid_grant"),
    ({"code_verifier": ""}, "invalid_grant"),
    ({"code_verifier": SHORT}, "invalid_request"),
    ({"code_verifier": "v" * 129}, "invalid_request"),
    ({"code_verifier": VERIFIER + "é"}, "invalid_request"),
    ({"redirect_uri": ""}, "invalid_grant"),
    ({"redirect_uri": REDIRECT + "/"}, "invalid_grant"),
    ({"redirect_uri": REDIRECT + "#x"}, "invalid_grant"),
    ({"redirect_uri": REDIRECT.upper()}, "invalid_grant"),
    ({"redirect_uri": "https://evil.example/callback"}, "invalid_grant"),
    ({"code": ""}, "invalid_request"),
    ({"code": "ac_nonsense"}, "invalid_grant"),
    ({"code": "x" * 5000}, "invalid_grant"),
    ({"code": "ac_" + "0" * 32 + "." + "A" * 43}, "invalid_grant"),
    ({"grant_type": ""}, "invalid_request"),
    ({"grant_type": "password"}, "unsupported_grant_type"),
    ({"grant_type": "authorization_code "}, "unsupported_grant_type"),
    ({"grant_type": "urn:ietf:params:oauth:grant-type:jwt-bearer"}, "unsupported_grant_type"),
)


async def test_a_code_gives_what_was_granted(world: World) -> None:
    body = await world.tokens(scope=["skills"])
    assert body["token_type"] == "Bearer"
    assert body["scope"] == "openid profile skills offline_access"
    assert body["refresh_token"].startswith("rt_")
    access, id_token = claims_of(body["access_token"]), claims_of(body["id_token"])
    assert access["sub"] == id_token["sub"]
    assert id_token["nonce"] == "n-1"
    read = await world.read("/v1/me/skills", body["access_token"])
    assert read.status_code == 200
    assert len(read.json()["data"]) >= 8
    refused_read = await world.read("/v1/me/experiences", body["access_token"])
    assert refused_read.status_code == 403
    assert refused_read.json()["error"] == "insufficient_scope"
    assert "experiences" in refused_read.headers["www-authenticate"]
    assert len(await world.events("data.read")) == 1


async def test_a_mistake_costs_nothing_but_the_answer(world: World) -> None:
    await world.grant()
    code = await world.code()
    for mistake, error in MISTAKES:
        refused(await world.redeem(**{"code": code} | mistake), error)
    # The code was not spent by any of them: its app corrects itself.
    assert (await world.redeem(code)).status_code == 200


async def test_a_code_with_one_character_changed_opens_nothing(world: World) -> None:
    await world.grant()
    code = await world.code()
    for position in (0, 5, -1, -20):
        refused(await world.redeem(altered(code, position)), "invalid_grant")
    for other in (code + "A", code[:-1], code.upper(), " " + code, code + "="):
        refused(await world.redeem(other), "invalid_grant")


async def test_the_challenge_itself_is_no_verifier(world: World) -> None:
    await world.grant()
    # What `plain` would accept: a challenge equal to the verifier.
    code = await world.code(challenge=VERIFIER)
    refused(await world.redeem(code), "invalid_grant")


async def test_a_verifier_without_a_challenge_is_refused(world: World) -> None:
    await world.grant()
    code = await world.code(challenge=None)
    refused(await world.redeem(code), "invalid_request")
    assert (await world.redeem(code, code_verifier="")).status_code == 200


async def test_another_apps_code_opens_nothing_and_stays_good(world: World) -> None:
    other = world.of(await add_app(world.server, "other", "other-secret"), "other-secret")
    await world.grant()
    code = await world.code()
    refused(await other.redeem(code), "invalid_grant")
    assert (await world.redeem(code)).status_code == 200


async def test_a_code_lives_for_a_minute(world: World) -> None:
    await world.grant()
    late, in_time = await world.code(), await world.code()
    lifetime = world.server.settings.code_seconds * SECOND
    world.clock.advance(lifetime - 1)
    assert (await world.redeem(in_time)).status_code == 200
    world.clock.advance(1)
    refused(await world.redeem(late), "invalid_grant")


async def test_a_code_of_a_withdrawn_grant_is_worth_nothing(world: World) -> None:
    decided = await world.grant()
    code = await world.code()
    await world.revoke(decided.standing.grant_id)
    refused(await world.redeem(code), "invalid_grant")


async def test_a_code_of_an_erased_person_is_worth_nothing(world: World) -> None:
    await world.grant()
    code = await world.code()
    async with world.server.db.transaction() as tx:
        assert await world.server.people.destroy(tx, world.person_id)
    refused(await world.redeem(code), "invalid_grant")


async def test_a_suspended_app_gets_nothing(world: World) -> None:
    await world.grant()
    code = await world.code()
    async with world.server.db.transaction() as tx:
        assert await suspend_client(tx, world.client.id, world.clock.now())
    refused(await world.redeem(code), "invalid_client", 401)


async def test_a_spent_code_kills_everything_that_came_of_it(world: World) -> None:
    await world.grant()
    code = await world.code()
    body = (await world.redeem(code)).json()
    refused(await world.redeem(code), "invalid_grant")
    assert (await world.read("/v1/me", body["access_token"])).status_code == 401
    refused(await world.refresh(body["refresh_token"]), "invalid_grant")
    [replay] = await world.events("code.replayed")
    [redeemed] = await world.events("code.redeemed")
    assert replay["facts"]["line"] == redeemed["facts"]["line"]
    assert replay["outcome"] == "refused"


async def test_a_spent_code_is_a_replay_long_after_it_expired(world: World) -> None:
    await world.grant()
    code = await world.code()
    body = (await world.redeem(code)).json()
    world.clock.advance(300 * SECOND)
    refused(await world.redeem(code), "invalid_grant")
    assert (await world.read("/v1/me", body["access_token"])).status_code == 401


async def test_a_thief_without_the_verifier_cannot_kill_a_line(world: World) -> None:
    await world.grant()
    code = await world.code()
    body = (await world.redeem(code)).json()
    refused(await world.redeem(code, code_verifier="w" * 43), "invalid_grant")
    refused(await world.redeem(code, code_verifier=""), "invalid_grant")
    assert (await world.read("/v1/me", body["access_token"])).status_code == 200
    assert await world.events("code.replayed") == []


async def test_an_app_not_registered_for_codes_cannot_redeem(world: World) -> None:
    machine = await add_app(world.server, "machine", "s", grant_types=("client_credentials",))
    refused(await world.of(machine, "s").redeem("ac_x"), "unauthorized_client")


async def test_what_was_withdrawn_between_code_and_redemption_is_not_in_the_token(world: World) -> None:
    decided = await world.grant()
    code = await world.code()
    await world.revoke_scope(decided.standing.grant_id, "skills")
    body = (await world.redeem(code)).json()
    assert "skills" not in body["scope"].split()
    assert claims_of(body["access_token"])["scope"] == body["scope"]
