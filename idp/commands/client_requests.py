"""`accord client requests`: how an app asks and is answered (docs/requests.md), where it may send people."""

from typing import Annotated, Any

import orjson
import typer
from pydantic import ValidationError

from foundation.errors import AccordError
from idp.clients.events import ClientRequestsSet
from idp.clients.members.backchannel import Backchannel
from idp.clients.members.encrypting import Encrypting
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import find_client
from idp.clients.subjects import check_subjects_stay
from idp.clients.versions import HOLD_APP, PUT_METADATA
from idp.commands.output import AsJson, fail, show, with_server
from idp.context import Server
from idp.registration.reaching import check_reachable

# What its tokens are like (docs/tokens.md).
_TOKENS = (
    "access_token_format",
    "access_token_seconds",
    "id_token_seconds",
    "refresh_token_seconds",
    "refresh_token_idle_seconds",
    "may_act",
    "subject_type",
    "sector_identifier_uri",
)
MEMBERS = (
    "require_pushed_authorization_requests",
    "request_object_signing_alg",
    "require_signed_request_object",
    "request_uris",
    "response_modes",
    "authorization_signed_response_alg",
    "default_max_age",
    "default_acr_values",
    "post_logout_redirect_uris",
    "backchannel_logout_uri",
    "backchannel_logout_session_required",
    "frontchannel_logout_uri",
    "frontchannel_logout_session_required",
    *Encrypting.model_fields,
    *Backchannel.model_fields,
    *_TOKENS,
)
_LISTS = {"request_uris", "response_modes", "default_acr_values", "post_logout_redirect_uris", "may_act"}


def requests(
    client_id: str,
    set_: Annotated[
        list[str], typer.Option("--set", help=f"NAME=VALUE, repeated; NAME is one of {', '.join(MEMBERS)}.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say how an app asks and is answered; an empty VALUE goes back to what holds for every app."""
    changed = dict(_member(one) for one in set_)
    show(with_server(lambda server: _change(server, client_id, changed)), as_json=as_json)


def _member(text: str) -> tuple[str, Any]:
    name, equals, value = text.partition("=")
    if name not in MEMBERS or not equals:
        raise fail(f"--set is NAME=VALUE; NAME is one of {', '.join(MEMBERS)}")
    if not value:
        return name, ClientMetadata.model_fields[name].default
    if name in _LISTS:
        return name, value.split(",")
    return name, value


async def _change(server: Server, client_id: str, changed: dict[str, Any]) -> dict[str, Any]:
    now = server.clock.now()
    if changed.get("sector_identifier_uri"):
        await _check_sector(server, client_id, changed)
    async with server.db.transaction() as tx:
        held = await tx.first(HOLD_APP, client_id=client_id)
        if held is None:
            raise AccordError("unknown_client", f"{client_id} is not a registered app.")
        before = orjson.loads(held.metadata_json)
        metadata = _validated(before | changed)
        await check_subjects_stay(tx, client_id, _validated(before), metadata)
        for uri in metadata.request_uris:
            server.outbound.check(uri.partition("#")[0])
        await tx.run(PUT_METADATA, client_id=client_id, text=metadata.model_dump_json())
        event = ClientRequestsSet(client=client_id, members=" ".join(changed))
        await server.ledger.append(tx, event, person=None, now=now, request_id=None)
    return {"client_id": client_id, **metadata.model_dump(mode="json", include=set(MEMBERS))}


async def _check_sector(server: Server, client_id: str, changed: dict[str, Any]) -> None:
    """A sector is fetched, and names the app's addresses; before the unit, which waits for nobody."""
    async with server.db.reading() as tx:
        client = await find_client(tx, client_id)
    if client is not None:
        after = _validated(client.metadata.model_dump(mode="json") | changed)
        await check_reachable(server.outbound, after)


def _validated(fields: dict[str, Any]) -> ClientMetadata:
    try:
        return ClientMetadata.model_validate_json(orjson.dumps(fields))
    except ValidationError as error:
        problems = [str(one["msg"]).removeprefix("Value error, ") for one in error.errors()]
        raise AccordError("bad_client", "; ".join(problems)) from None
