"""Where a request comes from: its own parameters, or what they point to.

An app may push its request ahead (RFC 9126). What it is then is what was pushed: parameters beside
`request_uri` count for nothing, so nobody on the way can change it.
"""

from idp.authorize.checks import Refusal
from idp.authorize.pushed import store
from idp.authorize.request import AuthorizeRequest
from idp.context import Server

_NOT_PUSHED = Refusal(
    "invalid_request_uri",
    "This request_uri is not one that this application was given, or it was used, or has expired.",
)


async def resolved(server: Server, came: AuthorizeRequest) -> AuthorizeRequest:
    """The request that `came` is or points to.

    With its `flaw` where it points to nothing: whether the app hears of that depends on the redirect URI
    that came along, if one did (checks.py).
    """
    if came.request_uri is None:
        return came
    if came.repeated:
        return flawed(came, Refusal("invalid_request", f"{came.repeated[0]} appears more than once."))
    if came.request is not None:
        return flawed(came, Refusal("invalid_request", "request and request_uri exclude each other."))
    async with server.db.reading() as tx:
        found = await store.bring(
            tx, came.request_uri, came.client_id, server.secrets.token_hash, server.clock.now()
        )
    if found is None:
        return flawed(came, _NOT_PUSHED)
    return found


def flawed(came: AuthorizeRequest, refusal: Refusal) -> AuthorizeRequest:
    """The request as it came, pointing to nothing that could be read."""
    return came.model_copy(update={"flaw": tuple(refusal)})
