"""What the command line says to its operator."""

from pathlib import Path

from typer.testing import CliRunner

from idp.cli import app


def test_a_profile_that_is_refused_is_explained_in_the_operators_language(tmp_path: Path):
    wrong = tmp_path / "profile.json"
    wrong.write_text('{"experiences": [{"title": ""}]}', "utf-8")
    account = ["--email", "amina@example.org", "--password", "x" * 12]
    ended = CliRunner().invoke(app, ["person", "add", *account, "--from", str(wrong)])
    assert ended.exit_code == 1
    said = " ".join(ended.stderr.split())
    assert said.endswith("is not a profile: experiences[0].title: String should have at least 1 character")
