"""`accord ledger export` and `verify --files`: the log taken away, and checked where no database is."""

import asyncio
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consent.ledger.files.layout import split_entries
from consent.ledger.leaf import leaf_hash
from consent.ledger.notes.note import Verifier
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.notes.tlog_proof import check_proof, parse_proof
from foundation.settings import Settings
from idp.cli import app
from idp.running.opening import open_server
from tests.consent.ledger.files.support import LOG, SEERS, files_of, head_of, plain, signed


def said(result: object) -> str:
    return " ".join(result.output.split())  # type: ignore[attr-defined]  # of a command


@pytest.fixture
def away(operator: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A new server's log, taken away; its policy with it."""
    policy = tmp_path / "policy.txt"
    policy.write_text("quorum none\n", "utf-8")
    monkeypatch.setenv("ACCORD_LEDGER_POLICY", str(policy))

    async def seal() -> None:
        async with open_server(Settings(), sequencing=True) as server:
            await server.sequencer.advance(sign_now=True)

    asyncio.run(seal())
    to = tmp_path / "away"
    made = operator.invoke(app, ["ledger", "export", "--to", str(to), "--layout", "tiles"])
    assert made.exit_code == 0, made.output
    return to


def test_a_log_is_taken_away_and_checked_offline(
    away: Path, operator: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (away / "policy").read_text("utf-8") == "quorum none\n"
    vkey = (away / "log.vkey").read_text("utf-8").strip()
    # Neither database nor settings: whatever is asked of them now fails.
    monkeypatch.setenv("ACCORD_DATABASE_URL", "nonsense")
    ask = ["ledger", "verify", "--files", str(away), "--vkey", vkey]
    checked = operator.invoke(app, [*ask, "--json"])
    found = json.loads(checked.stdout)
    assert (checked.exit_code, found["ok"], found["size"]) == (0, True, found["checked"])
    assert found["size"] > 0
    assert operator.invoke(app, [*ask, "--hashes-only"]).exit_code == 0
    assert operator.invoke(app, [*ask, "--pinned", str(away / "checkpoint")]).exit_code == 0
    part = next((away / "tile/entries/000.p").iterdir())
    part.write_bytes(part.read_bytes()[:-1] + b"!")
    lied = operator.invoke(app, ask)
    assert lied.exit_code == 1
    assert f"LIE in tile/entries/000.p/{found['size']}, byte" in said(lied)
    assert operator.invoke(app, [*ask, "--hashes-only"]).exit_code == 0


def test_what_is_pinned_is_said_on_the_command_line(operator: CliRunner, tmp_path: Path) -> None:
    files = files_of(plain(5), SEERS[:1])
    for name, data in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    policy = tmp_path / "mine"
    policy.write_text(f"log {LOG.vkey}\nwitness cnil {SEERS[0].cosigner.vkey}\nquorum cnil\n", "utf-8")
    ask = ["ledger", "verify", "--files", str(tmp_path), "--opaque"]
    assert "say whom you trust" in said(operator.invoke(app, ask))
    assert "say whom you trust" in said(
        operator.invoke(app, [*ask, "--vkey", LOG.vkey, "--policy", str(policy)])
    )
    assert "witnessed by cnil" in said(operator.invoke(app, [*ask, "--policy", str(policy)]))
    strict = operator.invoke(app, [*ask[:-1], "--policy", str(policy)])
    assert (strict.exit_code, "not of format v1" in said(strict)) == (1, True)
    older = tmp_path / "older"
    older.write_text(signed(head_of((b"another", b"history"))), "utf-8")
    refused = operator.invoke(app, [*ask, "--policy", str(policy), "--pinned", str(older)])
    assert (refused.exit_code, "another history" in said(refused)) == (1, True)
    for wrong in (["--vkey", "x"], ["--policy", str(older)], ["--vkey", LOG.vkey, "--pinned", str(policy)]):
        assert operator.invoke(app, [*ask, *wrong]).exit_code == 1
    assert "name a directory" in said(operator.invoke(app, ["ledger", "export", "--layout", "tiles"]))


def test_the_proof_of_an_event_is_a_file(away: Path, operator: CliRunner, tmp_path: Path) -> None:
    leaves, _ = split_entries(next((away / "tile/entries/000.p").iterdir()).read_bytes(), 1)
    policy = unwitnessed(Verifier.from_vkey((away / "log.vkey").read_text("utf-8")))
    event_id, to = json.loads(leaves[0])["id"], tmp_path / "it.tlog-proof"
    made = operator.invoke(app, ["ledger", "proof", event_id, "--to", str(to)])
    assert made.exit_code == 0, made.output
    assert check_proof(parse_proof(to.read_text("utf-8")), leaf_hash(leaves[0]), policy).checkpoint.size > 0
    printed = operator.invoke(app, ["ledger", "proof", event_id])
    assert printed.stdout == to.read_text("utf-8")
    unknown = operator.invoke(app, ["ledger", "proof", "0" * 32])
    assert unknown.exit_code == 1
    assert "no event of this id" in said(unknown)


def test_figures_are_counted_and_counted_again(away: Path, operator: CliRunner) -> None:
    def counted(*words: str) -> int:
        made = operator.invoke(app, ["ledger", "figures", *words, "--json"])
        assert made.exit_code == 0, made.output
        return int(json.loads(made.stdout)["counted"])

    assert away.is_dir()
    whole = counted()
    assert whole > 0
    assert counted() == 0
    assert counted("--again") == whole
