"""`kill -9` while events are recorded, placed and signed: nothing acknowledged is lost, nothing is twice."""

import asyncio
import signal
import sys

from consent.ledger.lease import LEASE
from foundation.clock import DAY


async def lives_and_dies(log, lines: int) -> list[str]:
    """The ids that a program acknowledged before it was killed."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.consent.ledger.killed",
        log.url, log.key.private_bytes_raw().hex(), str(log.clock.now()),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    told = [await program.stdout.readline() for _ in range(lines)]
    program.send_signal(signal.SIGKILL)
    rest = await program.stdout.read()
    await program.wait()
    whole = [line for line in b"".join([*told, rest]).split(b"\n") if len(line) == 32]
    return [line.decode() for line in whole]


async def test_nothing_acknowledged_is_lost(log):
    acknowledged: list[str] = []
    for lines in (1, 90, 333):
        acknowledged += await lives_and_dies(log, lines)
        log.clock.advance(DAY)  # the dead one's lease is over
    await log.drain(log.another_sequencer())
    placed = [row[0] for row in await log.rows("SELECT event_id FROM ledger_entry")]
    assert set(acknowledged) <= set(placed)
    assert len(placed) == len(set(placed)) >= 424
    await log.check(events=len(placed))
    assert LEASE < DAY
