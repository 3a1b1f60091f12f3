"""node's jose as a second opinion on every token that we accept or issue: what one takes the other takes.

Where they differ we are the stricter, and each way in which we are has a name here. The examples are the
same in every run.
"""

import asyncio
import json
import warnings
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc.jwk import Key, KeySet, OKPKey

from foundation.clock import SECOND
from foundation.errors import AccordError
from idp.authorize.checks import Refusal
from idp.authorize.signed import Reader, read_object
from idp.ciba.signed import said_in
from idp.clients.assertion import prove_assertion, read_assertion
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client
from idp.context import Server
from idp.dpop.proof import Call, ProofError, read_proof
from idp.registration.statements import merged
from tests.clients.mutations import ABSENT, NOTHING, breakings, broken, claim_changes, header_changes, made
from tests.clients.opinion import Ask, has_one_spelling, jose, loosely
from tests.idp.support import ISSUER, REDIRECT
from tests.idp.tokens import public_jwks

__all__ = ["jose"]
pytestmark = pytest.mark.network
NOW = 1_800_000_000
KEY: Key = OKPKey.generate_key("Ed25519", {"kid": "one", "alg": "EdDSA", "use": "sig"})
KEYS = public_jwks(KEY)
APP = Client(
    "app",
    ClientMetadata(name="App", redirect_uris=(REDIRECT,), auth_method="private_key_jwt", jwks=KEYS),
    None,
    suspended=False,
)
# Nothing of a server is asked for where keys came by value.
BARE = cast(Server, SimpleNamespace(issuer=ISSUER))
CALLER = replace(
    APP, metadata=APP.metadata.model_copy(update={"backchannel_authentication_request_signing_alg": "EdDSA"})
)
URL = f"{ISSUER}/token"
AUDIENCES = (ISSUER, URL)
SAME = settings(max_examples=400, derandomize=True, database=None, deadline=None)
FEWER = settings(SAME, max_examples=150)  # kinds that share their reader with one above
COMMON = {"now": NOW, "keys": json.loads(KEYS), "client": "app"}


Mutated = tuple[dict[str, Any], dict[str, Any], tuple[str, int]]
MUTATED: st.SearchStrategy[Mutated] = st.one_of(
    st.tuples(st.just({}), claim_changes(NOW), st.just((NOTHING, 0))),
    st.tuples(header_changes(), st.just({}), st.just((NOTHING, 0))),
    st.tuples(st.just({}), st.just({}), breakings()),
    st.tuples(header_changes(), claim_changes(NOW), breakings()),
)


def mutated(header: dict[str, Any], claims: dict[str, Any], change: Mutated) -> str:
    in_header, in_claims, (how, where) = change
    said = {name: value for name, value in (claims | in_claims).items() if value is not ABSENT}
    text = made(header | in_header, said, KEY, "EdDSA")
    return broken(text, how, where)


