"""/openapi.json, written by hand over the catalogue: what partner developers generate clients from.

Here the data API; beside it what apps call (openapi_calls.py), where they send browsers
(openapi_browsers.py) and what anyone reads (openapi_documents.py). A test holds it to what is mounted: a path
in one alone fails it.
"""

from typing import Any

from consent.catalogue import CATALOGUE
from consent.profile.additions import SKILLS
from consent.profile.schemas import MODELS
from idp.context import Server
from idp.discovery import OPENID_PATH
from idp.openapi_browsers import browser_paths
from idp.openapi_calls import ERROR, call_paths, content
from idp.openapi_documents import document_paths
from idp.openapi_registration import registration_paths
from idp.resource.pointing import API_PATH
from idp.resource.routes import USERINFO_PATH, serves

_JSON = dict[str, Any]


def openapi_document(server: Server) -> _JSON:
    """OpenAPI 3.1 of everything that is called by programs."""
    served = [scope for scope in CATALOGUE.values() if serves(scope)]
    paths: _JSON = {
        f"{API_PATH}/me": {"get": _read("What this token may read now", "me", [], {"type": "object"})},
        USERINFO_PATH: {"get": _userinfo(), "post": _userinfo_by_post()},
    }
    schemas: _JSON = {"Error": _error_schema()}
    for scope in served:
        schema, definitions = _released(scope.name)
        schemas |= definitions
        paths[f"{API_PATH}/me/{scope.path}"] = {
            "get": _read(scope.contents, f"read_{scope.name}", [scope.name], schema)
        }
    paths[f"{API_PATH}/me/{SKILLS}"]["post"] = _addition(schemas["Skill"])
    paths |= call_paths(server.issuer) | document_paths() | registration_paths(server.settings)
    paths |= browser_paths()
    _add_unread_bodies(paths)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Accord API", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": server.issuer}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "accord": {"type": "openIdConnect", "openIdConnectUrl": server.issuer + OPENID_PATH},
                # A token bound to a key, and the proof of it (RFC 9449 section 7.1): each with the other.
                "dpop": {"type": "http", "scheme": "DPoP"},
                "dpop_proof": {"type": "apiKey", "in": "header", "name": "DPoP"},
                "app": {"type": "http", "scheme": "basic"},
                "registration": {"type": "http", "scheme": "bearer"},
            },
        },
    }


_UNREAD = {
    "408": "The body did not arrive in time",
    "413": "More than 64 kB was sent",
    "415": "The body is of another media type",
}


def _add_unread_bodies(paths: _JSON) -> None:
    """What is said of a body that is not read, in the form of what is said of one that is not valid."""
    for call in (call for methods in paths.values() for call in methods.values() if "requestBody" in call):
        told, required = call["responses"]["400"], call["requestBody"].get("required", False)
        for status, words in _UNREAD.items():
            if required or status != "415":
                call["responses"][status] = told | {"description": words}


_DESCRIPTION = (
    "What a person agreed to share with your application, and nothing else. Every read is recorded in a "
    "ledger before it is answered; `event_id` names the record."
)


def _released(scope: str) -> tuple[_JSON, _JSON]:
    """The schema of what a scope lets out (the stored model without its id), and what it refers to."""
    dataset = CATALOGUE[scope].dataset
    if dataset is None:
        raise LookupError(scope)
    model = MODELS[dataset.name].model_json_schema(ref_template="#/components/schemas/{model}")
    definitions = model.pop("$defs", {})
    for kept in ("id", "added_by"):
        model["properties"].pop(kept, None)
    item = {"type": "object", "properties": model["properties"], "required": sorted(model["properties"])}
    definitions[model["title"]] = item
    reference = {"$ref": f"#/components/schemas/{model['title']}"}
    if dataset.single:
        return {"oneOf": [reference, {"type": "null"}]}, definitions
    return {"type": "array", "items": reference}, definitions


def _opened_by(*scopes: str) -> list[_JSON]:
    """Either kind of token, with these scopes."""
    return [{"accord": list(scopes)}, {"dpop": list(scopes), "dpop_proof": []}]


def _read(summary: str, operation: str, scopes: list[str], data: _JSON) -> _JSON:
    body = {
        "type": "object",
        "required": ["data", "grant_id", "event_id"],
        "properties": {"data": data, "grant_id": {"type": "string"}, "event_id": {"type": "string"}},
    }
    return {
        "operationId": operation,
        "summary": summary,
        "security": _opened_by(*scopes),
        "responses": {"200": content("What may leave", body), **_refusals()},
    }


def _addition(skill: _JSON) -> _JSON:
    body = {"type": "object", "required": ["kind", "label"], "properties": skill["properties"]}
    answer = {
        "type": "object",
        "required": ["data", "grant_id", "event_id"],
        "properties": {"data": skill, "grant_id": {"type": "string"}, "event_id": {"type": "string"}},
    }
    return {
        "operationId": "add_skill",
        "summary": "Add a skill to the person's profile; the answer is the same when she had it already",
        "security": _opened_by("skills:write"),
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "201": content("The skill as it was taken", answer),
            "400": content("The body is no JSON object", ERROR),
            "409": content("Your application added as many skills to this profile as it may", ERROR),
            "422": content("The skill is not valid; error_description names each problem", ERROR),
            **_refusals(),
        },
    }


def _userinfo() -> _JSON:
    claims = sorted({claim for scope in CATALOGUE.values() for claim in scope.claims})
    body = {
        "type": "object",
        "required": ["sub"],
        "properties": {
            claim: {"type": "boolean" if claim.endswith("_verified") else "string"} for claim in claims
        },
    }
    return {
        "operationId": "userinfo",
        "summary": "Claims about the person (OpenID Connect Core section 5.3)",
        "security": _opened_by("openid"),
        "responses": {"200": content("Claims", body), **_refusals()},
    }


def _userinfo_by_post() -> _JSON:
    """The same; a bearer's token may stand in the form instead (RFC 6750 section 2.2)."""
    form = {"schema": {"type": "object", "properties": {"access_token": {"type": "string"}}}}
    call, twice = _userinfo(), content("A token in two ways at once, or a form that cannot be read", ERROR)
    return call | {
        "operationId": "userinfo_by_post",
        "security": [*call["security"], {}],
        "requestBody": {"content": {"application/x-www-form-urlencoded": form}},
        "responses": call["responses"] | {"400": twice},
    }


def _refusals() -> _JSON:
    return {
        "401": content("The token is missing, unknown, expired or withdrawn", ERROR),
        "403": content(
            "The token lacks the scope that is named, or the person paused (consent_paused)", ERROR
        ),
        "429": content("Read as often as was promised: come back after Retry-After seconds", ERROR),
        "503": content("Nothing can be recorded right now, so nothing is read; see Retry-After", ERROR),
    }


def _error_schema() -> _JSON:
    names = ("error", "error_description", "error_uri", "trace_id")
    return {
        "type": "object",
        "required": list(names),
        "properties": {name: {"type": "string"} for name in names},
    }
