"""POST /par (RFC 9126 section 2): authenticate as at the token endpoint, check all of it, keep it."""

from collections.abc import Mapping
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from foundation.clock import SECOND
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.web.forms import read_protocol_form
from foundation.web.lean import Endpoint, json_response
from idp.authorize.checks import Refusal, after_trust, before_trust, first_refusal
from idp.authorize.defaults import completed
from idp.authorize.openings import Openings
from idp.authorize.pushed import store
from idp.authorize.request import REPEATABLE, AuthorizeRequest, parse_request
from idp.authorize.sources import Sources
from idp.clients.registry import Client
from idp.context import Server
from idp.dpop import checking as dpop
from idp.dpop.proof import ALGORITHMS
from idp.fapi import rules as fapi
from idp.people.throttle import Throttle
from idp.token.calling import Door, prove_app, spend
from keys.seal import derive

PUSHED_PATH = "/par"
_NO_STORE = ((b"cache-control", b"no-store"),)


class _Push(NamedTuple):
    """What was decided of a push: a request to keep, or why not."""

    asked: AuthorizeRequest
    refusal: Refusal | None


def pushed_endpoint(server: Server) -> Endpoint:
    """The endpoint."""
    throttle = Throttle(derive(server.secrets.lookup, "accord throttle v1"))
    openings = Openings(throttle, server.settings)

    door = Door(server, named=PUSHED_PATH)  # RFC 9126 section 2

    async def push(request: Request) -> Response:
        form = await read_protocol_form(request, repeatable=REPEATABLE)
        proof = dpop.proof_of_app(server, request)
        authenticated = (await prove_app(door, request, form)).authenticated
        pushed = await _decide(server, authenticated.client, form)
        if proof is not None and pushed.refusal is None:
            pushed = _bound_to(pushed.asked, proof, authenticated.client)
        now = server.clock.now()
        lifetime = server.settings.pushed_request_seconds
        async with server.db.transaction() as tx:
            await spend(tx, authenticated.use)
            if proof is not None:
                await dpop.spend(tx, proof)
            if pushed.refusal is None:
                await openings.count_app(tx, authenticated.client, request, now)
                key, expires_at = server.secrets.token_hash, now + lifetime * SECOND
                request_uri = await store.keep(tx, pushed.asked, key, expires_at)
        if pushed.refusal is not None:  # an assertion is spent even by a push that was refused
            raise AccordError(pushed.refusal.error, pushed.refusal.description)
        answer = {"request_uri": request_uri, "expires_in": lifetime}
        return json_response(answer, 201, _NO_STORE if proof is None else (*_NO_STORE, *proof.headers))

    return push


async def _decide(server: Server, client: Client, form: Mapping[str, str]) -> _Push:
    """The request in the form, checked as it will be again when a browser brings it."""
    asked = parse_request({name: [value] for name, value in form.items()})
    if asked.request_uri is not None:
        refusal = Refusal("invalid_request", "request_uri is what this endpoint gives: push the request.")
        return _Push(asked, refusal)
    asked = asked.model_copy(update={"client_id": client.id, "pushed": new_id(server.clock.now())})
    if asked.request is not None:
        asked = await Sources(server, _nothing_to_fetch).signed(asked, asked.request, client)
    if asked.flaw is not None:
        return _Push(asked, Refusal(*asked.flaw))
    asked = completed(asked, client)
    checks = (*before_trust(asked), *after_trust(server.settings, asked))
    return _Push(asked, first_refusal(checks, asked, client))


def _bound_to(asked: AuthorizeRequest, proof: dpop.Shown, client: Client) -> _Push:
    """A proof beside a push binds the code to its key, as dpop_jkt would (RFC 9449 section 10.1)."""
    refusal = None
    if asked.dpop_jkt not in {None, proof.jkt}:
        refusal = Refusal("invalid_dpop_proof", "dpop_jkt names another key than that of the DPoP proof.")
    if proof.proof.alg not in fapi.algorithms_of(client.metadata, ALGORITHMS):
        problem = "The DPoP proof is signed by an algorithm that this application may not use."
        refusal = Refusal("invalid_dpop_proof", problem)
    return _Push(asked.model_copy(update={"dpop_jkt": proof.jkt}), refusal)


async def _nothing_to_fetch() -> None:
    """An object is pushed by value; keys that an app publishes are asked for once a minute at most."""
