"""Software statements: what somebody the operator trusts says of an app, and everything that is not that."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from foundation.clock import to_seconds
from foundation.errors import SettingsError
from foundation.settings import Settings
from idp.registration.statements import read_issuers
from tests.idp.registration.newcomer import Newcomer
from tests.idp.support import ISSUER, REDIRECT, settings_for
from tests.idp.tokens import altered, app_key, b64, handmade, refused, signed

STATES = "https://states.example"


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    path = tmp_path / "issuers.json"
    keys = {"keys": [app_key(alg).as_dict(private=False) for alg in ("ES256", "RS256")]}
    path.write_text(json.dumps({STATES: keys}), "utf-8")
    return settings_for(database_url, tmp_path, software_statement_issuers=path)


def claims(newcomer: Newcomer, **changed: Any) -> dict[str, Any]:
    now = to_seconds(newcomer.world.clock.now())
    said = {
        "iss": STATES,
        "iat": now,
        "exp": now + 3600,
        "software_id": "4NRB1",
        "client_name": "Stated",
        "redirect_uris": [REDIRECT],
    } | changed
    return {name: value for name, value in said.items() if value is not None}


async def test_what_it_says_stands_in_the_place_of_what_the_app_says(newcomer: Newcomer) -> None:
    statement = signed(claims(newcomer, aud=ISSUER), app_key(), typ="software-statement+jwt")
    body = await newcomer.registered(
        client_name="Mine", client_uri="https://coach.example/", software_statement=statement
    )
    assert body["client_name"] == "Stated"
    assert body["software_id"] == "4NRB1"
    assert body["client_uri"] == "https://coach.example/"
    assert body["software_statement"] == statement
    assert not {"iss", "exp", "iat"} & body.keys()


async def test_it_approves_no_scope(newcomer: Newcomer) -> None:
    statement = signed(claims(newcomer, scope="openid skills"), app_key())
    assert (await newcomer.registered(software_statement=statement))["scope"] == "openid"


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_by_either_key_of_its_issuer(newcomer: Newcomer, alg: str) -> None:
    await newcomer.registered(software_statement=signed(claims(newcomer), app_key(alg)))


async def test_of_an_issuer_that_the_operator_did_not_name(newcomer: Newcomer) -> None:
    for issuer in ("https://other.example", ISSUER, "", STATES + "/"):
        statement = signed(claims(newcomer, iss=issuer), app_key())
        refused(await newcomer.says(software_statement=statement), "unapproved_software_statement")


@pytest.mark.parametrize(
    "changed",
    [
        {"exp": None},
        {"exp": 1},
        {"exp": "never"},
        {"exp": True},
        {"nbf": 99_999_999_999},
        {"iat": 99_999_999_999},
        {"aud": "https://other.example"},
        {"aud": [ISSUER + "/token"]},
        {"aud": {"a": 1}},
        {"iss": 5},
        {"iss": None},
        {"software_statement": "a.b.c"},
    ],
)
async def test_of_another_time_or_for_another_server(newcomer: Newcomer, changed: dict[str, Any]) -> None:
    statement = signed(claims(newcomer, **changed), app_key())
    refused(await newcomer.says(software_statement=statement), "invalid_software_statement")


@pytest.mark.parametrize(
    "typ", ["at+jwt", "logout+jwt", "oauth-authz-req+jwt", "dpop+jwt", "entity-statement+jwt", ""]
)
async def test_a_token_of_another_kind_is_no_statement(newcomer: Newcomer, typ: str) -> None:
    statement = signed(claims(newcomer), app_key(), typ=typ)
    refused(await newcomer.says(software_statement=statement), "invalid_software_statement")


async def test_signed_otherwise_it_is_none(newcomer: Newcomer) -> None:
    said = claims(newcomer)
    good = signed(said, app_key())
    public = json.dumps(app_key("RS256").as_dict(private=False)).encode()
    with_public_key = jws.serialize_compact(
        {"alg": "HS256", "kid": app_key("RS256").kid}, json.dumps(said).encode(), OctKey.import_key(public)
    )
    for statement in (
        handmade({"alg": "none"}, said),
        handmade({"alg": "ES256", "kid": app_key().kid}, said),
        handmade({"alg": "none", "typ": "JWT"}, said, b"x"),
        handmade({"alg": "ES256", "typ": [{}]}, said, b"x"),
        handmade({"alg": {}, "typ": 5}, said, b"x"),
        with_public_key,
        signed(said, app_key("ES256", 2)),
        signed(said, app_key("ES256", 2), kid=app_key().kid, jwk=app_key("ES256", 2).as_dict(private=False)),
        altered(good, 30),
        good + "A",
        good.rpartition(".")[0],
        good.rpartition(".")[0] + ".",
        ".".join((good.split(".")[0], b64(b"[1]"), good.split(".")[2])),
        "x" * 20_000,
        "é",
    ):
        refused(await newcomer.says(software_statement=statement), "invalid_software_statement")
    others: list[Any] = [5, {}, [good]]
    for other in others:
        refused(await newcomer.says(software_statement=other), "invalid_software_statement")


async def test_what_it_says_is_held_to_the_same_rules(newcomer: Newcomer) -> None:
    for changed, error in (
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri"),
        ({"jwks_uri": "https://127.0.0.1/"}, "invalid_client_metadata"),
        ({"client_name": 5}, "invalid_client_metadata"),
    ):
        statement = signed(claims(newcomer, **changed), app_key())
        refused(await newcomer.says(software_statement=statement), error)


def test_a_file_of_issuers_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    path = tmp_path / "issuers.json"
    private = {"keys": [app_key().as_dict(private=True)]}
    for text in ("", "[]", "5", '{"a": {}}', '{"a": {"keys": []}}', json.dumps({"a": private})):
        path.write_text(text, "utf-8")
        with pytest.raises(SettingsError):
            read_issuers(path)
    with pytest.raises(SettingsError):
        read_issuers(tmp_path / "nowhere")
    assert read_issuers(None) == {}
