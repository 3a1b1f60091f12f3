"""What a request means for its app: defaults that it registered, and the single claims that it may ask."""

from typing import Any

from idp.authorize.claims import NO_CLAIMS, Claims, read_claims, scope_of
from idp.authorize.request import AuthorizeRequest
from idp.clients.registry import Client


def completed(asked: AuthorizeRequest, client: Client) -> AuthorizeRequest:
    """A request of a trusted app, whole; the same when it was whole already."""
    metadata = client.metadata
    found: dict[str, Any] = {}
    if asked.max_age is None and metadata.default_max_age is not None:
        found["max_age"] = str(metadata.default_max_age)
    if asked.acr_values is None and metadata.default_acr_values:
        found["acr_values"] = " ".join(metadata.default_acr_values)
    plain = asked.scope.split()
    claims = [one for one in claims_in(asked).of_the_person if scope_of(one) in metadata.scopes]
    # What the whole scope is asked of, a part of it adds nothing to.
    claimed = tuple(one for one in claims if scope_of(one) not in plain)
    if claimed != asked.claimed:
        found["claimed"] = claimed
    return asked.model_copy(update=found) if found else asked


def claims_in(asked: AuthorizeRequest) -> Claims:
    """The claims of a request; those that cannot be read ask nothing, and the checks refuse them."""
    try:
        return read_claims(asked.claims) if asked.claims else NO_CLAIMS
    except ValueError:
        return NO_CLAIMS
