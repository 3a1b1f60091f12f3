"""The part of /openapi.json by which apps register themselves (RFC 7591, RFC 7592), where they may."""

from typing import Any

from foundation.settings import Settings
from idp.openapi_calls import ERROR, content, shape
from idp.registration.members import MEMBERS
from idp.registration.registering import REGISTRATION_PATH

_JSON = dict[str, Any]
_TEXT: _JSON = {"type": "string"}
_WHOLE: _JSON = {"type": "integer"}


def registration_paths(settings: Settings) -> _JSON:
    """The endpoints of registration, by path."""
    if settings.client_registration == "off":
        return {}
    return {
        REGISTRATION_PATH: {"post": _register()},
        f"{REGISTRATION_PATH}/{{client_id}}": {
            "parameters": [{"name": "client_id", "in": "path", "required": True, "schema": _TEXT}],
            "get": _manage("read_registration", "An application's registration", {"200": _registered()}),
            "put": _by_json(_manage("replace_registration", "Replace it, whole", {"200": _registered()})),
            "delete": _manage(
                "delete_registration", "End the application", {"204": {"description": "It has"}}
            ),
        },
    }


def _members() -> _JSON:
    # What each may be is in the standards; what is not taken is refused by name.
    said: _JSON = {name: {} for name in (*MEMBERS, "response_types")}
    return said | {"scope": _TEXT, "software_statement": _TEXT}


def _registered() -> _JSON:
    texts = ("client_id", "client_secret", "registration_access_token", "registration_client_uri")
    times = dict.fromkeys(("client_id_issued_at", "client_secret_expires_at"), _WHOLE)
    required = "client_id registration_access_token registration_client_uri"
    body = shape(required, **_members(), **dict.fromkeys(texts, _TEXT), **times)
    return content("What holds, whatever was asked; client_secret when it is new", body)


def _by_json(call: _JSON) -> _JSON:
    body = {"required": True, "content": {"application/json": {"schema": shape("", **_members())}}}
    return call | {"requestBody": body}


def _register() -> _JSON:
    summary = "Register an application (RFC 7591), with an initial access token of the operator's"
    return _by_json(_manage("register_application", summary, {"201": _registered()}))


def _manage(operation: str, summary: str, answers: _JSON) -> _JSON:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["registration"],
        "security": [{"registration": []}, {}],
        "responses": answers
        | {
            "400": content("What is said contradicts itself, or is not taken here", ERROR),
            "401": content("The token is missing, unknown, used up or revoked", ERROR),
            "403": content("The application is suspended", ERROR),
            "429": content("Too many from this network; see Retry-After", ERROR),
            "503": content("Nothing can be recorded right now; see Retry-After", ERROR),
        },
    }
