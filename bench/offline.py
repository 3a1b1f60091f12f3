"""`python -m bench.offline`: how fast a log that was taken away is verified, with no database.

By hand, not a timed test. The files are those of `accord ledger export --layout tiles`, of reads as a server
records them; they are verified as `accord ledger verify --files` does: by this process alone, then by every
core.
"""

import asyncio
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bench.databases import say
from consent.events import DataRead
from consent.ledger.append import Ledger
from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.layout import CHECKPOINT, ENTRIES, Part, join_entries, tile_part
from consent.ledger.files.reading import Folder
from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import HASH_BYTES, Range
from consent.ledger.notes.checkpoint import sign_checkpoint
from consent.ledger.notes.note import Signer, Verifier
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.tiles import WIDTH, extend, hash_of
from idp.commands.ledger_files import crowd
from keys.people import PersonSecrets

ROUNDS = 3


def main(
    events: Annotated[int, typer.Option(help="How long the log is.", min=WIDTH)] = 1_000_000,
) -> None:
    """Print how many events a second are verified."""
    with tempfile.TemporaryDirectory() as folder, crowd() as helpers:
        log = asyncio.run(_write(Path(folder), events))
        asked = Asked(unwitnessed(log))
        for name, each in {
            "one process, leaves of any kind (--opaque)": asked._replace(opaque=True),
            "one process": asked,
            "every core, as the command does": asked._replace(crowd=helpers),
        }.items():
            rates = []
            for _ in range(ROUNDS):
                begun = time.perf_counter()
                checked = check_files(Folder(Path(folder)), each)
                rates.append(f"{events / (time.perf_counter() - begun):,.0f}")
                if not checked.ok:
                    raise typer.Exit(1)
            say(f"{events:,} events verified, {name}: {', '.join(rates)} a second")
    most = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    say(f"most memory of a process: {most // 1024} MiB, the log's making included")


async def _write(folder: Path, events: int) -> Verifier:
    """The files of a log; its key."""
    ledger, person = Ledger(), PersonSecrets(os.urandom(32), os.urandom(32))
    read = DataRead(
        client="app", grant="a" * 32, revision=1, scopes="skills", dataset="skills", fields="label level",
        count=4, items=("s1", "s2", "s3", "s4"),
    )  # fmt: skip
    begun = time.time_ns() // 1000 - events
    hashes: list[bytes] = []
    for first in range(0, events, WIDTH):
        leaves = [
            ledger.draft(read, person=person, now=begun + at, request_id="0" * 32).leaf
            for at in range(first, min(first + WIDTH, events))
        ]
        hashes += map(leaf_hash, leaves)
        _put(folder / Part(ENTRIES, first // WIDTH, len(leaves)).path, join_entries(leaves))
    tiles = extend(0, {}, hashes)
    for tile, data in tiles.items():
        _put(folder / tile_part(tile, len(data) // HASH_BYTES).path, data)
    key = Ed25519PrivateKey.generate()
    log = Verifier("log.example/ledger", key.public_key().public_bytes_raw())

    async def sign(text: str) -> bytes:
        return key.sign(text.encode())

    note = await sign_checkpoint(Signer(log, sign), events, hash_of(Range(0, events), tiles))
    _put(folder / CHECKPOINT, note.encode())
    return log


def _put(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


if __name__ == "__main__":
    typer.run(main)
