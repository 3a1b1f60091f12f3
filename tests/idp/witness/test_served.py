"""Our log asks a real `accord witness serve` over HTTP; killed and started again, it signs no fork."""

import asyncio
import contextlib
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from consent.ledger.notes.adding import Submission
from consent.ledger.notes.checkpoint import sign_checkpoint
from consent.ledger.notes.policy import parse_policy
from consent.ledger.public import checkpoint_text
from foundation.clock import MINUTE
from foundation.outbound.fetching import Outbound, Parcel
from idp.running.witnesses import asking_of
from idp.witness.key import make_key
from idp.witness.state import State
from tests.consent.ledger.support import ORIGIN, Log
from tests.idp.support import settings_for
from tests.support.postgres import free_port

pytestmark = pytest.mark.network


@contextlib.asynccontextmanager
async def served(log: Log, home: Path, port: int) -> AsyncIterator[None]:
    """The program, until it is killed."""
    program = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "idp.cli", "witness", "serve", "--data-dir", str(home), "--port", str(port),
        "--log", log.signer.verifier.vkey,
        stderr=asyncio.subprocess.DEVNULL,
        env=os.environ | {"ACCORD_DATABASE_URL": "nonsense"},
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while True:
                with contextlib.suppress(OSError):
                    (await asyncio.open_connection("127.0.0.1", port))[1].close()
                    break
                assert program.returncode is None
                await asyncio.sleep(0.02)
        yield
    finally:
        program.kill()
        await program.wait()


async def shown_size(log: Log, policy: str) -> int:
    """Of the checkpoint that we publish, which satisfies the policy."""
    async with log.db.reading() as tx:
        return parse_policy(policy.encode()).open(await checkpoint_text(tx, ORIGIN)).checkpoint.size


async def test_a_real_witness_is_asked_over_http_and_signs_no_fork_after_its_death(
    sqlite_log: Log, tmp_path: Path
) -> None:
    log, home, port = sqlite_log, tmp_path / "witness", free_port()
    await log.write_many(3)
    await log.drain()
    home.mkdir()
    State.begin(home)
    vkey = make_key(home, "press.example").cosigner.vkey
    address = f"http://127.0.0.1:{port}"
    policy = f"log {log.signer.verifier.vkey}\nwitness press {vkey} {address}\nquorum press\n"
    (tmp_path / "policy").write_text(policy, "utf-8")
    settings = settings_for(
        log.url, tmp_path, ledger_policy=tmp_path / "policy", outbound_allow=f"127.0.0.1:{port}"
    )
    outbound = Outbound(settings.outbound_exempt)
    asking = asking_of(settings, log.db, outbound, ORIGIN, log.clock)
    async with served(log, home, port):
        assert await asking.ask() == 1
        assert await shown_size(log, policy) == 3
    await log.write_many(2)
    await log.drain()
    assert await asking.ask() == 0  # it is dead: asked again, later
    log.clock.advance(MINUTE)
    fork = await sign_checkpoint(log.signer, 5, b"another history".ljust(32, b"."))
    async with served(log, home, port):
        for old, status in ((0, 409), (3, 422)):
            parcel = Parcel("text/plain", Submission(old, (), fork).body(), "text/plain")
            assert (await outbound.post(f"{address}/add-checkpoint", parcel)).status == status
        assert await asking.ask() == 1
        assert await shown_size(log, policy) == 5
    outbound.close()
