"""Every member of the server's metadata is true, and says all there is: each has a test that tries it so.

A member without a test fails here, and so does a test that is not there any more.
"""

import contextlib
import re
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, OKPKey, RSAKey
from pydantic import ValidationError

from foundation.settings import Settings
from idp.ciba.asked import FIELDS
from idp.clients.metadata import ClientMetadata
from idp.discovery import OPENID_PATH
from tests.hostile.test_lines import names_in
from tests.idp.ciba.conversing import ASKED, talk_of
from tests.idp.dpop.holder import sealed
from tests.idp.mtls.certificates import HEADER
from tests.idp.support import ISSUER, REDIRECT, World, add_app, settings_for
from tests.idp.tokens import asserting, assertion_claims, public_jwks
from tests.idp.visitor import Visitor
from tests.support import ROOT

HERE = "idp/test_announced.py"
PLACES = "idp/test_discovery.py::test_every_place_that_discovery_names_answers"
ENCRYPTION = "idp/encryption/test_announced.py"
HELD = {
    PLACES: {
        *("authorization_endpoint", "token_endpoint", "device_authorization_endpoint", "jwks_uri"),
        *("revocation_endpoint", "introspection_endpoint", "backchannel_authentication_endpoint"),
        *("userinfo_endpoint", "registration_endpoint", "grant_management_endpoint", "protected_resources"),
        "pushed_authorization_request_endpoint",
    },
    f"{HERE}::test_each_endpoint_takes_the_methods_and_algorithms_that_it_says": {
        f"{endpoint}_endpoint_auth_{what}_supported"
        for endpoint in ("token", "revocation", "introspection")
        for what in ("methods", "signing_alg_values")
    },
    f"{HERE}::test_what_an_app_may_be_is_what_is_said": {
        "subject_types_supported",
        "backchannel_token_delivery_modes_supported",
        "backchannel_user_code_parameter_supported",
    },
    f"{HERE}::test_people_are_answered_in_the_languages_that_are_said": {"ui_locales_supported"},
    "idp/authorize/test_journey.py::test_the_answer_always_says_who_answers": {
        "issuer",
        "authorization_response_iss_parameter_supported",
    },
    "idp/authorize/test_checks.py::test_each_rule": {
        "response_types_supported",
        "code_challenge_methods_supported",
    },
    "idp/authorize/test_announced.py::test_pushing_is_where_it_is_announced_and_a_choice_of_the_app": {
        "require_pushed_authorization_requests",
        "require_signed_request_object",
    },
    "idp/authorize/test_announced.py::test_each_algorithm_of_request_objects": {
        "request_object_signing_alg_values_supported"
    },
    "idp/authorize/test_announced.py::test_each_mode_of_answers": {"response_modes_supported"},
    "idp/authorize/test_announced.py::test_each_algorithm_of_signed_answers": {
        "authorization_signing_alg_values_supported"
    },
    "idp/authorize/test_announced.py::test_each_level_and_each_prompt": {
        "acr_values_supported",
        "prompt_values_supported",
    },
    "idp/authorize/test_claims.py::test_display_and_locales_are_taken_and_change_no_rule": {
        "display_values_supported"
    },
    "idp/authorize/test_claims.py::test_claims_asked_for_the_id_token_are_in_it_and_recorded": {
        "claims_parameter_supported"
    },
    "idp/authorize/test_signed.py::test_a_signed_request_goes_the_whole_way": {"request_parameter_supported"},
    "idp/authorize/test_references.py::test_an_object_where_the_app_keeps_it": {
        "request_uri_parameter_supported"
    },
    "idp/authorize/test_references.py::test_an_address_that_is_not_registered_is_not_asked": {
        "require_request_uri_registration"
    },
    f"{HERE}::test_an_app_that_asks_elsewhere_signs_as_is_said": {
        "backchannel_authentication_request_signing_alg_values_supported"
    },
    "idp/test_discovery.py::test_what_is_announced_as_supported_works": {
        "grant_types_supported",
        "scopes_supported",
    },
    "idp/test_discovery.py::test_claims_supported_are_those_that_userinfo_gives": {
        "claims_supported",
        "claim_types_supported",
    },
    f"{ENCRYPTION}::test_an_app_may_register_what_is_announced_and_nothing_else": {
        *(f"{answer}_signing_alg_values_supported" for answer in ("id_token", "userinfo", "introspection")),
        *(
            f"{answer}_encryption_{what}_values_supported"
            for answer in ("authorization", "introspection", "id_token", "userinfo")
            for what in ("alg", "enc")
        ),
    },
    "idp/dpop/test_announced.py::test_each_announced_algorithm_works": {"dpop_signing_alg_values_supported"},
    "idp/mtls/test_certificates.py::test_a_bound_token_opens_nothing_without_its_certificate": {
        "tls_client_certificate_bound_access_tokens"
    },
    "idp/mtls/test_aliases.py::test_each_alias_takes_it": {"mtls_endpoint_aliases"},
    "idp/details/test_asking.py::test_discovery_names_the_type": {"authorization_details_types_supported"},
    "idp/grants/test_asking.py::test_discovery_says_what_is_supported": {
        "grant_management_actions_supported"
    },
    "idp/grants/test_required.py::test_it_says_so_and_refuses_a_request_without": {
        "grant_management_action_required"
    },
    "idp/documents/test_documents.py::test_it_is_let_in_under_the_name_of_its_host_and_asks_openid": {
        "client_id_metadata_document_supported"
    },
    "idp/logout/test_end_session.py::test_it_is_announced_and_answers": {
        "end_session_endpoint",
        *(f"{channel}_logout_supported" for channel in ("backchannel", "frontchannel")),
        *(f"{channel}_logout_session_supported" for channel in ("backchannel", "frontchannel")),
    },
}
SECRET = "a-secret-of-an-app"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: documents do not depend on it."""
    return sqlite_url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """All that can be switched on is."""
    return settings_for(
        database_url,
        tmp_path,
        client_id_documents=True,
        trusted_proxies="10.1.2.3",
        client_certificate_header=HEADER,
        client_certificate_origin="https://mtls.accord.example",
    )


@pytest.fixture
async def found(world: World) -> dict[str, Any]:
    body: dict[str, Any] = (await world.http.get(OPENID_PATH)).json()
    return body


def test_each_member_is_held_by_a_test_that_exists(found: dict[str, Any]) -> None:
    held = [member for members in HELD.values() for member in members]
    assert sorted(held) == sorted(found)
    apart = [test.partition("::") for test in HELD]
    assert [name for path, _, name in apart if name not in names_in(ROOT / "tests" / path)] == []


ENDPOINTS = {
    "token": ("/token", {"grant_type": "client_credentials"}),
    "revocation": ("/revoke", {"token": "x"}),
    "introspection": ("/introspect", {"token": "x"}),
}
KEYS = {
    "EC": ECKey.generate_key("P-256", {"kid": "EC"}),
    "RSA": RSAKey.generate_key(2048, {"kid": "RSA"}),
    "OKP": OKPKey.generate_key("Ed25519", {"kid": "OKP"}),
}
# As a name (RFC 9864), and still what many apps say.
OLD_NAME = pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
# Whether or not it is taken, by a key that it fits.
BY_ALG = {"ES256": "EC", "EdDSA": "OKP", "Ed25519": "OKP"} | {
    f"{kind}{size}": "RSA" for kind in ("RS", "PS") for size in (256, 384, 512)
}


@OLD_NAME
async def test_each_endpoint_takes_the_methods_and_algorithms_that_it_says(
    world: World, found: dict[str, Any]
) -> None:
    apps = {}
    for method in ("client_secret_basic", "client_secret_post", "none"):
        secret = None if method == "none" else SECRET
        fields: dict[str, Any] = {"auth_method": method, "grant_types": ("authorization_code",)}
        apps[method] = world.of(await add_app(world.server, method, secret, **fields), SECRET)
    jwks = public_jwks(*KEYS.values())
    keyed = world.of(await add_app(world.server, "keyed", None, auth_method="private_key_jwt", jwks=jwks), "")
    certified = {"self_signed_tls_client_auth"}  # tried in tests/idp/mtls
    for endpoint, (path, form) in ENDPOINTS.items():
        taken = set()
        for method, app in apps.items():
            answer = await app.post(path, form)
            assert answer.status_code in {200, 400, 401}, (method, answer.text)  # 400: proved, and may not
            if answer.status_code != 401:
                taken.add(method)
        signing = set()
        for alg, kind in BY_ALG.items():
            claims = assertion_claims("keyed", ISSUER, world.clock)
            assertion = sealed({"alg": alg, "kid": kind}, claims, KEYS[kind], alg)
            answer = await keyed.post(path, form | asserting(assertion))
            assert answer.status_code in {200, 401}, (alg, answer.text)
            if answer.status_code == 200:
                signing.add(alg)
        methods = found[f"{endpoint}_endpoint_auth_methods_supported"]
        assert taken | certified | {"private_key_jwt"} == set(methods), endpoint
        assert signing == set(found[f"{endpoint}_endpoint_auth_signing_alg_values_supported"]), endpoint


@OLD_NAME
async def test_an_app_that_asks_elsewhere_signs_as_is_said(world: World, found: dict[str, Any]) -> None:
    member, jwks = "backchannel_authentication_request_signing_alg", public_jwks(*KEYS.values())
    signing = set()
    for alg, kind in BY_ALG.items():
        with contextlib.suppress(ValidationError):
            talk = await talk_of(world, f"phone-{alg}", jwks=jwks, **{member: alg})
            claims = assertion_claims(talk.world.client.id, ISSUER, world.clock, sub=None) | ASKED
            claims["nbf"] = claims["iat"]
            text = sealed({"alg": alg, "kid": kind}, claims, KEYS[kind], alg)
            answer = await talk.ask(**(dict.fromkeys(ASKED) | {"request": text}))
            assert answer.status_code == 200, (alg, answer.text)
            signing.add(alg)
    assert signing == set(found[f"{member}_values_supported"])


def test_what_an_app_may_be_is_what_is_said(found: dict[str, Any]) -> None:
    assert set(found["subject_types_supported"]) == taken("subject_type", "pairwise", "public", "ephemeral")
    pinged = {"backchannel_client_notification_endpoint": "https://coach.example/ping"}
    modes = taken("backchannel_token_delivery_mode", "poll") | taken(
        "backchannel_token_delivery_mode", "ping", "push", **pinged
    )
    assert set(found["backchannel_token_delivery_modes_supported"]) == modes
    assert found["backchannel_user_code_parameter_supported"] is ("user_code" in FIELDS)


def taken(member: str, *values: str, **more: Any) -> set[str]:
    """Those of the values that an app may register."""
    passed = set()
    for value in values:
        with contextlib.suppress(ValidationError):
            ClientMetadata(name="An app", redirect_uris=(REDIRECT,), **{member: value}, **more)
            passed.add(value)
    return passed


async def test_people_are_answered_in_the_languages_that_are_said(
    house: World, visitor: Visitor, found: dict[str, Any]
) -> None:
    answered = set()
    for language in ("fr", "en", "de", "es", "it"):
        page = await visitor.ask(ui_locales=language)
        answered |= set(re.findall(r'<html lang="(\w+)"', page.text)) & {language}
    assert answered == set(found["ui_locales_supported"])
