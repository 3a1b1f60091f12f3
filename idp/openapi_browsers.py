"""The part of /openapi.json that browsers are sent to: to sign in and agree, to sign out."""

from typing import Any

from idp.authorize.request import PARAMETERS
from idp.authorize.routes import AUTHORIZE_PATH
from idp.logout.pages import END_SESSION_PATH
from idp.logout.request import LONGEST
from idp.openapi_calls import content, shape

_JSON = dict[str, Any]
_TEXT: _JSON = {"type": "string"}
_PAGE: _JSON = {"description": "A page for the person", "content": {"text/html": {"schema": _TEXT}}}


def browser_paths() -> _JSON:
    """By path."""
    return {
        AUTHORIZE_PATH: _both(
            "authorize",
            "Send a browser here to sign in and agree (OpenID Connect Core section 3.1.2)",
            dict.fromkeys(PARAMETERS, _TEXT),
            "To the person's next page, or back to the application with `code`, or `error`",
        ),
        END_SESSION_PATH: _both(
            "end_session",
            "Send a browser here to sign out (OpenID Connect RP-Initiated Logout section 2)",
            {name: {"type": "string", "maxLength": longest} for name, longest in LONGEST.items()},
            "She is signed out: to the address that the application registered, or to a page that says so",
        ),
    }


def _both(operation: str, summary: str, fields: _JSON, led: str) -> _JSON:
    """One operation by GET, and by POST with the same parameters in a form."""
    said = {"summary": summary, "tags": ["browsers"], "security": []}
    answers: _JSON = {
        "200": _PAGE,
        "303": {"description": led, "headers": {"Location": {"schema": _TEXT}}},
        "400": _PAGE | {"description": "What was sent can lead nowhere, and a page says so"},
        "413": _PAGE | {"description": "More than 64 kB was sent"},
    }
    query = [{"name": name, "in": "query", "schema": schema} for name, schema in fields.items()]
    form = content("", shape("", **fields), "application/x-www-form-urlencoded")["content"]
    by_post = {name: answer for name, answer in answers.items() if name != "200"}
    return {
        "get": {"operationId": operation, **said, "parameters": query, "responses": answers},
        "post": {
            "operationId": f"{operation}_by_post",
            **said,
            "requestBody": {"required": True, "content": form},
            "responses": by_post,
        },
    }
