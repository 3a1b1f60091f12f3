"""POST to the registration endpoint: what is kept, what is told, what is refused."""

from pathlib import Path
from typing import Any

import httpx
import pytest

from foundation.clock import SECOND, FrozenClock
from idp.clients.metadata import ClientMetadata
from idp.clients.versions import history_of
from idp.registration.members import MEMBERS, OURS, RENAMED, SAME, read_members, told_members
from idp.registration.policy import Policy
from idp.registration.registering import REGISTRATION_PATH
from idp.running.opening import open_server
from tests.idp.registration.newcomer import LEAST, Newcomer, initial_token
from tests.idp.support import CHALLENGE, ISSUER, REDIRECT, World, lean_app, settings_for
from tests.idp.tokens import altered, app_key, claims_of, header_of, public_jwks, refused
from tests.idp.visitor import Visitor, sent_back


def test_every_member_has_a_standard_name_or_a_reason_to_have_none() -> None:
    members = set(ClientMetadata.model_fields)
    assert members - set(MEMBERS.values()) == set(OURS) & members
    assert set(OURS) <= members
    assert not set(OURS) & {*SAME, *RENAMED.values()}
    assert all(OURS.values())
    assert len(set(MEMBERS.values())) == len(MEMBERS)


async def test_what_nothing_is_said_of_is_as_the_standards_have_it(newcomer: Newcomer) -> None:
    body = await newcomer.registered()
    assert body["token_endpoint_auth_method"] == "client_secret_basic"
    assert body["grant_types"] == ["authorization_code"]
    assert body["response_types"] == ["code"]
    assert body["id_token_signed_response_alg"] == "RS256"
    assert body["application_type"] == "web"
    assert body["scope"] == "openid"
    assert body["client_secret_expires_at"] == 0
    assert body["client_id_issued_at"] == newcomer.world.clock.now() // SECOND
    assert body["registration_client_uri"] == f"{ISSUER}{REGISTRATION_PATH}/{body['client_id']}"
    assert body.keys() >= LEAST.keys()


