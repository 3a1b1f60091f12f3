"""/openapi.json, written by hand over the catalogue: what partner developers generate clients from."""

from typing import Any

from consent.catalogue import CATALOGUE
from consent.profile.additions import SKILLS
from consent.profile.schemas import MODELS
from idp.context import Server
from idp.discovery import OPENID_PATH
from idp.resource.routes import API_PATH, USERINFO_PATH, serves

_JSON = dict[str, Any]
_ERROR = {"$ref": "#/components/schemas/Error"}


def openapi_document(server: Server) -> _JSON:
    """OpenAPI 3.1 of the data API."""
    served = [scope for scope in CATALOGUE.values() if serves(scope)]
    paths: _JSON = {
        f"{API_PATH}/me": {"get": _read("What this token may read now", "me", [], {"type": "object"})},
        USERINFO_PATH: {"get": _userinfo()},
    }
    schemas: _JSON = {"Error": _error_schema()}
    for scope in served:
        schema, definitions = _released(scope.name)
        schemas |= definitions
        paths[f"{API_PATH}/me/{scope.path}"] = {
            "get": _read(scope.contents, f"read_{scope.name}", [scope.name], schema)
        }
    paths[f"{API_PATH}/me/{SKILLS}"]["post"] = _addition(schemas["Skill"])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Accord data API", "version": "1", "description": _DESCRIPTION},
        "servers": [{"url": server.issuer}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "accord": {"type": "openIdConnect", "openIdConnectUrl": server.issuer + OPENID_PATH}
            },
        },
    }


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


def _read(summary: str, operation: str, scopes: list[str], data: _JSON) -> _JSON:
    body = {
        "type": "object",
        "required": ["data", "grant_id", "event_id"],
        "properties": {"data": data, "grant_id": {"type": "string"}, "event_id": {"type": "string"}},
    }
    return {
        "operationId": operation,
        "summary": summary,
        "security": [{"accord": scopes}],
        "responses": {"200": _content("What may leave", body), **_refusals()},
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
        "security": [{"accord": ["skills:write"]}],
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "201": _content("The skill as it was taken", answer),
            "409": _content("Your application added as many skills to this profile as it may", _ERROR),
            "422": _content("The skill is not valid; error_description names each problem", _ERROR),
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
        "security": [{"accord": ["openid"]}],
        "responses": {"200": _content("Claims", body), **_refusals()},
    }


def _refusals() -> _JSON:
    return {
        "401": _content("The token is missing, unknown, expired or withdrawn", _ERROR),
        "403": _content(
            "The token lacks the scope that is named, or the person paused (consent_paused)", _ERROR
        ),
        "429": _content("Read as often as was promised: come back after Retry-After seconds", _ERROR),
        "503": _content("Nothing can be recorded right now, so nothing is read; see Retry-After", _ERROR),
    }


def _content(description: str, schema: _JSON) -> _JSON:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _error_schema() -> _JSON:
    names = ("error", "error_description", "error_uri", "trace_id")
    return {
        "type": "object",
        "required": list(names),
        "properties": {name: {"type": "string"} for name in names},
    }
