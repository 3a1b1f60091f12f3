"""What an exchange gives: less than either app has, in the name of both, for as long as all of it lives."""

import pytest

from foundation.clock import SECOND
from idp.clients.registry import suspend_client
from idp.exchange.asked import ACCESS_TOKEN
from idp.token.behalf import purge
from idp.token.lines import FIND_LINE
from tests.idp.exchange.pair import Pair
from tests.idp.rights.scenes import erase
from tests.idp.support import ISSUER
from tests.idp.tokens import claims_of, refused


async def test_an_app_acts_for_another_and_all_of_it_is_told(pair: Pair) -> None:
    token = await pair.ready()
    body = await pair.exchanged(token, scope="openid skills")
    hers = claims_of(token)
    assert body["issued_token_type"] == ACCESS_TOKEN
    assert body["scope"] == "openid skills"
    assert "refresh_token" not in body
    claims = claims_of(body["access_token"])
    assert claims["client_id"] == "adviser"
    assert claims["aud"] == f"{ISSUER}/v1"
    assert claims["act"] == {"sub": "adviser", "act": {"sub": "app"}}
    assert claims["sub"] != hers["sub"]
    assert claims["exp"] <= hers["exp"]
    read = await pair.adviser.read("/v1/me/skills", body["access_token"])
    assert read.status_code == 200, read.text
    assert read.json()["data"]
    [told] = await pair.app.events("token.exchanged")
    assert told["client"] == "adviser"
    assert told["grant"] == body["grant_id"]
    assert told["facts"] | {"behalf_line": None} == {
        "line": claims["jti"],
        "behalf": "app",
        "behalf_grant": hers["grant_id"],
        "behalf_revision": 1,
        "behalf_line": None,
        "depth": 1,
    }
    [leaf] = await pair.app.events("data.read")
    assert (leaf["client"], leaf["grant"]) == ("adviser", body["grant_id"])
    assert leaf["facts"]["behalf"] == "app"
    assert leaf["facts"]["behalf_grant"] == hers["grant_id"]


async def test_what_is_read_for_oneself_says_nothing_of_others(pair: Pair) -> None:
    token = await pair.ready()
    await pair.app.read("/v1/me/skills", token)
    [leaf] = await pair.app.events("data.read")
    assert leaf["facts"].keys() == {"dataset", "fields", "count"}


async def test_introspection_names_the_actors(pair: Pair) -> None:
    body = await pair.exchanged(await pair.ready(), scope="skills")
    said = (await pair.adviser.post("/introspect", {"token": body["access_token"]})).json()
    assert said["active"] is True
    assert said["act"] == {"sub": "adviser", "act": {"sub": "app"}}
    assert said["scope"] == "skills"
    assert (await pair.app.post("/introspect", {"token": body["access_token"]})).json() == {"active": False}


async def test_all_that_both_may_read_is_given_where_no_scope_is_asked(pair: Pair) -> None:
    token = await pair.ready(scope=["skills", "trainings"])
    body = await pair.exchanged(token)
    assert body["scope"].split() == ["openid", "profile", "skills", "trainings"]


async def test_an_app_without_a_grant_of_its_own_gets_nothing(pair: Pair) -> None:
    token = await pair.token()
    refused(await pair.exchange(token), "invalid_target")
    refused(await pair.exchange(token, scope="skills"), "invalid_target")
    assert await pair.app.events("token.exchanged") == []


async def test_scopes_are_narrowed_and_never_widened(pair: Pair) -> None:
    await pair.adviser.grant(scope=["skills"])
    narrow = await pair.token("openid skills trainings")
    refused(await pair.exchange(narrow, scope="skills experiences"), "invalid_scope")
    refused(await pair.exchange(narrow, scope="skills nothing"), "invalid_scope")
    refused(await pair.exchange(narrow, scope="skills offline_access"), "invalid_scope")
    refused(await pair.exchange(narrow, scope="skills trainings"), "invalid_target")
    again = (await pair.exchanged(narrow, scope="skills"))["access_token"]
    refused(await pair.exchange(again, scope="openid"), "invalid_scope")


async def test_an_exchanged_token_lasts_no_longer_than_what_it_came_of(pair: Pair) -> None:
    token = await pair.ready()
    pair.app.clock.advance(590 * SECOND)
    body = await pair.exchanged(token)
    assert body["expires_in"] <= 10
    pair.app.clock.advance(10 * SECOND)
    refused_read = await pair.adviser.read("/v1/me/skills", body["access_token"])
    assert refused_read.status_code == 401


async def test_what_one_of_the_two_may_not_see_stays_back(pair: Pair) -> None:
    shelf = await pair.app.shelf()
    kept_from_app, kept_from_adviser = shelf["skills"][0]["id"], shelf["skills"][1]["id"]
    await pair.adviser.grant(hide=[f"skills:{kept_from_adviser}"])
    await pair.app.grant(hide=[f"skills:{kept_from_app}"])
    token = (await pair.app.redeem(await pair.app.code())).json()["access_token"]
    both = (await pair.exchanged(token, scope="skills"))["access_token"]
    seen = (await pair.adviser.read("/v1/me/skills", both)).json()["data"]
    assert len(seen) == len(shelf["skills"]) - 2


