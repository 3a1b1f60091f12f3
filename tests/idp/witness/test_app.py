"""A witness over HTTP, and its commands."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner

from consent.ledger.notes.adding import MOST_BYTES
from consent.ledger.notes.cosignature import Cosigner
from idp.cli import app as accord
from idp.witness import app as over_http
from idp.witness.app import WitnessApp
from tests.consent.ledger.files.support import LOG, plain
from tests.consent.ledger.support import ORIGIN
from tests.idp.witness.support import Watch, submission

SEEN = f"/{hashlib.sha256(ORIGIN.encode()).hexdigest()}/checkpoint"


@pytest.fixture
async def http(watch: Watch) -> AsyncIterator[httpx.AsyncClient]:
    asgi = WitnessApp(watch.witness, f"{watch.key.cosigner.vkey}\n")
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(asgi), base_url="https://witness.example"
    ) as client:
        yield client


async def test_a_checkpoint_is_added_and_shown(http: httpx.AsyncClient, watch: Watch) -> None:
    assert (await http.get(SEEN)).status_code == 404
    answer = await http.post("/add-checkpoint", content=submission(0, plain(5)).body())
    assert (answer.status_code, answer.text[:19]) == (200, "— witness.example/1")
    shown = await http.get(SEEN)
    assert shown.text == submission(0, plain(5)).note + answer.text
    conflict = await http.post("/add-checkpoint", content=submission(0, plain(9)).body())
    assert (conflict.status_code, conflict.text) == (409, "5\n")
    assert conflict.headers["content-type"] == "text/x.tlog.size"
    assert Cosigner.from_vkey((await http.get("/vkey")).text).name == watch.key.cosigner.name


async def test_other_methods_and_places_are_refused(http: httpx.AsyncClient) -> None:
    assert (await http.get("/add-checkpoint")).status_code == 405
    assert (await http.post("/vkey")).status_code == 405
    assert (await http.post("/sign-subtree")).status_code == 404
    assert (await http.get(f"/{'0' * 64}/checkpoint")).status_code == 404


async def test_what_is_too_much_is_not_read(http: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100 * MOST_BYTES:
            sent += 10_000
            yield b"x" * 10_000

    assert (await http.post("/add-checkpoint", content=endless())).status_code == 413
    assert sent < 2 * MOST_BYTES


async def test_a_body_that_does_not_come_is_given_up(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(over_http, "_BODY_SECONDS", 0.01)

    async def slow() -> AsyncIterator[bytes]:
        yield b"old"
        await asyncio.Event().wait()

    assert (await http.post("/add-checkpoint", content=slow())).status_code == 408


def test_a_key_is_made_by_a_command(tmp_path: Path) -> None:
    run = CliRunner()
    folder = ["--data-dir", str(tmp_path / "new")]
    assert "no key yet" in run.invoke(accord, ["witness", "key", *folder]).output
    made = run.invoke(accord, ["witness", "key", *folder, "--name", "w.example/1"])
    assert "w.example/1+" in made.output
    assert run.invoke(accord, ["witness", "key", *folder]).output == made.output
    other = run.invoke(accord, ["witness", "key", *folder, "--name", "w.example/2"])
    assert (other.exit_code, "has the name w.example/1" in " ".join(other.output.split())) == (1, True)
    assert run.invoke(accord, ["witness", "key", *folder, "--name", "two words"]).exit_code == 1
    no_log = run.invoke(accord, ["witness", "serve", *folder, "--log", "nonsense"])
    assert (no_log.exit_code, "--log:" in no_log.output) == (1, True)
    (tmp_path / "new" / "witness.sqlite3").unlink()
    gone = run.invoke(accord, ["witness", "serve", *folder, "--log", LOG.vkey])
    assert (gone.exit_code, "could sign a fork" in " ".join(gone.output.split())) == (1, True)
