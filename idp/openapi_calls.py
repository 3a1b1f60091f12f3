"""The part of /openapi.json that apps call: tokens (OAuth 2.0), their grants, signals (RFC 8936)."""

from typing import Any

from idp.authorize.pushed.routes import PUSHED_PATH
from idp.authorize.request import PARAMETERS
from idp.ciba.asked import FIELDS as BACKCHANNEL_FIELDS
from idp.ciba.asked import PARAMETERS as BACKCHANNEL_PARAMETERS
from idp.ciba.routes import BACKCHANNEL_PATH
from idp.details.schema import SCHEMA_PATH
from idp.device.endpoint import DEVICE_AUTHORIZATION_PATH, NAMES
from idp.grant_kinds import GRANT_TYPES
from idp.grants.actions import GRANTS_PATH, QUERY_SCOPE, REVOKE_SCOPE
from idp.signals.attesting import ATTESTATION_PATH
from idp.signals.poll import MOST_EVENTS, POLL_PATH
from idp.token.calling import TOKEN_PATH
from idp.token.introspection import INTROSPECTION_PATH
from idp.token.revocation import REVOCATION_PATH

_JSON = dict[str, Any]
_TEXT: _JSON = {"type": "string"}
_WHOLE: _JSON = {"type": "integer"}
_TEXTS: _JSON = {"type": "array", "items": _TEXT}
ERROR: _JSON = {"$ref": "#/components/schemas/Error"}
_BY_FORM: list[_JSON] = [
    {"app": []},
    {},
]  # by header, or by client_id and client_secret or client_assertion in the form


def content(description: str, schema: _JSON, media: str = "application/json") -> _JSON:
    """An answer with a body."""
    return {"description": description, "content": {media: {"schema": schema}}}


def shape(required: str = "", **properties: _JSON) -> _JSON:
    """An object. required: names, separated by spaces."""
    return {"type": "object", "required": required.split(), "properties": properties}


def call_paths(issuer: str) -> _JSON:
    """What apps call beside the data API, by path. issuer: where schemas are."""
    return {
        TOKEN_PATH: {"post": _token()},
        REVOCATION_PATH: {"post": _revocation()},
        INTROSPECTION_PATH: {"post": _introspection()},
        PUSHED_PATH: {"post": _pushed()},
        DEVICE_AUTHORIZATION_PATH: {"post": _device_authorization()},
        BACKCHANNEL_PATH: {"post": _backchannel()},
        GRANTS_PATH: {"get": _no_list()},
        f"{GRANTS_PATH}/{{grant_id}}": {
            "parameters": [{"name": "grant_id", "in": "path", "required": True, "schema": _TEXT}],
            "get": _query(issuer),
            "delete": _delete(),
        },
        POLL_PATH: {"post": _poll()},
        ATTESTATION_PATH: {"post": _attestation()},
    }


def _by_form(operation: str, summary: str, fields: _JSON, answer: _JSON) -> _JSON:
    credentials = dict.fromkeys(("client_id", "client_secret", "client_assertion"), _TEXT)
    body = fields | {"properties": credentials | {"client_assertion_type": _TEXT} | fields["properties"]}
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["tokens"],
        "security": _BY_FORM,
        "requestBody": {
            "required": True,
            "content": {"application/x-www-form-urlencoded": {"schema": body}},
        },
        "responses": {
            "200": answer,
            "400": content("The request is not valid, or what it brings is spent or unknown", ERROR),
            "401": content("The application did not prove who it is", ERROR),
            "503": content("Nothing can be recorded right now; see Retry-After", ERROR),
        },
    }


def _token() -> _JSON:
    grant_type = {"type": "string", "enum": list(GRANT_TYPES)}
    exchanged = ("subject_token", "subject_token_type", "actor_token", "actor_token_type", "audience")
    names = ("code", "redirect_uri", "code_verifier", "refresh_token", "device_code", "scope", *exchanged)
    said = ("access_token", "token_type", "scope", "id_token", "refresh_token", "issued_token_type")
    answer = shape(
        "access_token token_type expires_in scope",
        **dict.fromkeys(said, _TEXT),
        expires_in=_WHOLE,
        grant_id=_TEXT,
        authorization_details={"type": "array", "items": {"type": "object"}},
    )
    return _by_form(
        "token",
        "Redeem a code, refresh, exchange a token, or get one of its own (RFC 6749 section 3.2)",
        shape("grant_type", grant_type=grant_type, **dict.fromkeys(names, _TEXT)),
        content("Tokens; `scope` always says what was granted", answer),
    )


def _revocation() -> _JSON:
    return _by_form(
        "revoke",
        "Give a token back: all that came of the same code ends (RFC 7009)",
        shape("token", token=_TEXT, token_type_hint=_TEXT),
        content("It is worth nothing now, whatever it was", {"type": "object"}),
    )


def _introspection() -> _JSON:
    names = ("iss", "client_id", "sub", "token_type", "aud", "scope", "jti", "grant_id")
    answer = shape(
        "active",
        active={"type": "boolean"},
        **dict.fromkeys(names, _TEXT),
        **dict.fromkeys(("iat", "exp", "auth_time", "grant_revision"), _WHOLE),
        acr=_TEXT,
        cnf={"type": "object"},
        act={"type": "object"},
        authorization_details={"type": "array", "items": {"type": "object"}},
    )
    return _by_form(
        "introspect",
        "What a token of your application is worth right now (RFC 7662)",
        shape("token", token=_TEXT, token_type_hint=_TEXT),
        content("`active` alone for what is dead, unknown, or another's", answer),
    )


