"""The dossier of a grant as one archive: what was shown, decided, read and told, each with what proves it."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from consent.ledger.notes.tlog_proof import SUFFIX, TlogProof
from consent.ledger.proofs import Inclusion, prove
from consent.ledger.public import checkpoint_text
from consent.ledger.searching.search import MAX_PAGE, Row, dossier
from consent.pages.stored import read_event
from consent.records.notices import read_version
from consent.records.receipts import is_signed, read_claims
from consent.records.store import RecordRow, records_of_grant
from consent.rights import csv_files
from consent.rights.document import iso
from consent.rights.zipping import Parts, whole
from consent.taking.means import Means
from consent.taking.readme import README
from foundation.database import Database

_READS = ("time", "event_id", "index", "client", "dataset", "fields", "items", "on_behalf_of")


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
    records = await _records(taken)
    async for part in _papers(taken, records):
        yield part
    yield "reads.csv", _reads(taken)
    async with taken.db.reading() as tx:
        told = await taken.means.told(tx, taken.grant_id)
        checkpoint = await checkpoint_text(tx, taken.origin)
    yield "notifications.json", whole(_json([dict(one) for one in told]))
    async for part in _events(taken):
        yield part
    yield "checkpoint", whole(checkpoint.encode())
    yield "keys/receipts.json", whole(_json(dict(await taken.means.keys())))
    yield "keys/log.vkey", whole(f"{taken.means.vkey}\n".encode())


async def _records(taken: Dossier) -> list[RecordRow]:
    found: list[RecordRow] = []
    while True:
        async with taken.db.reading() as tx:
            more = await records_of_grant(tx, taken.grant_id, after=found[-1].event_id if found else "")
        if not more:
            return found
        found += more


async def _papers(taken: Dossier, records: list[RecordRow]) -> Parts:
    """Each page that was shown, as it reads without anybody's values, once; each record and its receipt."""
    for version in dict.fromkeys(row.notice_version for row in records if row.notice_version is not None):
        async with taken.db.reading() as tx:
            page = await read_version(tx, version)
        if page is not None:
            yield f"pages/{version}.html", whole(page.text.encode())
    for row in records:
        yield f"records/{row.event_id}.json", whole(_json(read_claims(row.receipt)))
        if is_signed(row.receipt):
            yield f"receipts/{row.event_id}.jws", whole(row.receipt.encode())


async def _rows(taken: Dossier) -> AsyncIterator[Row]:
    cursor: str | None = None
    while True:
        async with taken.db.reading() as tx:
            page = await dossier(tx, taken.origin, taken.grant_id, cursor=cursor, limit=MAX_PAGE)
        for row in page.rows:
            yield row
        if page.cursor is None:
            return
        cursor = page.cursor


async def _reads(taken: Dossier) -> AsyncIterator[bytes]:
    yield csv_files.MARK + csv_files.lines([_READS])
    async for row in _rows(taken):
        if row.leaf is not None and row.leaf.event == "data.read":
            facts = row.leaf.facts
            told = [facts.get(name) for name in ("dataset", "fields", "count", "behalf")]
            yield csv_files.lines([[iso(row.leaf.time), row.event_id, row.position, row.leaf.client, *told]])


async def _events(taken: Dossier) -> Parts:
    """Each event word for word, with its proof once a signed head covers it."""
    async for row in _rows(taken):
        async with taken.db.reading() as tx:
            stored = await read_event(tx, None, row.event_id)
            proof = await prove(tx, taken.origin, row.event_id)
        if stored is not None:
            yield f"events/{row.event_id}.json", whole(stored.text.encode())
        if isinstance(proof, Inclusion):
            text = TlogProof(proof.position, proof.proof, proof.note).text()
            yield f"events/{row.event_id}{SUFFIX}", whole(text.encode())


def _json(document: Mapping[str, Any] | list[dict[str, Any]]) -> bytes:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"
