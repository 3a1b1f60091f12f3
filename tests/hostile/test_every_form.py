"""What no schema says of a form: which words go together, what of them lives. Of both issuers' endpoints.

Values are strange, or those of live things, which open something elsewhere; the app may do everything.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote_from_bytes, urlencode

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.authorize.request import PARAMETERS
from idp.ciba.asked import FIELDS
from idp.exchange.asked import ACCESS_TOKEN, JWT
from tests.hostile.test_every_operation import leads_nowhere_strange
from tests.hostile.test_never_500 import JUNK, JWTS, told_clearly
from tests.hostile.test_token_kinds import ALL_GRANTS
from tests.hostile.whole import SECRET, Whole, whole_server
from tests.idp.francetravail.app import CALLBACK, register
from tests.idp.golden import FOLDER
from tests.idp.support import REDIRECT

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
FACE = "les-emplois"
OURS = {"client_id": "all", "client_secret": SECRET}
THEIRS = {"client_id": FACE, "client_secret": f"{FACE}-secret"}
TOKEN_WORDS = (
    *(
        "grant_type",
        "code",
        "redirect_uri",
        "code_verifier",
        "refresh_token",
        "scope",
        "resource",
        "audience",
    ),
    *("device_code", "auth_req_id", "subject_token", "subject_token_type", "actor_token", "actor_token_type"),
    *("requested_token_type", "client_assertion", "client_assertion_type", "authorization_details"),
)
CALLS: dict[str, tuple[str, ...]] = {
    "/token": TOKEN_WORDS,
    "/device_authorization": ("scope", "resource", "claims", "acr_values", "authorization_details", "nonce"),
    "/bc-authorize": (*FIELDS, "scope", "acr_values", "login_hint_token", "user_code", "request"),
    "/introspect": ("token", "token_type_hint", "client_assertion"),
    "/revoke": ("token", "token_type_hint", "client_assertion"),
    "/connexion/oauth2/access_token": (*TOKEN_WORDS, "realm"),
}
ROWS = [line.split() for line in (FOLDER / "francetravail.txt").read_text("utf-8").splitlines()]
DATA = [path for path, *methods in ROWS if path.startswith("/partenaire/") and "GET" in methods]
PAGES = [path for path, *methods in ROWS if "page" in methods]
SHAPES = st.sampled_from(
    [*ALL_GRANTS, ACCESS_TOKEN, JWT, REDIRECT, CALLBACK, "openid skills", "access_token", "amina@example.org"]
)
LIVE = st.sampled_from(["person", "own", "initial", "registration"])
VALUES = JUNK | (SHAPES | JWTS).map(str.encode)
QUICK = settings(
    max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with whole_server(sqlite_template, tmp_path_factory.mktemp("forms")) as running:
        await register(running.world.server, FACE)
        yield running


def pairs(whole: Whole, data: st.DataObject, words: tuple[str, ...]) -> str:
    """Some of these words, each once, with strange or live values."""
    said = data.draw(st.dictionaries(st.sampled_from(words), VALUES | LIVE, max_size=5))
    shown = {
        name: whole.credentials[value].partition(" ")[2].encode() if isinstance(value, str) else value
        for name, value in said.items()
    }
    return "&".join(f"{name}={quote_from_bytes(value)}" for name, value in shown.items())


@QUICK
@given(data=st.data())
@pytest.mark.parametrize("path", CALLS)
async def test_no_form_of_an_app_breaks_us(whole: Whole, path: str, data: st.DataObject) -> None:
    own = data.draw(st.sampled_from([OURS, THEIRS, {}]))
    grant = {"grant_type": data.draw(st.sampled_from(ALL_GRANTS))} if "grant_type" in CALLS[path] else {}
    words = tuple(word for word in CALLS[path] if word not in grant)
    body = "&".join(filter(None, [urlencode(own | grant), pairs(whole, data, words)]))
    answer = await whole.visitor.http.post(path, content=body, headers=FORM)
    assert "location" not in answer.headers
    if path.startswith("/connexion"):  # which has words of its own for an error
        assert answer.status_code < 500, answer.text
        assert answer.headers["content-type"].startswith("application/json")
    else:
        told_clearly(answer)


@QUICK
@given(data=st.data())
@pytest.mark.parametrize("path", [*DATA, "/v1/me", "/v1/me/skills", "/userinfo"])
async def test_no_bearer_and_no_query_breaks_us(whole: Whole, path: str, data: st.DataObject) -> None:
    header: Any = data.draw(st.sampled_from([*whole.credentials.values()]) | JWTS.map("Bearer {}".format))
    query = pairs(whole, data, ("access_token", "fields", "range", "realm"))
    answer = await whole.visitor.http.get(f"{path}?{query}", headers={"Authorization": header})
    assert answer.status_code < 500, answer.text
    assert "location" not in answer.headers
    assert answer.headers["content-type"].startswith("application/json")


@QUICK
@given(data=st.data())
@pytest.mark.parametrize("path", PAGES)
async def test_no_request_of_the_other_issuer_leads_astray(
    whole: Whole, path: str, data: st.DataObject
) -> None:
    known = urlencode({"client_id": FACE, "redirect_uri": CALLBACK, "realm": "/individu"})
    query = pairs(whole, data, (*PARAMETERS, "realm", "id_token_hint", "post_logout_redirect_uri"))
    answer = await whole.visitor.http.get(f"{path}?{data.draw(st.sampled_from([known + '&', '']))}{query}")
    assert answer.status_code < 500, answer.text
    leads_nowhere_strange(answer, CALLBACK)
