"""Whatever is said of an app, by whoever, the answer is a clear error or a registration: never a 500."""

import json
from typing import Any

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from foundation.errors import AccordError
from idp.registration.members import MEMBERS
from idp.registration.policy import ANYBODY
from idp.registration.reading import read_registration
from tests.hostile.test_never_500 import JSON, told_clearly
from tests.idp.registration.newcomer import LEAST, Newcomer, bearer, manage, spoken
from tests.idp.support import REDIRECT
from tests.idp.tokens import app_key

QUICK = settings(
    max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
NAMES = st.sampled_from(
    [*MEMBERS, "scope", "response_types", "client_id", "software_statement", "client_name#fr", "x"]
)
URIS = st.sampled_from(
    [
        REDIRECT,
        "https://[::1",
        "https://[v1.a]/",
        "https://a:b/",
        "http://localhost",
        "javascript:1",
        "//x",
        "a.b:c",
        "https://x/#a",
        "",
    ]
) | st.text(max_size=20)
KEY = st.just(app_key().as_dict(private=False))
KEYS = st.fixed_dictionaries({"keys": st.lists(JSON | KEY, max_size=3)})
WORDS = st.sampled_from(
    [
        "openid skills",
        "none",
        "RS256",
        "ES256",
        "client_secret_basic",
        "private_key_jwt",
        "native",
        "pairwise",
    ]
)
VALUES = JSON | URIS | st.lists(URIS, max_size=3) | KEYS | WORDS | st.lists(WORDS, max_size=3)
SAID = st.dictionaries(NAMES, VALUES, max_size=6)


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is refused reaches none."""
    return sqlite_url


def clear(answer: httpx.Response) -> None:
    if answer.status_code >= 400:
        told_clearly(answer)
    else:
        assert answer.status_code in {200, 201}


@QUICK
@given(said=SAID)
async def test_registering(newcomer: Newcomer, said: dict[str, Any]) -> None:
    clear(await newcomer.says(**said))


@QUICK
@given(body=st.binary(max_size=200) | JSON.map(lambda said: json.dumps(said).encode()))
async def test_bodies(newcomer: Newcomer, body: bytes) -> None:
    headers = {"content-type": "application/json", **bearer(newcomer.token)}
    answer = await newcomer.http.post("/clients", content=body, headers=headers)
    assert 400 <= answer.status_code < 500
    told_clearly(answer)


@QUICK
@given(said=SAID)
async def test_replacing(newcomer: Newcomer, said: dict[str, Any]) -> None:
    body = await newcomer.registered()
    clear(await manage(newcomer.world, body, "PUT", {**LEAST, **said, "client_id": body["client_id"]}))


@QUICK
@given(said=SAID)
def test_what_is_let_in_asks_openid_alone_and_sends_people_where_they_may_go(said: dict[str, Any]) -> None:
    try:
        heard = orjson.loads(spoken({**LEAST, **said}))
        read = read_registration(heard, ANYBODY)
    except (orjson.JSONDecodeError, AccordError):  # and nothing else
        return
    metadata = read.metadata
    assert metadata.scopes == ("openid",)
    assert metadata.require_pkce
    assert not metadata.verified_on
    assert metadata.subject_type == "pairwise"
    assert metadata.profile == metadata.security_profile == ""
    assert set(metadata.grant_types) <= set(ANYBODY.grant_types)
    for uri in metadata.redirect_uris:
        assert uri.startswith("https://") or metadata.application_type == "native"
