"""The ledger over HTTP: its signed head, its key, the proof of an event. All public."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from consent.ledger.public import checkpoint_text, proof_answer, vkey_text
from foundation.web.forms import parse_query
from foundation.web.lean import Table, json_response
from idp.context import Server

_FRESH = {"Cache-Control": "no-cache", "Access-Control-Allow-Origin": "*"}


def ledger_table(server: Server) -> Table:
    """The lean endpoints of this module."""
    verifier = server.sequencer.verifier

    async def checkpoint(_request: Request) -> Response:
        async with server.db.reading() as tx:
            return PlainTextResponse(await checkpoint_text(tx, verifier.name), headers=_FRESH)

    async def vkey(_request: Request) -> Response:
        return PlainTextResponse(vkey_text(verifier), headers=_FRESH)

    async def proof(request: Request) -> Response:
        event_id = parse_query(request).single("event_id")
        async with server.db.reading() as tx:
            answer = await proof_answer(tx, verifier.name, event_id)
        return json_response(answer.body, answer.status, _FRESH)

    return {
        "/ledger/checkpoint": {"GET": checkpoint},
        "/ledger/vkey": {"GET": vkey},
        "/ledger/proof": {"GET": proof},
    }
