"""An export in the making: written a piece of the log at a time, each remembered once it is on the disk.

Whoever is killed leaves more bytes than is remembered: these are cut off, and the next piece follows.
"""

import asyncio
import hashlib
import os
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import orjson

from consent.ledger.export import Followed
from consent.ledger.merkle import Range
from consent.ledger.store import hashes_of
from consent.ledger.tiles import TileError
from consent.taking.covering import outside
from consent.taking.job import Job, Order, put
from consent.taking.manifest import manifest_of
from consent.taking.parquet import write_parquet
from consent.taking.reading import Piece, count_retired, read_piece
from foundation.clock import Clock
from foundation.database import Database
from foundation.durable import sync

_PIECE = 2_000  # positions: what is in memory at once
_BLOCK = 1 << 20

Progress = Callable[[int, int], None]  # positions done, in all


async def make(db: Database, job: Job, clock: Clock, progress: Progress) -> Job:
    """Go on from where it is to the end. Raises what the database and the disk raise: then it is resumed."""
    try:
        while job.come.position < job.order.span.end:
            job = await _step(db, job)
            progress(job.done, job.whole)
        job = await _cover(db, job)
        come = replace(job.come, retired=await _retired(db, job.order), state="ready", ended_at=clock.now())
        return await _on_disk(lambda: _finish(replace(job, come=come)))
    except TileError:
        failed = replace(job, come=replace(job.come, state="failed", ended_at=clock.now()))
        failed.save()
        return failed


async def _step(db: Database, job: Job) -> Job:
    order, come = job.order, job.come
    piece = Piece(come.position, min(come.position + _PIECE, order.span.end))
    async with db.reading() as tx:
        rows = await read_piece(tx, order.filters, piece)
    gaps, covered = [], come.covered
    for row in rows:
        gaps += outside(Range(covered, row.position), order.size)
        covered = row.position + 1
    proof = await _hashes(db, gaps)
    return await _on_disk(lambda: _add(job, piece.end, covered, rows, proof))


async def _cover(db: Database, job: Job) -> Job:
    """End the proof: what lies after the last event taken."""
    come = job.come
    proof = await _hashes(db, outside(Range(come.covered, job.order.size), job.order.size))
    return await _on_disk(lambda: _add(job, come.position, job.order.size, [], proof))


async def _hashes(db: Database, gaps: Sequence[Range]) -> tuple[bytes, ...]:
    async with db.reading() as tx:
        return await hashes_of(tx, gaps)


async def _retired(db: Database, order: Order) -> int:
    async with db.reading() as tx:
        return await count_retired(tx, order.span)


async def _on_disk(work: Callable[[], Job]) -> Job:
    """Beside the loop; never left half done by whoever stops the server."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await task
        raise


def _add(job: Job, position: int, covered: int, rows: Sequence[Followed], proof: Sequence[bytes]) -> Job:
    come, made_as = job.come, job.order.made_as
    size = _append(job.lines, come.size, (b"" if come.size else made_as.head) + made_as.lines(rows))
    hashes = b"".join(b64encode(one) + b"\n" for one in proof)
    come = replace(
        come,
        position=position,
        covered=covered,
        rows=come.rows + len(rows),
        size=size,
        proof_size=_append(job.proof, come.proof_size, hashes),
        first_id=come.first_id or (rows[0].event_id if rows else ""),
        last_id=rows[-1].event_id if rows else come.last_id,
    )
    grown = replace(job, come=come)
    grown.save()
    return grown


def _append(path: Path, size: int, data: bytes) -> int:
    """Put data after the first `size` bytes of a file, and nothing after it; how long it is now."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.truncate(size)
        file.seek(size)
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    return size + len(data)


def _finish(job: Job) -> Job:
    if job.lines != job.file:
        write_parquet(job.lines, job.file)
        sync(job.file)
    sums = {path.name: sha256_of(path) for path in (job.file, job.proof)}
    manifest = orjson.dumps(manifest_of(job.order, job.come, sums), option=orjson.OPT_INDENT_2)
    put(job.manifest, manifest + b"\n")
    job.save()
    job.tidy()
    return job


def sha256_of(path: Path) -> str:
    """Of a file, in hexadecimal; in bounded memory."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