def parts(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a token that jose took."""
    head, payload, _ = map(loosely, token.split("."))
    return json.loads(head), json.loads(payload)


def agree(ours: bool, theirs: bool, reasons: Callable[[], list[str]]) -> None:
    """Fail where the two differ without one of the reasons that make us the stricter."""
    if ours != theirs:
        assert theirs, "we take what jose refuses"
        assert reasons(), "we refuse what jose takes, and do not say why"


def is_time(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def named(**reasons: bool) -> list[str]:
    return [name for name, holds in reasons.items() if holds]


def of_form(token: str, header: dict[str, Any]) -> list[str]:
    """Why a text that verifies is refused all the same."""
    return named(
        # Each value has one text: no padding, no bits that base64url leaves over, no other alphabet.
        one_spelling=not has_one_spelling(token),
        # Members that ask for what is not done here, or that no standard knows.
        no_extension=not {"crit", "b64", "zip", "unknown"}.isdisjoint(header),
        members_of_their_type=not all(
            isinstance(header.get(name, ""), str) for name in ("kid", "typ", "cty")
        ),
    )


@SAME
@given(change=MUTATED)
def test_client_assertions(jose: Ask, change: Mutated) -> None:
    claims = {"iss": "app", "sub": "app", "aud": ISSUER, "jti": "j-1", "iat": NOW, "exp": NOW + 60}
    token = mutated({"alg": "EdDSA", "kid": "one", "typ": "JWT"}, claims, change)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EdDSA is what metadata call Ed25519
        read = read_assertion(token)
        ours = read is not None and prove_assertion(read, APP, AUDIENCES, NOW * SECOND) is not None

    def reasons() -> list[str]:
        header, said = parts(token)
        return named(
            one_audience_as_text=not isinstance(said["aud"], str),
            ten_minutes_at_most=said["exp"] > NOW + 600,
            jti_is_a_text=not isinstance(said["jti"], str) or not said["jti"],
            not_from_the_future=said.get("iat", NOW) > NOW + 30,
            signed_for_another_use=str(header.get("typ", "")).lower() not in {"", "jwt"},
        ) + of_form(token, header)

    agree(ours, jose("assertion", token, audience=AUDIENCES, **COMMON), reasons)


@SAME
@given(change=MUTATED)
def test_request_objects(jose: Ask, change: Mutated) -> None:
    claims = {"iss": "app", "aud": ISSUER, "iat": NOW, "nbf": NOW, "exp": NOW + 60, "client_id": "app"}
    token = mutated({"alg": "EdDSA", "kid": "one", "typ": "oauth-authz-req+jwt"}, claims, change)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EdDSA is what metadata call Ed25519
        reader = Reader("app", APP.metadata, ISSUER, NOW)
        read = read_object(token, KeySet([KEY]), reader)
    ours = not isinstance(read, Refusal)

    def reasons() -> list[str]:
        header, said = parts(token)
        typ = str(header.get("typ", "")).lower().removeprefix("application/")
        return named(
            another_kind_of_token=typ not in {"", "jwt", "oauth-authz-req+jwt"},
            an_hour_at_most=not is_time(said.get("exp", NOW)) or said.get("exp", NOW) > NOW + 3600,
            exp_where_the_type_asks=typ == "oauth-authz-req+jwt" and "exp" not in said,
            began_within_the_hour=said.get("nbf", NOW) < NOW - 3600,
            not_from_the_future=max(said.get("iat", NOW), said.get("nbf", NOW)) > NOW + 30,
            begins_before_it_ends=said.get("nbf", NOW) + 3600 < said.get("exp", NOW),
            about_this_app=said.get("client_id", "app") != "app" or said.get("sub") == "app",
            parameters_as_in_a_query=not isinstance(said.get("nonce", ""), str)
            or not str(said.get("nonce", "")).isprintable(),
        ) + of_form(token, header)

    agree(ours, jose("object", token, audience=ISSUER, **COMMON), reasons)


@SAME
@given(change=MUTATED)
def test_dpop_proofs(jose: Ask, change: Mutated) -> None:
    public = {
        name: value for name, value in KEY.as_dict(private=False).items() if name in {"kty", "crv", "x"}
    }
    claims = {"jti": "j-1", "htm": "POST", "htu": URL, "iat": NOW}
    token = mutated({"alg": "EdDSA", "typ": "dpop+jwt", "jwk": public}, claims, change)
    try:
        read_proof(token, Call("POST", URL), NOW * SECOND)
        ours = True
    except ProofError:
        ours = False

    def reasons() -> list[str]:
        header, said = parts(token)
        return named(
            jti_is_a_text=not isinstance(said["jti"], str) or not said["jti"],
            nonce_is_a_text=not isinstance(said.get("nonce"), str | None),
            typ_to_the_letter=header["typ"] != "dpop+jwt",
            ended=said.get("exp", NOW + 1) <= NOW,
        ) + of_form(token, header)

    agree(ours, jose("proof", token, url=URL, **COMMON), reasons)


@FEWER
@given(change=MUTATED)
def test_requests_to_a_phone(jose: Ask, change: Mutated) -> None:
    times = {"iat": NOW, "nbf": NOW, "exp": NOW + 60}
    claims = {"iss": "app", "aud": ISSUER, "jti": "j-1", "scope": "openid", "login_hint": "x"} | times
    token = mutated({"alg": "EdDSA", "kid": "one", "typ": "JWT"}, claims, change)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EdDSA is what metadata call Ed25519
        said_by_us = asyncio.run(said_in(BARE, CALLER, {"request": token}, NOW * SECOND))
    ours = not isinstance(said_by_us, Refusal)

    def reasons() -> list[str]:
        header, said = parts(token)
        return named(
            another_kind_of_token=str(header.get("typ", "")).lower().removeprefix("application/")
            not in {"", "jwt", "oauth-authz-req+jwt"},
            an_hour_at_most=said["exp"] > min(NOW, said["nbf"]) + 3600,
            began_within_the_hour=said["nbf"] < NOW - 3600,
            not_from_the_future=max(said["iat"], said["nbf"]) > NOW + 30,
            about_this_app=said.get("client_id", "app") != "app" or said.get("sub") == "app",
            whole_seconds=not isinstance(said["iat"], int),
            jti_is_a_text=not isinstance(said["jti"], str)
            or not said["jti"].isprintable()
            or not said["jti"],
        ) + of_form(token, header)

    agree(ours, jose("backchannel", token, audience=ISSUER, **COMMON), reasons)


@FEWER
@given(change=MUTATED)
def test_software_statements(jose: Ask, change: Mutated) -> None:
    claims = {"iss": "app", "iat": NOW, "exp": NOW + 60, "software_id": "x"}
    token = mutated({"alg": "EdDSA", "kid": "one", "typ": "JWT"}, claims, change)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # EdDSA is what metadata call Ed25519
        try:
            merged({"software_statement": token}, {"app": KeySet([KEY])}, ISSUER, NOW * SECOND)
            ours = True
        except AccordError:
            ours = False

    def reasons() -> list[str]:
        header, said = parts(token)
        return named(
            not_from_the_future=said.get("iat", NOW) > NOW + 30,
            another_kind_of_token=header.get("typ") not in {None, "JWT", "software-statement+jwt"},
        ) + of_form(token, header)

    agree(ours, jose("statement", token, audience=ISSUER, **COMMON), reasons)
