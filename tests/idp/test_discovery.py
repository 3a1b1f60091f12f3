"""Metadata: each place named answers, and nothing works that is not announced."""

from typing import Any

import pytest
from jose import jwt as python_jose
from joserfc import jwt
from joserfc.jwk import KeySet

from consent.catalogue import CATALOGUE
from idp.clients.members.tokens import SIGNING_ALGORITHMS
from idp.discovery import OAUTH_PATH, OPENID_PATH, RESOURCE_PATH
from idp.endpoints import lean_table
from idp.grant_kinds import GRANT_TYPES
from idp.grants.actions import API_SCOPES
from tests.idp.support import ISSUER, World
from tests.idp.tokens import header_of
from tests.idp.visitor import Visitor

# Published so that others read it: by any page, and for a while.
PUBLIC = (OPENID_PATH, OAUTH_PATH, RESOURCE_PATH, RESOURCE_PATH + "/v1", "/jwks")


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: documents do not depend on it."""
    return sqlite_url


async def metadata(world: World, path: str = OPENID_PATH) -> dict[str, Any]:
    body: dict[str, Any] = (await world.http.get(path)).json()
    return body


async def test_every_place_that_discovery_names_answers(house: World, visitor: Visitor) -> None:
    for path in (OPENID_PATH, OAUTH_PATH, RESOURCE_PATH):
        for name, value in (await metadata(house, path)).items():
            places = value if isinstance(value, list) else [value]
            for place in places:
                if not isinstance(place, str) or not place.startswith(ISSUER + "/"):
                    continue
                if name in {"resource", "protected_resources"}:
                    place += "/me"  # noqa: PLW2901  # an identifier; what it identifies is below it
                answer = await visitor.get(place.removeprefix(ISSUER))
                assert answer.status_code != 404, f"{name}: {place}"
                assert answer.status_code < 500, f"{name}: {place}"


async def test_the_two_documents_of_the_server_agree(world: World) -> None:
    openid, oauth = await metadata(world), await metadata(world, OAUTH_PATH)
    assert oauth.items() <= openid.items()
    assert openid["issuer"] == ISSUER
    resource = await metadata(world, RESOURCE_PATH)
    assert resource == await metadata(world, RESOURCE_PATH + "/v1")
    assert resource["resource"] in openid["protected_resources"]
    assert openid["issuer"] in resource["authorization_servers"]


async def test_what_answers_is_announced(world: World) -> None:
    """A lean endpoint is in a metadata document, in the OpenAPI document, or for operators and auditors."""
    named: set[str] = set()
    for path in PUBLIC[:4]:
        for value in (await metadata(world, path)).values():
            for place in value if isinstance(value, list) else [value]:
                named.add(str(place).removeprefix(ISSUER))
    unnamed = {path for path in lean_table(world.server) if path not in named and path not in PUBLIC}
    below = (
        "/v1/me",
        "/ledger/",
        "/health/",
        "/grants/",  # below grant_management_endpoint
        "/clients/",  # told by registration_endpoint, to each app its own
        "/schemas/",
        "/records/",
        "/signals/",  # told to partners in their space, and in the guide
    )
    assert {path for path in unnamed if not path.startswith(below)} <= {
        "/receipts/jwks",  # named by each receipt
        "/.well-known/ssf-configuration",  # a well-known place of its own (OpenID SSF section 7)
    }


async def test_what_is_announced_as_supported_works(world: World) -> None:
    found = await metadata(world)
    assert found["grant_types_supported"] == list(GRANT_TYPES)
    for grant_type in GRANT_TYPES:
        answer = await world.post("/token", {"grant_type": grant_type, "code": "x", "refresh_token": "x"})
        assert answer.json().get("error") != "unsupported_grant_type"
    assert found["scopes_supported"] == [*CATALOGUE, *API_SCOPES]
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert "implicit" not in found["grant_types_supported"]  # which a list that is absent would mean
    assert set(found["subject_types_supported"]) == {"pairwise", "public"}
    methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"]  # no proxy brings certificates
    assert found["introspection_endpoint_auth_methods_supported"] == methods
    assert found["token_endpoint_auth_methods_supported"] == [*methods, "none"]
    # What each of these is worth is tried in tests/idp/authorize.
    for name in (
        "request_parameter_supported",
        "request_uri_parameter_supported",
        "require_request_uri_registration",
    ):
        assert found[name] is True
    assert found["claims_parameter_supported"] is True
    assert found["registration_endpoint"].startswith(ISSUER)  # where it is off: tests/idp/registration


async def test_claims_supported_are_those_that_userinfo_gives(world: World) -> None:
    asked = "openid profile email"
    await world.grant(asked=asked, scope=["email"])
    body = (await world.redeem(await world.code(scope=asked))).json()
    given = (await world.read("/userinfo", body["access_token"])).json()
    assert set((await metadata(world))["claims_supported"]) == set(given)


@pytest.mark.parametrize("path", PUBLIC)
async def test_anyone_may_read_and_keep_them_for_a_while(world: World, path: str) -> None:
    answer = await world.http.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["cache-control"] == "public, max-age=300"
    assert "set-cookie" not in answer.headers


async def test_published_keys_verify_both_kinds_of_token(world: World) -> None:
    body = await world.tokens()
    jwks = (await world.http.get("/jwks")).json()
    assert {key["alg"] for key in jwks["keys"]} == set(SIGNING_ALGORITHMS)
    assert all(key["use"] == "sig" and key["kid"] and "d" not in key for key in jwks["keys"])
    keys = KeySet.import_key_set(jwks)
    for token in (body["access_token"], body["id_token"]):
        kid = header_of(token)["kid"]
        assert jwt.decode(token, keys, algorithms=["ES256"]).claims["iss"] == ISSUER
        [key] = [key for key in jwks["keys"] if key["kid"] == kid]
        unchecked = {"verify_aud": False, "verify_exp": False, "verify_iat": False, "verify_at_hash": False}
        assert python_jose.decode(token, key, algorithms=["ES256"], options=unchecked)["iss"] == ISSUER


async def test_receipts_and_the_ledger_have_keys_of_their_own(world: World) -> None:
    tokens = {key["kid"] for key in (await world.http.get("/jwks")).json()["keys"]}
    receipts = {key["kid"] for key in (await world.http.get("/receipts/jwks")).json()["keys"]}
    assert receipts
    assert not tokens & receipts
