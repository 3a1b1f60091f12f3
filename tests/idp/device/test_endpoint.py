"""POST /device_authorization: who may start, with what, and what is told."""

import pytest

from idp.clients.metadata import ClientMetadata
from idp.device.codes import read_code
from idp.polling.kinds import DEVICE
from tests.idp.device.screen import agree, app_at, begin, start
from tests.idp.dpop.holder import Holder, key
from tests.idp.support import ISSUER, SCOPES, World
from tests.idp.tokens import app_key, asserting, assertion_claims, public_jwks, refused, signed


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is stored is tried on both beside tests of polling and of races."""
    return sqlite_url


async def test_what_an_app_is_told(world: World) -> None:
    answer = await begin(await app_at(world))
    told = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert read_code(told["user_code"])
    assert told["verification_uri"] == f"{ISSUER}/device"
    assert told["verification_uri_complete"] == f"{ISSUER}/device?user_code={told['user_code']}"
    assert (told["expires_in"], told["interval"]) == (600, 5)
    assert told.keys() == {
        *("device_code", "user_code", "verification_uri", "verification_uri_complete"),
        *("expires_in", "interval"),
    }


async def test_a_public_app_may_start(world: World) -> None:
    screen = await start(await app_at(world, "tv", with_secret=False, auth_method="none"))
    refused(await screen.poll(), "authorization_pending")


async def test_an_app_authenticates_as_everywhere(world: World) -> None:
    kiosk = await app_at(world)
    answer = await kiosk.http.post("/device_authorization", data={"client_id": "kiosk", "scope": SCOPES})
    refused(answer, "invalid_client", 401)
    wrong = await kiosk.post("/device_authorization", {"scope": SCOPES}, ("kiosk", "wrong"))
    refused(wrong, "invalid_client", 401)


async def test_an_assertion_is_spent_and_may_name_this_endpoint(world: World) -> None:
    kiosk = await app_at(
        world, "keyed", with_secret=False, auth_method="private_key_jwt", jwks=public_jwks(app_key())
    )
    claims = assertion_claims("keyed", f"{ISSUER}/device_authorization", world.clock)
    form = asserting(signed(claims, app_key()), scope=SCOPES)
    assert (await kiosk.http.post("/device_authorization", data=form)).status_code == 200
    refused(await kiosk.http.post("/device_authorization", data=form), "invalid_client", 401)


async def test_only_an_app_registered_for_it_may_start(world: World) -> None:
    refused(await begin(world), "unauthorized_client")


async def test_what_is_asked_is_checked_as_at_authorize(world: World) -> None:
    kiosk = await app_at(world)
    for fields, error in (
        ({"scope": ""}, "invalid_scope"),
        ({"scope": "openid nothing"}, "invalid_scope"),
        ({"scope": "openid benefits"}, "invalid_scope"),
        ({"scope": "openid " + "x" * 5000}, "invalid_request"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
        ({"authorization_details": "{"}, "invalid_authorization_details"),
        ({"claims": "["}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
    ):
        refused(await begin(kiosk, **fields), error)


async def test_what_would_send_a_browser_somewhere_is_not_read(world: World) -> None:
    kiosk = await app_at(world)
    answer = await begin(kiosk, redirect_uri="https://evil.example", state="s", response_type="token")
    assert answer.status_code == 200


async def test_a_proof_beside_the_call_binds_what_comes_of_it(world: World) -> None:
    tv = await app_at(world, "tv", with_secret=False, auth_method="none")
    holder = await Holder(tv, key(number=1)).learn()
    told = (await holder.post("/device_authorization", {"scope": SCOPES})).json()
    form = {"grant_type": DEVICE.grant_type, "device_code": told["device_code"]}
    await agree(tv, told["device_code"])
    refused(await tv.post("/token", form), "invalid_dpop_proof")
    thief = Holder(tv, key(number=2), nonce=holder.nonce)
    refused(await thief.post("/token", form), "invalid_grant")
    tokens = (await holder.post("/token", form)).json()
    assert tokens["token_type"] == "DPoP"
    assert (await holder.read("/v1/me/skills", tokens["access_token"])).status_code == 200


async def test_a_proof_of_another_key_than_the_one_named_is_refused(world: World) -> None:
    holder = await Holder(await app_at(world, "tv", with_secret=False, auth_method="none")).learn()
    form = {"scope": SCOPES, "dpop_jkt": "k" * 43}
    refused(await holder.post("/device_authorization", form), "invalid_dpop_proof")


def test_a_screen_needs_no_redirect() -> None:
    assert ClientMetadata(name="TV", grant_types=(DEVICE.grant_type,)).redirect_uris == ()
