"""What the world needs to check receipts without us: keys for ever, schemas, the context."""

import contextlib
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from consent.ledger.notes.note import Verifier
from consent.ledger.sequencing.apart import head_of
from consent.ledger.sequencing.origins import Opened, opened_origins
from consent.records.documents import SCHEMAS, SCHEMAS_PATH, published
from consent.records.vocabulary import CONTEXT_PATH, context_document
from foundation.clock import SECOND, to_datetime
from foundation.web.lean import Endpoint, Table, json_response
from idp.context import Server
from idp.receipts.archive import archived_keys
from keys.lifecycle import JWKS_MAX_AGE
from keys.ring import KeyRow

RECEIPT_JWKS_PATH = "/receipts/jwks"
KEY_FILE = "receipt-keys.json"
_CACHE = (
    (b"cache-control", b"public, max-age=%d" % (JWKS_MAX_AGE // SECOND)),
    (b"access-control-allow-origin", b"*"),
)
_FOREVER = ((b"cache-control", b"public, max-age=86400"), (b"access-control-allow-origin", b"*"))


async def key_file(server: Server) -> dict[str, Any]:
    """A JWK Set (RFC 7517) of every key that ever signed receipts: a set of its own, no token's.

    With each key's dates and the event that archived it, and the ledger's own key: enough to check a receipt
    for ever, apart from us.
    """
    async with server.db.reading() as tx:
        archived, opened = await archived_keys(tx), await opened_origins(tx)
    return {
        "issuer": server.issuer,
        "keys": [_key(row, archived) for row in server.ring.rows() if row.purpose == "receipt"],
        "ledger": _log(server.sequencer.verifier, opened),
    }


def _log(verifier: Verifier, opened: Sequence[Opened]) -> dict[str, Any]:
    """The ledger's key; where a restore made it go on under another name, those before with their heads."""
    log: dict[str, Any] = {"origin": verifier.name, "vkey": verifier.vkey}
    before = [(head_of(one.follows).origin, one.follows) for one in opened]
    if before:
        log["earlier"] = [
            {"origin": name, "vkey": Verifier(name, verifier.public).vkey, "checkpoint": note}
            for name, note in before
        ]
    return log


def receipts_table(server: Server) -> Table:
    """The lean endpoints of this module."""

    async def jwks(_request: Request) -> Response:
        return json_response(await key_file(server), headers=_CACHE)

    context = _document(context_document())
    schemas = {f"{SCHEMAS_PATH}{name}.json": _document(published(name, server.issuer)) for name in SCHEMAS}
    return {
        RECEIPT_JWKS_PATH: {"GET": jwks},
        CONTEXT_PATH: {"GET": context},
        **{path: {"GET": document} for path, document in schemas.items()},
    }


def _document(body: dict[str, Any]) -> Endpoint:
    async def document(_request: Request) -> Response:
        return json_response(body, headers=_FOREVER)

    return document


async def keep_key_file(server: Server) -> None:
    """The same file in the data directory, for `accord receipt verify` without database or network."""
    path = server.settings.data_dir / KEY_FILE
    body = orjson.dumps(await key_file(server), option=orjson.OPT_INDENT_2)
    # A directory that cannot be written is no reason to stop: the file is also at its address.
    with contextlib.suppress(OSError):
        if not path.exists() or path.read_bytes() != body:
            _replace(path, body)


def _replace(path: Path, body: bytes) -> None:
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(body)
    draft.replace(path)


def _key(row: KeyRow, archived: Mapping[str, str]) -> dict[str, Any]:
    jwk: dict[str, Any] = orjson.loads(row.public_jwk)
    return jwk | {
        "staged_at": _moment(row.staged_at),
        "activated_at": _moment(row.activated_at),
        "retired_at": _moment(row.retired_at),
        "revoked_at": _moment(row.revoked_at),
        "archived_in": archived.get(row.kid),
    }


def _moment(microseconds: int | None) -> str | None:
    return None if microseconds is None else to_datetime(microseconds).isoformat(timespec="seconds")
