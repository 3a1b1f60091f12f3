"""What the ledger's tests share: a naive tree to compare with, and a log to work on and to tamper with."""

import asyncio
import hashlib
import os
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import asyncpg
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.events import DataRead
from consent.ledger.append import Ledger, Recorded
from consent.ledger.events import Event
from consent.ledger.merkle import EMPTY_ROOT, node_hash
from consent.ledger.notes.note import Signer, Verifier
from consent.ledger.privacy import refuse_personal
from consent.ledger.sequencing.sequencer import Pace, Sequencer
from consent.ledger.verifying.verdict import Verdict
from consent.ledger.verifying.verify import verify
from foundation.clock import FrozenClock
from foundation.database import Database, Transaction
from keys.people import PersonSecrets

VECTORS = Path(__file__).parents[2] / "vectors"


@cache
def hashes(count: int) -> list[bytes]:
    """`count` different leaf hashes, always the same ones."""
    return [hashlib.sha256(b"\x00leaf %d" % number).digest() for number in range(count)]


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word: the oracle."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(tree_hash(leaves[:middle]), tree_hash(leaves[middle:]))


ORIGIN = "accord.test/ledger"


def signer_of(name: str, key: Ed25519PrivateKey | None = None) -> Signer:
    """Signs notes with a key that is at hand."""
    key = key or Ed25519PrivateKey.generate()

    async def by(text: str) -> bytes:
        return key.sign(text.encode())

    return Signer(Verifier(name, key.public_key().public_bytes_raw()), by)


def read(count: int = 1, *, client: str = "coach", grant: str = "a" * 32) -> DataRead:
    return DataRead(
        client=client,
        grant=grant,
        revision=1,
        scopes="skills",
        dataset="skills",
        fields="label level",
        count=count,
        items=tuple(f"item{number}" for number in range(count)),
    )


def fresh_secrets() -> PersonSecrets:
    return PersonSecrets(os.urandom(32), os.urandom(32))


class Log:
    """A ledger under test: what a server does with it, and the way behind its back."""

    def __init__(
        self, db: Database, url: str, clock: FrozenClock, key: Ed25519PrivateKey | None = None
    ) -> None:
        self.db = db
        self.url = url
        self.clock = clock
        self.key = key or Ed25519PrivateKey.generate()
        self.signer = signer_of(ORIGIN, self.key)
        self.person = fresh_secrets()
        self.ledger = Ledger(inspect=refuse_personal)
        self.sequencer = self.another_sequencer(batch=1_000)

    def another_sequencer(self, db: Any = None, **pace: Any) -> Sequencer:
        return Sequencer(db or self.db, self.signer, self.clock, Pace(**pace))

    # --- the server's part

    async def append(self, tx: Transaction, event: Event, person: PersonSecrets | None = None) -> Recorded:
        return await self.ledger.append(
            tx, event, person=person or self.person, now=self.clock.now(), request_id="4bf92f3577b34da6"
        )

    async def write(self, event: Event | None = None, person: PersonSecrets | None = None) -> Recorded:
        """One event, in a unit of its own, a millisecond after the one before."""
        self.clock.advance(1_000)
        async with self.db.transaction() as tx:
            return await self.append(tx, event or read(), person)

    async def write_many(self, count: int) -> list[Recorded]:
        """`count` events in one unit."""
        written = []
        async with self.db.transaction() as tx:
            for number in range(count):
                self.clock.advance(1_000)
                written.append(await self.append(tx, read(number % 3)))
        return written

    async def drain(self, sequencer: Sequencer | None = None) -> None:
        """Passes until all is signed."""
        while await (sequencer or self.sequencer).advance(sign_now=True):
            pass

    async def verdict(self) -> Verdict:
        return await verify(self.db, [self.signer.verifier])

    async def check(self, *, events: int) -> None:
        """Nothing lost, nothing twice, everything signed."""
        verdict = await self.verdict()
        assert verdict.ok, verdict.message()
        assert (verdict.events, verdict.signed, verdict.waiting) == (events, events, 0)

    # --- what someone with the database's password could see and do; `?` stands for a value on both engines

    async def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        if self.db.dialect == "sqlite":
            await asyncio.sleep(0)  # a unit that just failed lets go of the writer in the loop's next turn
            with closing(self._sqlite()) as connection:
                return connection.execute(sql, values).fetchall()
        connection = await asyncpg.connect(self.url)
        try:
            return [tuple(row) for row in await connection.fetch(_numbered(sql), *values)]
        finally:
            await connection.close()

    async def value(self, sql: str, *values: Any) -> Any:
        return (await self.rows(sql, *values))[0][0]

    async def tamper(self, sql: str, *values: Any) -> None:
        if self.db.dialect == "sqlite":
            await asyncio.sleep(0)
            with closing(self._sqlite()) as connection:
                connection.execute(sql, values)
            return
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(_numbered(sql), *values)
        finally:
            await connection.close()

    def _sqlite(self) -> sqlite3.Connection:
        return sqlite3.connect(self.url.removeprefix("sqlite:///"), timeout=5, isolation_level=None)


def _numbered(sql: str) -> str:
    parts = sql.split("?")
    return parts[0] + "".join(f"${number}{part}" for number, part in enumerate(parts[1:], 1))
