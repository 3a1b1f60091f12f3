"""A program to be killed: it records events and sequences them, and says each id once it is durable.

python -m tests.consent.ledger.killed <database url> <hexadecimal private key> <time to start from>
"""

import asyncio
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from foundation.clock import FrozenClock
from foundation.database import open_database
from tests.consent.ledger.support import Log


async def work(url: str, key: str, now: str) -> None:
    db = open_database(url)
    await db.start()
    log = Log(db, url, FrozenClock(int(now)), Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)))
    await log.another_sequencer(batch=20, interval=0.0, checkpoint_every=0).start()

    async def write() -> None:
        while True:
            written = await log.write()
            sys.stdout.write(f"{written.event_id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(write() for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
