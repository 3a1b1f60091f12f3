"""/openapi.json: valid, about what is really served, and true of what is really answered."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from consent.catalogue import CATALOGUE
from foundation.web.guard import Guard
from foundation.web.lean import LeanRoutes
from idp.app import open_app
from idp.authorize.routes import AUTHORIZE_PATH
from idp.discovery import openid_metadata
from idp.logout.pages import END_SESSION_PATH
from idp.openapi import openapi_document
from idp.running.metrics import METRICS_PATH
from tests.idp.golden import FOLDER
from tests.idp.receipts.papers import paper, seal_log
from tests.idp.support import ISSUER, World, add_app
from tests.idp.test_golden import flat
from tests.idp.visitor import Visitor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: documents do not depend on it."""
    return sqlite_url


@pytest.fixture
def document(world: World) -> dict[str, Any]:
    return openapi_document(world.server)


def test_it_is_a_valid_openapi_document(document: dict[str, Any]) -> None:
    validate(document)


async def test_it_is_served_as_it_is(house: World, visitor: Visitor) -> None:
    answer = await visitor.get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json() == openapi_document(house.server)
    assert "evil" not in (await visitor.get("/openapi.json", Host="evil.example")).text


def data_paths(document: dict[str, Any]) -> dict[str, Any]:
    """What a person's token reads."""
    return {
        path: methods
        for path, methods in document["paths"].items()
        if path.startswith("/v1/") or path == "/userinfo"
    }


def unnamed(path: str) -> str:
    """A path without the names of its segments."""
    return re.sub(r"\{[\w:]+\}", "", path)


def described(document: dict[str, Any]) -> dict[str, set[str]]:
    """Methods by path; one that ends with a slash takes a segment more, which has a name in the document."""
    return {
        unnamed(path): {method.upper() for method in methods if method != "parameters"}
        for path, methods in document["paths"].items()
    }


def test_each_operation_has_a_name_of_its_own(document: dict[str, Any]) -> None:
    operations = [
        method["operationId"]
        for methods in document["paths"].values()
        for name, method in methods.items()
        if name != "parameters"
    ]
    assert len(operations) == len(set(operations))


# Mounted, and in no document for partners: pages for people (tests/golden/pages.txt), the other issuer, whose
# documents are France Travail's, and what the operator reads.
NOT_IN_IT = {METRICS_PATH}


async def test_everything_that_is_mounted_is_in_it_or_is_not_for_partners(world: World) -> None:
    """Both ways, of the whole application."""
    async with open_app(world.server) as app:
        assert isinstance(app, Guard)
        lean = app._app
        assert isinstance(lean, LeanRoutes)
        assert isinstance(lean._behind, FastAPI)
        mounted = {path: set(methods) for path, methods in lean._table.items()}
        for route in flat(lean._behind.routes):
            mounted.setdefault(unnamed(route.path), set()).update(route.methods)
    ours = described(openapi_document(world.server))
    assert {path: mounted.get(path) for path in ours} == ours
    face = {line.split()[0] for line in lines_of("francetravail")}
    people = {unnamed(line.split()[1]) for line in lines_of("pages")[1:]}
    assert mounted.keys() == ours.keys() | face | people | NOT_IN_IT
    assert people & ours.keys() == {AUTHORIZE_PATH, END_SESSION_PATH, *(unnamed(path) for path in TILES)}


def lines_of(name: str) -> list[str]:
    return (FOLDER / f"{name}.txt").read_text("utf-8").splitlines()


async def test_every_endpoint_that_is_announced_is_in_it(world: World, document: dict[str, Any]) -> None:
    found = openid_metadata(world.server)
    addresses = {name: value for name, value in found.items() if name.endswith(("_endpoint", "_uri"))}
    assert {"authorization_endpoint", "end_session_endpoint", "jwks_uri"} <= addresses.keys()
    for name, address in addresses.items():
        path = address.removeprefix(ISSUER)
        assert path in document["paths"], name


def test_each_path_names_the_scope_that_opens_it(document: dict[str, Any]) -> None:
    for path, methods in data_paths(document).items():
        by_itself, by_proof = methods["get"]["security"]  # a bearer token; one bound to a key
        assert by_proof == {"dpop": by_itself["accord"], "dpop_proof": []}
        scopes = by_itself["accord"]
        if path == "/userinfo":
            assert scopes == ["openid"]
        elif path != "/v1/me":
            assert [CATALOGUE[scope].path for scope in scopes] == [path.rsplit("/", 1)[1]]


TILES = ("/ledger/tile/{level}/{number}", "/ledger/tile/entries/{number}")
PROOFS = {"/ledger/proof", "/ledger/tlog-proof"}
NOT_PLAIN = {"/grants", *PROOFS, AUTHORIZE_PATH, END_SESSION_PATH}  # tried below, or a page


async def test_what_anyone_reads_is_as_documented(world: World, document: dict[str, Any]) -> None:
    """Metadata, keys, schemas, the ledger's head, health: each opens without a token, as it says."""
    await seal_log(world)
    opened = 0
    for path, methods in document["paths"].items():
        if methods.get("get", {}).get("security") != [] or path in NOT_PLAIN or path in TILES:
            continue
        answer = await world.http.get(path)
        [media] = methods["get"]["responses"]["200"]["content"]
        assert answer.status_code == 200, path
        assert answer.headers["content-type"].startswith(media), path
        if media == "application/json":
            validator(document, path, "200").validate(answer.json())
        opened += 1
    assert opened > 12
    validator(document, "/grants", "400").validate((await world.http.get("/grants")).json())
    await world.grant()
    promised = (await paper(world))["claims"]["ledger"]["event_id"]
    for status in ("202", "200"):
        given = await world.http.get(f"/ledger/proof?event_id={promised}")
        assert given.status_code == int(status)
        validator(document, "/ledger/proof", status).validate(given.json())
        await seal_log(world)


def validator(document: dict[str, Any], path: str, status: str) -> Draft202012Validator:
    content = document["paths"][path]["get"]["responses"][status]["content"]["application/json"]
    return Draft202012Validator({"components": document["components"], **content["schema"]})


async def test_every_answer_is_as_documented(world: World, document: dict[str, Any]) -> None:
    optional = tuple(name for name in CATALOGUE if name not in {"openid", "profile"})
    reader = world.of(await add_app(world.server, "reader", "s", optional_scopes=optional), "s")
    asked = " ".join(name for name in CATALOGUE if name != "offline_access")
    await reader.grant(reader.client, asked=asked, scope=[one for one in optional if one != "offline_access"])
    token = (await reader.redeem(await reader.code(reader.client, scope=asked))).json()["access_token"]
    for path in data_paths(document):
        answer = await reader.read(path, token)
        assert answer.status_code == 200, path
        validator(document, path, "200").validate(answer.json())
        refused = await reader.read(path, "nonsense")
        validator(document, path, "401").validate(refused.json())


def test_the_documented_schema_would_notice_a_difference(document: dict[str, Any]) -> None:
    check = validator(document, "/v1/me/skills", "200")
    good = {"data": [], "grant_id": "g", "event_id": "e"}
    assert check.is_valid(good)
    assert not check.is_valid({**good, "data": [{"label": 7}]})
    assert not check.is_valid({**good, "data": None})
    assert not check.is_valid({"data": []})