async def test_it_works_at_once_and_asks_no_more_than_openid(newcomer: Newcomer) -> None:
    body = await newcomer.registered(scope="openid skills", grant_types=["authorization_code"])
    app = newcomer.world.of(await newcomer.found(body), body["client_secret"])
    await app.grant(app.client, asked="openid", scope=[])
    code = await app.code(app.client, scope="openid")
    answer = await app.redeem(code)
    assert answer.status_code == 200, answer.text
    assert answer.json()["scope"] == "openid"
    asked = {"client_id": app.client.id, "redirect_uri": REDIRECT, "response_type": "code"}
    asked |= {"scope": "openid skills", "code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    refused(await app.post("/par", asked), "invalid_scope")


async def test_what_is_asked_beyond_waits_for_an_administrator(newcomer: Newcomer) -> None:
    body = await newcomer.registered(scope="openid skills job_targets unheard-of")
    assert body["scope"] == "openid"
    async with newcomer.world.server.db.reading() as tx:
        waits, first = await history_of(tx, body["client_id"])
    assert (first.state, first.declared.scopes) == ("approved", ("openid",))
    assert (waits.state, waits.declared.scopes) == ("submitted", ("openid", "skills", "job_targets"))
    [event] = await newcomer.world.events("declaration.submitted")
    assert event["client"] == body["client_id"]
    assert event["scopes"] == "openid skills job_targets"


async def test_the_policy_of_a_token_approves_ahead_and_lifts_pkce(world: World) -> None:
    policy = Policy(
        approved=("openid", "profile", "skills"),
        required=("openid", "profile"),
        declarable=("email",),
        pkce=False,
        secret_seconds=3600,
    )
    newcomer = Newcomer(world, (await initial_token(world.server, policy))[1])
    body = await newcomer.registered(scope="openid profile skills email benefits")
    client = await newcomer.found(body)
    assert body["scope"] == "openid profile skills"
    assert client.metadata.required_scopes == ("openid", "profile")
    assert client.metadata.require_pkce is False
    assert body["client_secret_expires_at"] == world.clock.now() // SECOND + 3600
    async with world.server.db.reading() as tx:
        waits = (await history_of(tx, client.id))[0]
    assert waits.declared.optional_scopes == ("skills", "email")  # benefits are not for its like
    public = await newcomer.found(await newcomer.registered(token_endpoint_auth_method="none"))
    assert public.metadata.require_pkce is True


async def test_an_app_like_those_of_the_foundations_plans_goes_the_whole_way(
    house: World, visitor: Visitor
) -> None:
    """Confidential, and neither PKCE nor a nonce."""
    policy = Policy(approved=("openid",), required=("openid",), pkce=False)
    newcomer = Newcomer(house, (await initial_token(house.server, policy))[1])
    body = await newcomer.registered(scope="openid", redirect_uris=[REDIRECT])
    app = house.of(await newcomer.found(body), body["client_secret"])
    left_out = dict.fromkeys(("nonce", "code_challenge", "code_challenge_method"))
    page = await visitor.start(client_id=app.client.id, scope="openid", **left_out)
    back = sent_back(await visitor.decide(page))
    answer = await app.redeem(back["code"], code_verifier="")
    assert answer.status_code == 200, answer.text
    text = answer.json()["id_token"]
    assert header_of(text)["alg"] == "RS256"
    assert "nonce" not in claims_of(text)


async def test_a_secret_that_has_expired_opens_nothing(world: World, clock: FrozenClock) -> None:
    policy = Policy(secret_seconds=60, grant_types=("client_credentials",))
    newcomer = Newcomer(world, (await initial_token(world.server, policy))[1])
    body = await newcomer.registered(grant_types=["client_credentials"], redirect_uris=[])
    assert body["response_types"] == []
    app = world.of(await newcomer.found(body), body["client_secret"])
    ask = {"grant_type": "client_credentials", "scope": "grant_management_query"}
    assert (await app.post("/token", ask)).status_code == 200
    clock.advance(60 * SECOND)
    refused(await app.post("/token", ask), "invalid_client", 401)


async def test_words_in_languages_are_kept_and_told_back(newcomer: Newcomer) -> None:
    said = {
        "client_name#fr": "Cap Métiers",
        "client_name#en-GB": "Cap Jobs",
        "policy_uri#fr": "https://coach.example/fr",
    }
    answer = await newcomer.post({"redirect_uris": [REDIRECT]} | said)
    body = answer.json()
    assert answer.status_code == 201, answer.text
    assert body.items() >= said.items()
    assert body["client_name"] == "Cap Métiers"


async def test_an_app_without_a_name_is_called_by_its_host(newcomer: Newcomer) -> None:
    answer = await newcomer.post({"redirect_uris": [REDIRECT]})
    assert answer.json()["client_name"] == "coach.example"


async def test_unknown_members_are_ignored_and_null_says_nothing(newcomer: Newcomer) -> None:
    body = await newcomer.registered(unheard_of=[1], client_id="mine", client_uri=None, verified_on="1")
    assert "unheard_of" not in body
    assert body["client_id"] != "mine"
    assert "client_uri" not in body
    client = await newcomer.found(body)
    assert client.metadata.verified_on == ""


CONTRADICTIONS: dict[str, Any] = {
    "no redirect": {"redirect_uris": []},
    "response type": {"response_types": ["token"]},
    "two response types": {"response_types": ["code", "id_token"]},
    "response type without grant": {"grant_types": ["refresh_token"], "response_types": ["code"]},
    "grant without response type": {"response_types": []},
    "implicit": {"grant_types": ["implicit"]},
    "password": {"grant_types": ["password"]},
    "a grant that the policy does not open": {"grant_types": ["client_credentials"]},
    "a recoverable secret": {"token_endpoint_auth_method": "client_secret_jwt"},
    "keys twice": {"jwks": {"keys": []}, "jwks_uri": "https://coach.example/jwks"},
    "no keys": {"token_endpoint_auth_method": "private_key_jwt"},
    "jwks as text": {"jwks": public_jwks(app_key())},
    "private key": {"jwks": {"keys": [app_key().as_dict(private=True)]}},
    "symmetric key": {"jwks": {"keys": [{"kty": "oct", "k": "c2VjcmV0"}]}},
    "none": {"id_token_signed_response_alg": "none"},
    "HS256": {"id_token_signed_response_alg": "HS256"},
    "unsigned requests": {"request_object_signing_alg": "none"},
    "unsigned assertions": {"token_endpoint_auth_signing_alg": "none"},
    "subject": {"subject_type": "anybody"},
    "text for a flag": {"require_pushed_authorization_requests": "true"},
    "number for text": {"client_name": 5},
    "list for text": {"client_name": ["a"]},
    "object for list": {"redirect_uris": {}},
    "list of numbers": {"contacts": [5]},
    "scope as list": {"scope": ["openid"]},
    "grants as text": {"grant_types": "authorization_code"},
    "an object in grants": {"grant_types": [{}]},
    "type": {"application_type": "desktop"},
    "name with a turned direction": {"client_name": "Cap\u202eiolpmE"},
    "long name": {"client_name": "a" * 81},
    "tag": {"client_name#<b>": "a"},
    "tagged control": {"client_name#fr": "a\u0000b"},
    "software id": {"software_id": "a\nb"},
}
SCRIPTS = (
    "javascript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "https://u:p@x.example",
)


@pytest.mark.parametrize("name", CONTRADICTIONS)
async def test_what_contradicts_itself_is_refused(newcomer: Newcomer, name: str) -> None:
    error = "invalid_redirect_uri" if name == "object for list" else "invalid_client_metadata"
    refused(await newcomer.says(**CONTRADICTIONS[name]), error)
    assert [one["client"] for one in await newcomer.world.events("client.registered")] == ["app"]


@pytest.mark.parametrize("member", ["client_uri", "logo_uri", "tos_uri", "policy_uri", "initiate_login_uri"])
@pytest.mark.parametrize("uri", SCRIPTS)
async def test_an_address_to_show_is_of_the_web(newcomer: Newcomer, member: str, uri: str) -> None:
    refused(await newcomer.says(**{member: uri}), "invalid_client_metadata")
    if member != "initiate_login_uri":
        refused(await newcomer.says(**{f"{member}#fr": uri}), "invalid_client_metadata")


REDIRECTS: dict[str, str] = {
    "script": "javascript:alert(1)//https://coach.example",
    "data": "data:text/html,<script>1</script>",
    "fragment": "https://coach.example/callback#a",
    "user": "https://coach.example@evil.example/callback",
    "backslash": "https://coach.example\\@evil.example/",
    "unicode host": "https://соасh.example/callback",
    "space": "https://coach.example/ callback",
    "line": "https://coach.example/\r\ncallback",
    "http": "http://coach.example/callback",
    "no host": "https:///callback",
    "port": "https://coach.example:99999/callback",
    "wildcard": "https://*.coach.example/callback",
    "relative": "/callback",
    "loopback of the web": "http://127.0.0.1/callback",
    "scheme of the web": "com.example.app:/callback",
    "long": f"https://coach.example/{'a' * 2000}",
}


@pytest.mark.parametrize("name", REDIRECTS)
async def test_a_redirect_uri_that_is_never_safe_is_refused(newcomer: Newcomer, name: str) -> None:
    refused(await newcomer.says(redirect_uris=[REDIRECT, REDIRECTS[name]]), "invalid_redirect_uri")


async def test_a_web_app_may_run_on_localhost_behind_tls(newcomer: Newcomer) -> None:
    """Registration section 2 keeps that from the implicit grant alone, which does not exist here."""
    uris = ["https://localhost:8443/test/a/accord/callback", "https://127.0.0.1/callback"]
    assert (await newcomer.registered(redirect_uris=uris))["redirect_uris"] == uris


async def test_native_apps_have_their_own_machine_and_schemes(newcomer: Newcomer) -> None:
    uris = [
        "http://127.0.0.1/callback",
        "http://[::1]:4000/cb",
        "com.example.app:/cb",
        "https://app.example/cb",
    ]
    members = {"application_type": "native", "token_endpoint_auth_method": "none", "redirect_uris": uris}
    body = await newcomer.registered(**members)
    assert body["redirect_uris"] == uris
    refused(await newcomer.says(**members | {"redirect_uris": ["app:/cb"]}), "invalid_redirect_uri")


@pytest.mark.parametrize(
    "uri",
    [
        "http://coach.example/keys",
        "https://127.0.0.1/keys",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/keys",
        "https://metadata.internal/keys",
        "https://2130706433/keys",
        "file:///etc/passwd",
    ],
)
async def test_an_address_to_fetch_is_of_the_public_internet(newcomer: Newcomer, uri: str) -> None:
    refused(await newcomer.says(jwks_uri=uri), "invalid_client_metadata")
    keys = {"jwks": {"keys": [app_key().as_dict(private=False)]}}
    refused(await newcomer.says(request_uris=[uri], **keys), "invalid_client_metadata")


async def test_every_member_that_is_told_can_be_said(newcomer: Newcomer) -> None:
    """Both directions of the table agree: what an app is told, sent again, is the same registration."""
    said = {
        "client_uri": "https://coach.example/",
        "policy_uri": "https://coach.example/privacy",
        "tos_uri": "https://coach.example/tos",
        "logo_uri": "https://coach.example/logo.png",
        "contacts": ["dev@coach.example", "dpo@coach.example"],
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [app_key().as_dict(private=False)]},
        "grant_types": ["authorization_code", "refresh_token"],
        "id_token_signed_response_alg": "ES256",
        "default_max_age": 3600,
        "default_acr_values": ["urn:accord:acr:password"],
        "require_pushed_authorization_requests": True,
        "request_object_signing_alg": "ES256",
        "authorization_signed_response_alg": "RS256",
        "dpop_bound_access_tokens": True,
        "software_id": "4NRB1-0XZABZI9E6-5SM3R",
        "software_version": "2.1",
        "subject_type": "pairwise",
        "post_logout_redirect_uris": ["https://coach.example/bye"],
    }
    body = await newcomer.registered(**said)
    assert body.items() >= said.items()
    again = await newcomer.registered(**{name: body[name] for name in body if name in {*MEMBERS, "scope"}})
    before, after = (await newcomer.found(body)).metadata, (await newcomer.found(again)).metadata
    assert before == after
    fields = read_members(told_members(after))
    assert {name: fields[name] for name in fields if name != "jwks"}.items() <= after.model_dump(
        mode="json"
    ).items()


