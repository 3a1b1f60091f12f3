"""`accord rome`: loading and showing the referential."""

import io
from pathlib import Path

import orjson
import pytest
from rich.console import Console
from typer.testing import CliRunner

from idp.cli import app
from idp.commands import rome
from tests.consent.rome.test_loading import content, write


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACCORD_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ACCORD_DATABASE_URL", f"sqlite:///{tmp_path}/accord.sqlite3")

    def command(*arguments: str, status: int = 0):
        ended = CliRunner().invoke(app, ["rome", *arguments])
        assert ended.exit_code == status, ended.output
        return ended

    return command


def test_an_operator_loads_an_edition_and_sees_which_one_is_searched(run, tmp_path: Path):
    assert orjson.loads(run("show", "--json").stdout)["edition"] is None
    folder = write(tmp_path / "files", content(titles=30))
    told = orjson.loads(run("load", str(folder), "--json").stdout)
    assert (told["edition"], told["left_out"], told["bad_rows"]) == ("470", 0, [])
    assert sum(told["rows"].values()) == 3 + 30 + 40 + 1 + 122
    assert orjson.loads(run("load", str(folder), "--json").stdout)["already_loaded"] is True
    shown = orjson.loads(run("show", "--json").stdout)
    assert (shown["edition"], shown["source"]) == ("470", "files")


def test_rows_left_out_are_named_and_strict_says_no(run, tmp_path: Path):
    rows = content(titles=200)
    rows["referentiel_appellation"].append('"7","Sans fiche","S","A9999","S"')
    folder = write(tmp_path / "files", rows)
    ended = run("load", str(folder), "--strict", status=1)
    assert "unix_referentiel_appellation_v470_utf8.csv:202" in ended.output
    assert orjson.loads(run("show", "--json").stdout)["edition"] == "470"  # the others are in use


def test_what_cannot_be_loaded_is_said(run, tmp_path: Path):
    ended = run("load", str(tmp_path / "nowhere"), status=1)
    assert "neither a folder nor a ZIP archive" in " ".join(ended.output.split())


def test_a_terminal_sees_a_bar_for_each_file(run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    screen = io.StringIO()
    monkeypatch.setattr(rome, "err", Console(file=screen, force_terminal=True, width=120))
    rows = content(titles=30)
    run("load", str(write(tmp_path / "files", rows)))
    drawn = screen.getvalue()
    for file in ("referentiel_appellation", "referentiel_competence"):
        assert file in drawn
        assert f"{len(rows[file])}/{len(rows[file])}" in drawn
    screen.truncate(0)
    run("load", str(tmp_path / "files"), "--json")
    assert screen.getvalue() == ""  # a program that reads the answer gets no drawing
