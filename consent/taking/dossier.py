"""The dossier of a grant as one archive: what was shown, decided, read and told, each with what proves it."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from consent.ledger.leaf import LeafError, parse_leaf
from consent.ledger.notes.tlog_proof import SUFFIX
from consent.ledger.searching.find import Found, find
from consent.ledger.shelves import Window
from consent.records.notices import read_version
from consent.records.receipts import is_signed, read_claims
from consent.records.store import RecordRow, records_of_grant
from consent.rights import csv_files
from consent.rights.document import iso
from consent.rights.zipping import Parts, whole
from consent.taking.means import Means
from consent.taking.proving import Heads, proofs_of, read_heads
from consent.taking.readme import README
from foundation.database import Database

_READS = ("time", "event_id", "index", "client", "dataset", "fields", "items", "on_behalf_of")
_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Dossier:
    """Whose, and when it is taken (microseconds)."""

    db: Database
    means: Means
    origin: str
    grant_id: str
    now: int


async def parts(taken: Dossier) -> Parts:
    """The files, in the order of the archive."""
    opening = README.format(grant=taken.grant_id, made_at=iso(taken.now), issuer=taken.means.issuer)
    yield "LISEZMOI-README.txt", whole(csv_files.MARK + opening.replace("\n", "\r\n").encode())
    async for part in _papers(taken):
        yield part
    yield "reads.csv", _reads(taken)
    async with taken.db.reading() as tx:
        told = await taken.means.told(tx, taken.grant_id)
        heads = await read_heads(tx, taken.origin)
    yield "notifications.json", whole(_json([dict(one) for one in told]))
    async for part in _events(taken, heads):
        yield part
    yield "checkpoint", whole(heads.shown.note.encode())
    yield "keys/receipts.json", whole(_json(dict(await taken.means.keys())))
    yield "keys/log.vkey", whole(f"{taken.means.vkey}\n".encode())


async def _records(taken: Dossier) -> AsyncIterator[RecordRow]:
    last = ""
    while True:
        async with taken.db.reading() as tx:
            more = await records_of_grant(tx, taken.grant_id, after=last)
        for row in more:
            yield row
        if not more:
            return
        last = more[-1].event_id


async def _papers(taken: Dossier) -> Parts:
    """Each record, its receipt, and the page that was shown as it reads without anybody's values, once."""
    had: set[str | None] = {None}
    async for row in _records(taken):
        if row.notice_version not in had:
            async for part in _page(taken, str(row.notice_version)):
                yield part
        had.add(row.notice_version)
        yield f"records/{row.event_id}.json", whole(_json(read_claims(row.receipt)))
        if is_signed(row.receipt):
            yield f"receipts/{row.event_id}.jws", whole(row.receipt.encode())


async def _page(taken: Dossier, version: str) -> Parts:
    async with taken.db.reading() as tx:
        page = await read_version(tx, version)
    if page is not None:
        yield f"pages/{version}.html", whole(page.text.encode())


async def _found(taken: Dossier) -> AsyncIterator[list[Found]]:
    """All events of the grant, oldest first, a page at a time."""
    window = Window.of(None, None)
    while True:
        async with taken.db.reading() as tx:
            page = await find(tx, {"grant": taken.grant_id}, window, _AT_ONCE, ascending=True)
        yield page
        if len(page) < _AT_ONCE:
            return
        window = window.after(page[-1].event_id)


async def _reads(taken: Dossier) -> AsyncIterator[bytes]:
    yield csv_files.MARK + csv_files.lines([_READS])
    async for page in _found(taken):
        yield csv_files.lines([line for one in page if (line := _line(one))])


def _line(found: Found) -> list[Any]:
    """What the table says of an event; nothing of one that is no read, or whose leaf cannot be read."""
    try:
        leaf = parse_leaf(found.leaf)
    except LeafError:
        return []
    if leaf.event != "data.read":
        return []
    told = [leaf.facts.get(name) for name in ("dataset", "fields", "count", "behalf")]
    return [iso(leaf.time), found.event_id, found.position, leaf.client, *told]


async def _events(taken: Dossier, heads: Heads) -> Parts:
    """Each event word for word, with its proof once a signed head covers it."""
    async for page in _found(taken):
        async with taken.db.reading() as tx:
            proofs = await proofs_of(tx, heads, [one.position for one in page])
        for found, proof in zip(page, proofs, strict=True):
            yield f"events/{found.event_id}.json", whole(found.leaf.encode())
            if proof is not None:
                yield f"events/{found.event_id}{SUFFIX}", whole(proof().text().encode())
            await asyncio.sleep(0)  # beside a working server: its requests come first


def _json(document: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
