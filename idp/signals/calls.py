"""Calls of apps to this room's endpoints: a JSON object, from an app that proves who it is as at /token.

An app of `client_secret_basic` sends its header. One of `client_secret_post` or `private_key_jwt` puts the
parameters that it would put into a form into the object. A public client cannot prove who it is: refused.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from starlette.requests import Request

from foundation.errors import AccordError
from foundation.web.json_body import read_json_object
from idp.clients.assertion import AssertionUse
from idp.clients.authentication import authorization_of, invalid_client
from idp.clients.registry import Client
from idp.context import Server
from idp.token.calling import Door, prove_app

_CREDENTIALS = ("client_id", "client_secret", "client_assertion", "client_assertion_type")


class Call(NamedTuple):
    """A proved call. use: of the assertion that proved it, to be spent in the unit of what it does."""

    client: Client
    said: Mapping[str, Any]
    use: AssertionUse | None


def bad_call(description: str) -> AccordError:
    """The call is not what this endpoint takes."""
    return AccordError("invalid_request", description)


async def read_call(server: Server, request: Request) -> Call:
    """Who calls, and what it says. Raises AccordError `invalid_request`, `invalid_client`."""
    said = await read_json_object(request)
    given = {name: said.pop(name) for name in _CREDENTIALS if name in said}
    if not all(isinstance(value, str) for value in given.values()):
        raise bad_call("Credentials are texts.")
    if authorization_of(request) is None and not given:
        raise invalid_client("nobody")  # RFC 8936 section 2.5: 401, for an object has no parameters of a form
    proved = (await prove_app(Door(server), request, given)).authenticated
    if proved.client.metadata.auth_method == "none":
        raise invalid_client("a public client")
    return Call(proved.client, said, proved.use)


def member(said: Mapping[str, Any], name: str, kind: type, default: Any = None) -> Any:  # noqa: ANN401  # of the kind
    """A member of an object; `default` when it is absent. Raises AccordError for another kind."""
    value = said.get(name, default)
    if value is not default and type(value) is not kind:
        words = {
            str: "a text",
            int: "a whole number",
            bool: "true or false",
            list: "a list",
            dict: "an object",
        }
        raise bad_call(f"{name} is {words[kind]}.")
    return value


def texts(values: list[Any], name: str, *, most: int) -> list[str]:
    """A short list of texts. Raises AccordError for anything else."""
    if len(values) > most:
        raise bad_call(f"{name} has {most} entries at most.")
    if not all(isinstance(value, str) for value in values):
        raise bad_call(f"{name} is a list of texts.")
    return values
