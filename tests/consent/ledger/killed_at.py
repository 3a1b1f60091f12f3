"""A program of many lives: in each, the next step of recording and sequencing an event is its last.

python -m tests.consent.ledger.killed_at <database url> <hexadecimal private key> <time to start from>

Each life is a fork that kills itself (SIGKILL) before a statement, before a commit, or while one is under
way, and says the id of its event when that is durable. It ends when a life meets no step to die at.
"""

import asyncio
import os
import signal
import sys

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from consent.ledger.sequencing.lease import LEASE
from foundation.clock import FrozenClock
from foundation.database import open_database
from tests.consent.ledger.support import Log


class Mortal:
    """A database whose process dies at the nth step."""

    def __init__(self, db, left: int) -> None:
        self.db, self.dialect, self.shared = db, db.dialect, db.shared
        self.left = left

    def reading(self, *, ahead=False):
        return self.db.reading(ahead=ahead)

    def transaction(self):
        return _MortalUnit(self)

    def step(self) -> bool:
        """Whether this one is the last."""
        self.left -= 1
        return self.left == -1

    def die(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class _MortalUnit:
    def __init__(self, mortal: Mortal) -> None:
        self.mortal = mortal
        self.unit = mortal.db.transaction()

    async def __aenter__(self):
        self.tx = await self.unit.__aenter__()
        return self

    async def __aexit__(self, kind, error, trace):
        if error is None and self.mortal.step():
            self.mortal.die()
        if error is None and self.mortal.step():  # whether it is stored is then anybody's guess
            asyncio.get_running_loop().call_later(0.000_2, self.mortal.die)
        return await self.unit.__aexit__(kind, error, trace)

    def __getattr__(self, name):
        real = getattr(self.tx, name)

        async def call(*args, **values):
            if self.mortal.step():
                self.mortal.die()
            return await real(*args, **values)

        return call


async def live(url: str, key: str, now: int, steps: int) -> None:
    """One event, from its recording to the signed head that covers it."""
    db = open_database(url)
    await db.start()
    mortal = Mortal(db, steps)
    log = Log(mortal, url, FrozenClock(now), Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key)))
    written = await log.write()
    os.write(1, f"{written.event_id}\n".encode())
    await log.another_sequencer(batch=50).advance(sign_now=True)
    await db.stop()
    if mortal.left < 0:  # died at the commit under way, and that was over sooner
        mortal.die()


def lives(url: str, key: str, now: str) -> None:
    steps, survived = 0, False
    while not survived:
        child = os.fork()
        if not child:
            asyncio.run(live(url, key, int(now) + 2 * steps * LEASE, steps))
            os._exit(0)
        survived = os.waitpid(child, 0)[1] == 0
        steps += 1
    os.write(1, f"{steps} lives\n".encode())


if __name__ == "__main__":
    lives(*sys.argv[1:])