async def test_a_token_is_needed_and_must_be_good(newcomer: Newcomer, world: World) -> None:
    good = newcomer.token
    for token in (
        "",
        "x",
        good[:-1],
        good + "A",
        altered(good, 40),
        good.upper(),
    ):
        newcomer.token = token
        answer = await newcomer.says()
        refused(answer, "invalid_token", 401)
        assert answer.headers["www-authenticate"].startswith("Bearer")
    two = [(b"authorization", f"Bearer {good}".encode())] * 2
    answer = await world.http.post(REGISTRATION_PATH, json=LEAST, headers=two)
    refused(answer, "invalid_token", 401)
    answer = await world.http.post(REGISTRATION_PATH, json=LEAST, auth=("app", "app-secret"))
    refused(answer, "invalid_token", 401)


async def test_giant_and_broken_bodies_are_refused(newcomer: Newcomer) -> None:
    refused(await newcomer.says(client_name="a" * 70_000), "invalid_request", 413)
    refused(await newcomer.says(unheard_of="a" * 70_000), "invalid_request", 413)
    refused(await newcomer.post([LEAST]), "invalid_request")
    refused(await newcomer.says(redirect_uris=[REDIRECT] * 21), "invalid_redirect_uri")
    refused(
        await newcomer.says(**{f"client_name#{tag:>03}": "a" for tag in range(30)}), "invalid_client_metadata"
    )


