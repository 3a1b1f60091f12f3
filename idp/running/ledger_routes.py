"""The ledger over HTTP: its signed head, its key, the proof of an event. All public."""

from starlette.requests import Request
from starlette.responses import Response

from consent.ledger.notes.tlog_proof import SUFFIX
from consent.ledger.public import checkpoint_text, proof_answer, tlog_proof_text, vkey_text
from foundation.web.forms import parse_query
from foundation.web.lean import Table, json_response, text_response
from idp.context import Server

_FRESH = ((b"cache-control", b"no-cache"), (b"access-control-allow-origin", b"*"))


def ledger_table(server: Server) -> Table:
    """The lean endpoints of this module."""
    verifier = server.sequencer.verifier

    async def checkpoint(_request: Request) -> Response:
        async with server.db.reading() as tx:
            return text_response(await checkpoint_text(tx, verifier.name), _FRESH)

    async def vkey(_request: Request) -> Response:
        return text_response(vkey_text(verifier), _FRESH)

    async def proof(request: Request) -> Response:
        event_id = parse_query(request).single("event_id")
        async with server.db.reading() as tx:
            answer = await proof_answer(tx, verifier.name, event_id)
        return json_response(answer.body, answer.status, _FRESH)

    async def tlog_proof(request: Request) -> Response:
        event_id = parse_query(request).single("event_id")
        async with server.db.reading() as tx:
            text = await tlog_proof_text(tx, verifier.name, event_id)
        named = f'attachment; filename="accord-{event_id}{SUFFIX}"'.encode()
        return text_response(text, (*_FRESH, (b"content-disposition", named)))

    return {
        "/ledger/checkpoint": {"GET": checkpoint},
        "/ledger/vkey": {"GET": vkey},
        "/ledger/proof": {"GET": proof},
        "/ledger/tlog-proof": {"GET": tlog_proof},
    }
