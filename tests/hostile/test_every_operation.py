"""Every operation of the OpenAPI document, asked as it says one may, and as it says one may not.

schemathesis makes the calls of the document; what is answered is what the document declares: status, media
type, shape, headers. Nothing is a 500, an error is told as errors are, and nothing leads away.
"""

import re
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
import pytest_asyncio
import requests
import schemathesis
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from idp.authorize.routes import AUTHORIZE_PATH
from idp.logout.pages import END_SESSION_PATH
from idp.openapi import openapi_document
from tests.hostile.test_never_500 import told_clearly
from tests.hostile.whole import Whole, whole_server
from tests.idp.golden import FOLDER
from tests.idp.support import ISSUER, REDIRECT

pytestmark = pytest.mark.asyncio(loop_scope="module")
load_all_checks()
DECLARED = CHECKS.get_by_names(
    [
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "response_schema_conformance",
    ]
)
BROWSERS = [f"{method} {path}" for path in (AUTHORIZE_PATH, END_SESSION_PATH) for method in ("GET", "POST")]
ROUTES = [line.split() for line in (FOLDER / "lean_routes.txt").read_text("utf-8").splitlines()]
# What ends the thing asked for comes after what asks for it.
OPERATIONS = sorted(
    [*(f"{method} {path}" for path, *methods in ROUTES for method in methods), *BROWSERS],
    key=lambda operation: operation.startswith("DELETE"),
)
# A credential that fits, by the security scheme that the document names.
FITTING = {"app": ["app"], "accord": ["person", "own"], "registration": ["initial", "registration"]}
LONGEST_URL = 60_000  # httpx sends none beyond 65,536
# As the document lets one ask, more often; as it does not.
MODES = [GenerationMode.POSITIVE, GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
FEW = settings(
    max_examples=25, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def whole(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Whole]:
    async with whole_server(sqlite_template, tmp_path_factory.mktemp("whole")) as running:
        yield running


@pytest.fixture(scope="module")
def operations(whole: Whole) -> dict[str, Any]:
    """Each operation of the document, by its method and the path as it is served."""
    document = openapi_document(whole.world.server)
    for methods in document["paths"].values():
        for body in _bodies(methods):
            body["additionalProperties"] = False  # names that mean nothing are what it may not
    config = schemathesis.Config.from_dict({"generation": {"allow-x00": False}})
    found = [one.ok() for one in schemathesis.openapi.from_dict(document, config=config).get_all_operations()]
    return {f"{one.method.upper()} {re.sub(r'{.*}', '', one.path)}": one for one in found}


def _bodies(methods: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for name, method in methods.items():
        if name != "parameters":
            for content in method.get("requestBody", {}).get("content", {}).values():
                yield content["schema"]


def credentials_for(operation: Any) -> list[str]:
    schemes = {name for way in operation.definition.raw.get("security", []) for name in way}
    return [name for scheme in sorted(schemes & FITTING.keys()) for name in FITTING[scheme]]


async def test_a_body_that_is_not_read_is_told_as_declared(whole: Whole, operations: dict[str, Any]) -> None:
    """Nothing is done by these calls; they come before those that end what others ask for."""
    taking = {name: one for name, one in operations.items() if "requestBody" in one.definition.raw}
    for name, operation in taking.items():
        document = operation.definition.raw
        [media] = document["requestBody"]["content"]
        fitting = [whole.credentials[one] for one in credentials_for(operation)]
        # The first makes something, the last changes it.
        headers = {"Authorization": fitting[-1 if operation.path_parameters else 0]} if fitting else {}
        address = ISSUER + operation.path.format(**whole.live)
        unread = [(media, "413"), ("text/plain", "415")]
        for sent, status in unread if document["requestBody"].get("required") else unread[:1]:
            answer = await whole.visitor.http.request(
                operation.method, address, headers=headers | {"content-type": sent}, content=b"a" * 65_537
            )
            assert str(answer.status_code) == status, (name, answer.text)
            [declared] = document["responses"][status]["content"]
            assert answer.headers["content-type"].partition(";")[0] == declared, name


@FEW
@given(data=st.data())
@pytest.mark.parametrize("name", OPERATIONS)
async def test_what_is_answered_is_what_is_declared(
    whole: Whole, operations: dict[str, Any], name: str, data: st.DataObject
) -> None:
    operation = operations[name]
    case = data.draw(operation.as_strategy(generation_mode=data.draw(st.sampled_from(MODES))))
    shown = data.draw(st.sampled_from([*credentials_for(operation) * 3, *whole.credentials, None]))
    if case.path_parameters and data.draw(st.booleans()):
        case.path_parameters = {name: whole.live[name] for name in case.path_parameters}
    if shown == "app" and isinstance(case.body, dict):  # two ways to say who asks are refused at once
        case.body = {name: value for name, value in case.body.items() if not name.startswith("client_")}
    if name in BROWSERS and data.draw(st.booleans()):  # of an app that is known, to where it is
        known = {"client_id": "all", "redirect_uri": REDIRECT}
        if isinstance(case.body, dict):
            case.body = case.body | known
        else:
            case.query = dict(case.query) | known
    answer = await send(whole, case, shown)
    case.validate_response(answer, checks=DECLARED)
    assert answer.status_code < 500, answer.text
    if name in BROWSERS:
        leads_nowhere_strange(answer)
        return
    assert "location" not in answer.headers
    if answer.status_code >= 400:
        told_clearly(answer)


def leads_nowhere_strange(answer: httpx.Response, registered: str = REDIRECT) -> None:
    """To a page of ours by its path, or to the one address that was registered."""
    if answer.status_code != 303:
        assert "location" not in answer.headers
        assert answer.headers["content-type"].startswith("text/html")
        return
    there = urlsplit(answer.headers["location"])
    here = re.fullmatch(r"/[^/\\].*|/", there.path) and not (there.scheme or there.netloc)
    assert here or there._replace(query="").geturl() == registered, there


async def send(whole: Whole, case: Any, shown: str | None) -> httpx.Response:
    said = case.as_transport_kwargs(base_url=ISSUER)
    names = ("method", "url", "headers", "params", "cookies", "data", "json", "files")
    ready = requests.Request(**{name: said[name] for name in names if name in said}).prepare()
    headers = {name: value for name, value in ready.headers.items() if name.lower() != "authorization"}
    assume(len(ready.url or "") <= LONGEST_URL)
    if shown is not None:
        headers["Authorization"] = whole.credentials[shown]
    return await whole.visitor.http.request(
        ready.method or "", ready.url or "", headers=headers, content=ready.body
    )