def _pushed() -> _JSON:
    fields = dict.fromkeys((name for name in PARAMETERS if name != "request_uri"), _TEXT)
    call = _by_form(
        "push_authorization_request",
        "Push what /authorize would be asked, and send the browser with a reference to it (RFC 9126)",
        shape("client_id redirect_uri response_type", **fields),
        {},
    )
    kept = shape("request_uri expires_in", request_uri=_TEXT, expires_in=_WHOLE)
    del call["responses"]["200"]
    call["responses"]["201"] = content("The reference, good for one authorization", kept)
    return call


def _device_authorization() -> _JSON:
    texts = ("device_code", "user_code", "verification_uri", "verification_uri_complete")
    told = dict.fromkeys(texts, _TEXT) | dict.fromkeys(("expires_in", "interval"), _WHOLE)
    return _by_form(
        "authorize_device",
        "Start on a screen that its user does not type at: a short code to show, and what to poll (RFC 8628)",
        shape("scope", **dict.fromkeys(NAMES, _TEXT)),
        content("What to show, and what to ask /token with", shape(" ".join(told), **told)),
    )


def _backchannel() -> _JSON:
    call = _by_form(
        "ask_elsewhere",
        "Ask a person who answers on a device of her own (OpenID Connect CIBA Core)",
        shape("scope", **dict.fromkeys((*BACKCHANNEL_PARAMETERS, *BACKCHANNEL_FIELDS), _TEXT)),
        content(
            "Poll with it at the token endpoint",
            shape("auth_req_id expires_in interval", auth_req_id=_TEXT, expires_in=_WHOLE, interval=_WHOLE),
        ),
    )
    call["responses"]["429"] = content("Too many requests, or too many open ones for this hint", ERROR)
    return call


# --- grants ----------------------------------------------------------------------------------------------


def _no_list() -> _JSON:
    return {
        "operationId": "list_grants",
        "summary": "There is no list of an application's grants: name one",
        "tags": ["grants"],
        "security": [],
        "responses": {"400": content("Name one grant", ERROR)},
    }


def _of_grant(operation: str, summary: str, scope: str, answers: _JSON) -> _JSON:
    return {
        "operationId": operation,
        "summary": summary,
        "tags": ["grants"],
        "security": [{"accord": [scope]}, {"dpop": [scope], "dpop_proof": []}],
        "responses": answers
        | {
            "401": content("The token is missing, unknown or expired", ERROR),
            "403": content(f"The token lacks {scope}, or is no application's own", ERROR),
            "404": content("No living grant of this application has that number", ERROR),
            "503": content("Nothing can be recorded right now; see Retry-After", ERROR),
        },
    }


def _query(issuer: str) -> _JSON:
    scopes = {"type": "array", "items": shape("scope", scope=_TEXT, resource=_TEXTS)}
    details = {"type": "array", "items": {"type": "object"}, "description": f"See {issuer}{SCHEMA_PATH}"}
    answer = shape(
        "scopes claims authorization_details created_at last_updated expires_at grant_id grant_revision",
        scopes=scopes,
        claims=_TEXTS,
        authorization_details=details,
        **dict.fromkeys(("created_at", "last_updated", "expires_at", "grant_revision"), _WHOLE),
        updated_by={"type": "string", "enum": ["client", "authorization_server"]},
        grant_id=_TEXT,
    )
    summary = "What a grant holds now (Grant Management, draft 03, section 6.4)"
    return _of_grant("query_grant", summary, QUERY_SCOPE, {"200": content("The grant", answer)})


def _delete() -> _JSON:
    summary = "End a grant: its tokens are dead from the next call on (section 6.5)"
    return _of_grant("revoke_grant", summary, REVOKE_SCOPE, {"204": {"description": "It has ended"}})


# --- signals ---------------------------------------------------------------------------------------------


def _by_json(operation: str, summary: str, body: _JSON, answer: _JSON) -> _JSON:
    return {
        "operationId": operation,
        "summary": summary,
        "description": "An application of client_secret_basic sends its header; others put their credentials "
        "into the object, as they would into a form.",
        "tags": ["signals"],
        "security": _BY_FORM,
        "requestBody": {"required": True, "content": {"application/json": {"schema": body}}},
        "responses": {
            "200": answer,
            "400": content("The object is not what this endpoint takes", ERROR),
            "401": content("The application did not prove who it is", ERROR),
        },
    }


def _poll() -> _JSON:
    texts_by_jti = {"type": "object", "additionalProperties": shape("err", err=_TEXT, description=_TEXT)}
    body = shape(
        maxEvents={"type": "integer", "minimum": 0, "default": MOST_EVENTS},
        returnImmediately={"type": "boolean", "default": False},
        ack=_TEXTS,
        setErrs=texts_by_jti,
    )
    sets = {"type": "object", "additionalProperties": _TEXT, "description": "Signed events, by jti"}
    answer = content("What waits", shape("sets moreAvailable", sets=sets, moreAvailable={"type": "boolean"}))
    return _by_json("poll", "Fetch events, and say which arrived (RFC 8936 section 2)", body, answer)


def _attestation() -> _JSON:
    moment = {"oneOf": [{"type": "string", "format": "date-time"}, _WHOLE]}
    body = shape("erased_at", jti=_TEXT, grant_id=_TEXT, erased_at=moment, statement=_TEXT)
    body["oneOf"] = [{"required": ["jti"]}, {"required": ["grant_id"]}]
    answer = shape("attested erased_at", attested={"type": "integer"}, erased_at=_WHOLE)
    call = _by_json(
        "attest_erasure",
        "Attest that your application erased what it had read",
        body,
        content("How many events it answered; 0 when that was said before", answer),
    )
    call["responses"]["404"] = content("No event of your application ended such a grant", ERROR)
    return call