async def test_nobody_registers_where_it_is_off_and_anybody_where_it_is_open(
    database_url: str, tmp_path: Path, clock: FrozenClock, quick_keys: None
) -> None:
    for choice, status in (("off", 404), ("token", 401), ("open", 201)):
        settings = settings_for(
            database_url, tmp_path, client_registration=choice, registrations_per_network=3
        )
        async with open_server(settings, clock) as server:
            transport = httpx.ASGITransport(app=lean_app(server))
            async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
                answer = await http.post(REGISTRATION_PATH, json=LEAST)
                assert answer.status_code == status, answer.text
                found = (await http.get("/.well-known/openid-configuration")).json()
                assert ("registration_endpoint" in found) is (choice != "off")
                if choice == "open":
                    assert answer.json()["scope"] == "openid"
                    statuses = [
                        (await http.post(REGISTRATION_PATH, json=LEAST)).status_code for _ in range(4)
                    ]
                    assert statuses == [201, 201, 429, 429]


async def test_names_that_others_know_too_are_for_apps_whose_token_says_so(newcomer: Newcomer) -> None:
    body = await newcomer.registered(subject_type="public")
    assert (
        body["subject_type"] == "pairwise"
    )  # what does not hold is shown by the answer (RFC 7591 section 2)
    _, newcomer.token = await initial_token(newcomer.world.server, Policy(public_subjects=True))
    body = await newcomer.registered(subject_type="public")
    assert body["subject_type"] == "public"
    assert (await newcomer.found(body)).metadata.subject_type == "public"