async def test_a_scope_taken_back_from_either_is_closed_at_once(pair: Pair) -> None:
    token = await pair.ready()
    body = await pair.exchanged(token, scope="skills trainings")
    await pair.app.revoke_scope(claims_of(token)["grant_id"], "skills")
    closed = await pair.adviser.read("/v1/me/skills", body["access_token"])
    assert closed.json()["error"] == "insufficient_scope"
    assert (await pair.adviser.read("/v1/me/trainings", body["access_token"])).status_code == 200


# --- what ends it ------------------------------------------------------------------------------------------


async def _ended(pair: Pair, text: str) -> None:
    """Nothing takes the token any more."""
    assert (await pair.adviser.read("/v1/me/skills", text)).status_code in {401, 403}
    assert (await pair.adviser.post("/introspect", {"token": text})).json() == {"active": False}
    refused(await pair.exchange(text), "invalid_request")


@pytest.mark.parametrize("whose", ["app", "adviser"])
@pytest.mark.parametrize("how", ["revoke", "pause", "suspend"])
async def test_what_ends_either_ends_it(pair: Pair, whose: str, how: str) -> None:
    token = await pair.ready()
    body = await pair.exchanged(token)
    grant_id = claims_of(token)["grant_id"] if whose == "app" else body["grant_id"]
    world = pair.app
    if how == "revoke":
        await world.revoke(grant_id)
    elif how == "suspend":
        async with world.server.db.transaction() as tx:
            assert await suspend_client(tx, whose, world.clock.now())
    else:
        async with world.server.db.transaction() as tx:
            assert await world.decisions().pause(tx, grant_id, "person", world.act(world.client))
    if how == "suspend" and whose == "adviser":
        assert (await pair.adviser.read("/v1/me/skills", body["access_token"])).status_code == 401
        return
    await _ended(pair, body["access_token"])


async def test_giving_back_any_token_of_the_line_ends_what_came_of_it(pair: Pair) -> None:
    token = await pair.ready()
    body = await pair.exchanged(token)
    assert (await pair.app.post("/revoke", {"token": token})).status_code == 200
    await _ended(pair, body["access_token"])


async def test_giving_back_the_exchanged_token_ends_it_alone(pair: Pair) -> None:
    token = await pair.ready()
    first, second = await pair.exchanged(token), await pair.exchanged(token)
    assert (await pair.adviser.post("/revoke", {"token": first["access_token"]})).status_code == 200
    await _ended(pair, first["access_token"])
    assert (await pair.adviser.read("/v1/me/skills", second["access_token"])).status_code == 200
    assert (await pair.app.read("/v1/me/skills", token)).status_code == 200


async def test_a_replayed_code_ends_it(pair: Pair) -> None:
    await pair.adviser.grant()
    await pair.app.grant()
    code = await pair.app.code()
    body = await pair.exchanged((await pair.app.redeem(code)).json()["access_token"])
    refused(await pair.app.redeem(code), "invalid_grant")
    await _ended(pair, body["access_token"])


async def test_an_erasure_ends_it(pair: Pair) -> None:
    body = await pair.exchanged(await pair.ready())
    assert await erase(pair.app)
    await _ended(pair, body["access_token"])


async def test_the_term_of_either_grant_ends_it(pair: Pair) -> None:
    token = await pair.ready(duration=["once"])
    body = await pair.exchanged(token)
    assert body["expires_in"] == 600
    code = await pair.adviser.code()
    assert (await pair.adviser.redeem(code)).status_code == 200  # a "once" ends with its own token
    pair.app.clock.advance(600 * SECOND)
    await _ended(pair, body["access_token"])


async def test_what_came_of_old_exchanges_is_purged_and_nothing_else(pair: Pair) -> None:
    token = await pair.ready()
    old = await pair.exchanged(token)
    pair.app.clock.advance(300 * SECOND)
    fresh = await pair.exchanged(token)
    server, now = pair.app.server, pair.app.clock.now()
    assert await purge(server.db, now - 100 * SECOND) == 1
    assert (await pair.adviser.read("/v1/me/skills", old["access_token"])).status_code == 401
    assert (await pair.adviser.read("/v1/me/skills", fresh["access_token"])).status_code == 200
    assert (await pair.app.read("/v1/me/skills", token)).status_code == 200


async def test_who_acts_for_an_app_is_in_no_session_of_a_browser(pair: Pair) -> None:
    """It is not told when that ends; but a recent sign-in behind the first token is as recent here."""
    token = await pair.ready()
    body = await pair.exchanged(token)
    first = (await pair.app.events("code.redeemed"))[-1]["facts"]["line"]
    async with pair.app.server.db.reading() as tx:
        made = await tx.one(FIND_LINE, line_id=claims_of(body["access_token"])["jti"])
        behind = await tx.one(FIND_LINE, line_id=first)
    assert (made.session_id, made.auth_time) == ("", behind.auth_time)
    assert behind.session_id
    assert (made.refreshable, made.id_claims, made.nonce, made.code_hash) == (0, None, None, b"")
