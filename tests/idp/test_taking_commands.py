"""`accord ledger export --format` and `check`, and the archive of a grant, at a terminal."""

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consent.taking.exports import locked
from foundation.settings import Settings
from idp.cli import app
from idp.running.opening import open_server


def said(result) -> str:
    return " ".join(result.output.split())


@pytest.fixture
def vkey(operator: CliRunner) -> str:
    """A new server's log, signed; its key."""

    async def seal() -> str:
        async with open_server(Settings(), sequencing=True) as server:
            await server.sequencer.advance(sign_now=True)
            return server.sequencer.verifier.vkey

    operator.invoke(app, ["doctor"])  # makes the database
    return asyncio.run(seal())


def test_an_export_is_made_resumed_and_checked(vkey, operator, tmp_path, monkeypatch):
    ask = ["ledger", "export", "--format"]
    for form in ("jsonl", "csv", "parquet", "ocsf"):
        to = str(tmp_path / form)
        made = operator.invoke(app, [*ask, form, "--filter", "log=security", "--to", to])
        assert made.exit_code == 0, made.output
        assert operator.invoke(app, [*ask, form, "--filter", "log=security", "--to", to]).exit_code == 0
        other = operator.invoke(app, [*ask, form, "--to", to])
        assert (other.exit_code, "holds another export" in said(other)) == (2, True)
        checked = operator.invoke(app, ["ledger", "check", "--export", f"{to}/manifest.json", "--vkey", vkey])
        assert checked.exit_code == 0, checked.output
    with locked(tmp_path / "csv"):
        busy = operator.invoke(app, [*ask, "csv", "--filter", "log=security", "--to", str(tmp_path / "csv")])
        assert (busy.exit_code, "Another process" in said(busy)) == (1, True)
    whole = tmp_path / "whole"
    whole.mkdir()
    (whole / "job.fresh").write_bytes(b"{")  # killed as it began
    assert operator.invoke(app, [*ask, "jsonl", "--to", str(whole)]).exit_code == 0
    for wrong, words in (
        (["jsonl"], "name a directory"),
        (["jsonl", "--to", str(tmp_path)], "is no export"),
        (["jsonl", "--to", str(tmp_path / "x"), "--filter", "nothing=1"], "not so: nothing"),
        (["jsonl", "--to", str(tmp_path / "x"), "--filter", "first=x"], "not so: first"),
    ):
        result = operator.invoke(app, [*ask, *wrong])
        assert (result.exit_code, words in said(result)) == (2, True), result.output
    assert operator.invoke(app, ["ledger", "export", "--filter", "a=b"]).exit_code == 2
    # Neither database nor settings: whatever is asked of them now fails.
    monkeypatch.setenv("ACCORD_DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    check = ["ledger", "check", "--export", str(whole / "manifest.json")]
    assert "complete" in said(operator.invoke(app, [*check, "--vkey", vkey, "--json"]))
    (file,) = whole.glob("*.jsonl")
    file.write_bytes(file.read_bytes()[:-1])
    for more in ([], ["--json"]):
        lying = operator.invoke(app, [*check, "--vkey", vkey, *more])
        assert (lying.exit_code, "not the file" in said(lying)) == (1, True)


def test_check_asks_whom_to_trust_and_what_to_check(vkey, operator, tmp_path: Path):
    for wrong in (
        ["--export", "x"],
        ["--export", "x", "--vkey", vkey, "--policy", "y"],
        ["--vkey", vkey],
        ["--vkey", vkey, "--export", "x", "--dossier", "y"],
        ["--vkey", vkey, "--leaf", "x"],
    ):
        assert operator.invoke(app, ["ledger", "check", *wrong]).exit_code == 2
    for nothing in (["--export", "x"], ["--dossier", str(tmp_path)], ["--leaf", "x", "--proof", "y"]):
        assert operator.invoke(app, ["ledger", "check", *nothing, "--vkey", vkey]).exit_code == 1
