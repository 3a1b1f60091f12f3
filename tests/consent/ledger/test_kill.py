"""`kill -9` while events are recorded, placed and signed: nothing acknowledged is lost, nothing is twice."""

import asyncio
import signal
import sys

from consent.ledger.sequencing.lease import LEASE
from foundation.clock import DAY


async def start(log, program: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"tests.consent.ledger.{program}",
        log.url, log.key.private_bytes_raw().hex(), str(log.clock.now()),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip


def acknowledged_in(lines: bytes) -> list[str]:
    return [line.decode() for line in lines.split(b"\n") if len(line) == 32]


async def lives_and_dies(log, lines: int) -> list[str]:
    """The ids that a program acknowledged before it was killed."""
    program = await start(log, "killed")
    told = [await program.stdout.readline() for _ in range(lines)]
    program.send_signal(signal.SIGKILL)
    rest = await program.stdout.read()
    await program.wait()
    return acknowledged_in(b"".join([*told, rest]))


async def all_is_there(log, acknowledged: list[str]) -> None:
    """Each acknowledged event has one place; no size has two heads."""
    await log.drain(log.another_sequencer())
    placed = [row[0] for row in await log.rows("SELECT event_id FROM ledger_entry")]
    assert set(acknowledged) <= set(placed)
    assert len(placed) == len(set(placed)) >= len(acknowledged)
    await log.check(events=len(placed))


async def test_nothing_acknowledged_is_lost(log):
    acknowledged: list[str] = []
    for lines in (1, 90, 333):
        acknowledged += await lives_and_dies(log, lines)
        log.clock.advance(DAY)  # the dead one's lease is over
    assert len(acknowledged) >= 424
    await all_is_there(log, acknowledged)
    assert LEASE < DAY


async def test_death_at_each_step(log):
    """Before each statement, before each commit and within it: the next life has no path of its own."""
    program = await start(log, "killed_at")
    told = await program.stdout.read()
    assert await program.wait() == 0
    steps = int(told.splitlines()[-1].split()[0])
    assert steps > 20
    log.clock.advance(DAY)
    await all_is_there(log, acknowledged_in(told))
