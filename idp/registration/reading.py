"""From what an app says of itself, which may be anything, to a registration that can be kept.

What is unknown is ignored, what contradicts itself is refused, what the policy does not let hold is left out
and shown by the answer (RFC 7591 section 2). Pure: no row, no network.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import orjson
from pydantic import ValidationError

from consent.catalogue import CATALOGUE
from foundation.errors import AccordError
from idp.clients.declaration import ALWAYS, Declaration, declared_in
from idp.clients.metadata import ClientMetadata
from idp.registration.members import DEFAULTS, read_members, standard_name
from idp.registration.policy import Policy

_LONGEST_URI = 2000
_MOST_SCOPES = 4096
_REDIRECTS = "redirect_uris"
_SIGNS_IN = frozenset({ALWAYS, "profile", "email", "offline_access"})


class Asked(NamedTuple):
    """What an app registers as. beyond: scopes that it asks besides, which an administrator decides on."""

    metadata: ClientMetadata
    beyond: tuple[str, ...]

    @property
    def declared(self) -> Declaration | None:
        """What to send to an administrator; None for nothing."""
        if not self.beyond:
            return None
        now, scopes = declared_in(self.metadata), (*self.metadata.scopes, *self.beyond)
        boxes = (*now.optional_scopes, *self.beyond)
        return now.model_copy(update={"optional_scopes": boxes, "purpose_code": _purpose(scopes)})


def _purpose(scopes: Sequence[str]) -> str:
    """Why it asks, where it has not said so: whoever asks no data signs people in, and that is all."""
    default = str(Declaration.model_fields["purpose_code"].default)
    return "sign_in" if _SIGNS_IN.issuperset(scopes) else default


def invalid_metadata(problem: str) -> AccordError:
    """RFC 7591 section 3.2.2."""
    return AccordError("invalid_client_metadata", _sentence(problem))


def invalid_redirect(problem: str) -> AccordError:
    """The same, of an address that people would be sent to."""
    return AccordError("invalid_redirect_uri", _sentence(problem))


def _sentence(problem: str) -> str:
    """A problem as an error may tell it: short, and in the characters of RFC 6749 section 5.2."""
    text = problem.encode("ascii", "replace").decode()[:300]
    return "".join(one if one.isprintable() and one not in '"\\' else "'" for one in text)


def read_registration(said: Mapping[str, Any], policy: Policy, held: Sequence[str] = ()) -> Asked:
    """The registration in a JSON object. held: scopes that an administrator approved before.

    Raises AccordError `invalid_client_metadata` or `invalid_redirect_uri`.
    """
    try:
        fields = {**DEFAULTS, **read_members(said)}
    except ValueError as error:
        raise invalid_metadata(str(error)) from None
    _check_grants(said, fields["grant_types"], policy)
    holds, beyond = _scopes(said.get("scope"), policy, held)
    required = [scope for scope in holds if scope in policy.required]
    public = fields["auth_method"] == "none"
    fields |= {
        "required_scopes": required,
        "optional_scopes": [scope for scope in holds if scope not in required],
        "require_pkce": policy.pkce or public,
        "purpose_code": _purpose(holds),
        "self_registered": "dynamic",
    }
    if fields.get("subject_type") == "public" and not policy.public_subjects:
        fields["subject_type"] = "pairwise"
    fields["name"] = fields.get("name") or _place_of(fields.get(_REDIRECTS))
    metadata = validated(fields)
    _check_redirects(metadata)
    return Asked(metadata, beyond)


def validated(fields: Mapping[str, Any]) -> ClientMetadata:
    """The fields as a registration, each of its own type: nothing is guessed. Raises AccordError."""
    try:
        return ClientMetadata.model_validate_json(orjson.dumps(fields), strict=True)
    except ValidationError as error:
        raise _told(error) from None


def completed(metadata: ClientMetadata, kept: Mapping[str, Any]) -> ClientMetadata:
    """The registration with what is ours to say of it. Raises AccordError where the two contradict."""
    try:
        return ClientMetadata.model_validate({**dict(metadata), **kept})
    except ValidationError as error:
        raise _told(error) from None


def _told(error: ValidationError) -> AccordError:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    place = str(first["loc"][0]) if first["loc"] else ""
    problem = first["msg"].removeprefix("Value error, ")
    if place == _REDIRECTS:
        return invalid_redirect(problem)
    return invalid_metadata(f"{standard_name(place)}: {problem}" if place else problem)


def _check_grants(said: Mapping[str, Any], grants: Any, policy: Policy) -> None:  # noqa: ANN401  # said by anyone
    """What it may do with tokens; `response_types` says the same in other words, or contradicts it."""
    if not isinstance(grants, list | tuple):
        raise invalid_metadata("grant_types: it is a list")
    refused = [one for one in grants if one not in policy.grant_types]
    if refused:
        raise invalid_metadata(f"grant_types: open to this application are {', '.join(policy.grant_types)}")
    by_code = "authorization_code" in grants
    answers = said.get("response_types")
    if answers is not None and answers != (["code"] if by_code else []):
        raise invalid_metadata("response_types: it is code, for authorization_code and for nothing else")


def _scopes(asked: Any, policy: Policy, held: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:  # noqa: ANN401  # said by anyone
    """Those that hold, and those to decide on; the others are not for this app, and left out."""
    if asked is None:
        return tuple(dict.fromkeys((*policy.approved, *held))), ()
    if not isinstance(asked, str) or len(asked) > _MOST_SCOPES:
        raise invalid_metadata("scope: it is names separated by spaces")
    wanted = {ALWAYS, *asked.split()}
    holds = tuple(one for one in CATALOGUE if one in held or (one in wanted and one in policy.approved))
    rest = tuple(one for one in CATALOGUE if one in wanted and one not in holds and policy.may_declare(one))
    return holds, rest


def _place_of(uris: Any) -> str:  # noqa: ANN401  # said by anyone
    """Where an app without a name sends people: what it is called then."""
    first = uris[0] if isinstance(uris, list) and uris and isinstance(uris[0], str) else ""
    try:
        return (urlsplit(first).hostname or "application")[:80]
    except ValueError:
        return "application"  # the address is refused for what it is


def _check_redirects(metadata: ClientMetadata) -> None:
    """OpenID Connect Dynamic Client Registration section 2, application_type; RFC 8252 section 7.

    That section keeps `localhost` over https from web applications of the implicit grant alone, which nobody
    has here: whoever tries one on a machine of theirs may register it.
    """
    web = metadata.application_type == "web"
    for uri in (*metadata.redirect_uris, *metadata.post_logout_redirect_uris):
        if len(uri) > _LONGEST_URI:
            raise invalid_redirect(f"an address has at most {_LONGEST_URI} characters")
        if web and urlsplit(uri).scheme != "https":
            raise invalid_redirect(
                "a web application has https:// addresses; one on a person's own machine has the"
                " application_type native"
            )
