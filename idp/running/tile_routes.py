"""The ledger as files over HTTP (C2SP tlog-tiles): hashes for everyone, leaves for auditors.

A tile never changes, whatever its width, so it may be kept for ever. A bundle of leaves is shown to a session
of the role auditor alone, each look is an event, and nothing keeps it: its leaves will be retired.
"""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.events import AuditorSearched
from consent.ledger.files.bundles import read_bundles
from consent.ledger.files.layout import ENTRIES, Part, parse_path, width_of
from consent.ledger.merkle import HASH_BYTES
from consent.ledger.store import read_head, read_tiles
from consent.ledger.tiles import WIDTH, TileId
from foundation.database import Transaction
from foundation.errors import AccordError
from idp.context import Server
from idp.people.access import Access
from idp.people.session import Session

_MEDIA = "application/octet-stream"
_FOR_EVER = {"cache-control": "public, max-age=31536000, immutable", "access-control-allow-origin": "*"}
_NOT_KEPT = {"cache-control": "no-store"}


def tile_router(server: Server, access: Access) -> APIRouter:
    """`/ledger/tile/…`."""
    router = APIRouter(prefix="/ledger", include_in_schema=False)
    files = _Files(server, access)
    router.add_api_route("/tile/entries/{number:path}", files.entries, methods=["GET"])
    router.add_api_route("/tile/{level}/{number:path}", files.tile, methods=["GET"])
    return router


class _Files:
    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._auditor = access.require_role("auditor")

    async def tile(self, request: Request, level: str, number: str) -> Response:
        """256 hashes, or those that a tree of the log began with."""
        request.scope["state"]["kind"] = "json"
        part = _named(f"tile/{level}/{number}")
        tile = TileId(part.level or 0, part.number)
        async with self._server.db.reading() as tx:
            await self._signed(tx, part)
            hashes = (await read_tiles(tx, [tile])).get(tile, b"")
        return Response(hashes[: part.width * HASH_BYTES], media_type=_MEDIA, headers=_FOR_EVER)

    async def entries(self, request: Request, number: str) -> Response:
        """The leaves of a tile; for auditors."""
        request.scope["state"]["kind"] = "json"
        session = await self._auditor(request)
        part = _named(f"{ENTRIES}{number}")
        async with self._server.db.reading() as tx:
            await self._signed(tx, part)
        await self._record(request, session, part)
        first = part.number * WIDTH
        async with self._server.db.reading() as tx:
            bundles = await read_bundles(tx, first, first + part.width)
        entries = b"".join(bundle.entries for bundle in bundles)  # one; none where the rows are gone
        return Response(entries, media_type=_MEDIA, headers=_NOT_KEPT)

    async def _signed(self, tx: Transaction, part: Part) -> None:
        """Refuse what the last signed tree does not have."""
        head = await read_head(tx, self._server.sequencer.verifier.name)
        if head is None or part.width > width_of(part.level or 0, part.number, head.size):
            raise _no_such_tile()

    async def _record(self, request: Request, session: Session, part: Part) -> None:
        """Commit the look before it shows anything."""
        event = AuditorSearched(view="bundle", filters="bundle", first_page=True, criteria=part.path)
        trace = request.scope["state"]["trace_id"]
        async with self._server.db.transaction() as tx:
            await self._server.ledger.append(
                tx, event, person=session.person, now=self._server.clock.now(), request_id=trace
            )


def _named(path: str) -> Part:
    part = parse_path(path)
    if part is None:
        raise _no_such_tile()
    return part


def _no_such_tile() -> AccordError:
    return AccordError("no_such_tile", "The log has no tile of this name.", status=404)
