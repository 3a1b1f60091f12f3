"""`accord person lock`: an account is closed by an operator."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from idp.cli import app

RUNNER = CliRunner()


def test_an_operator_locks_an_account_once(
    sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACCORD_DATABASE_URL", sqlite_url)
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ACCORD_MASTER_KEY", "k" * 8 + "0123456789abcdefghijklmn")
    account = ["--email", "zoe@example.org"]
    assert RUNNER.invoke(app, ["person", "add", *account, "--password", "quatre chevaux"]).exit_code == 0
    done = RUNNER.invoke(app, ["person", "lock", *account, "--json"])
    assert json.loads(done.stdout) == {"email": "zoe@example.org", "sessions_ended": 0, "apps_told": 0}
    for address in ("zoe@example.org", "nobody@example.org"):
        again = RUNNER.invoke(app, ["person", "lock", "--email", address])
        assert again.exit_code == 1
        assert "has no account that is open" in " ".join(again.output.split())
