"""A grant's dossier as an auditor gets it, checked by the commands that its own README names."""

import io
import shlex
import zipfile
from pathlib import Path

import pytest
from starlette.types import ASGIApp
from typer.testing import CliRunner

from idp.cli import app as accord
from tests.idp.support import World
from tests.idp.test_golden import someone
from tests.idp.visitor import NewVisitor


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: what is checked is files."""
    return sqlite_url


async def test_the_commands_of_its_readme_find_it_true_and_then_find_the_lie(
    house: World, app: ASGIApp, new_visitor: NewVisitor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = (await house.grant()).standing.grant_id
    while await house.server.sequencer.advance(sign_now=True):
        pass
    auditor = await someone(house, new_visitor(), "auditor")
    answer = await auditor.get(f"/audit/grants/{grant}/archive")
    zipfile.ZipFile(io.BytesIO(answer.content)).extractall(tmp_path)
    monkeypatch.chdir(tmp_path)
    commands = told(tmp_path, house.server.sequencer.verifier.vkey)
    assert [run(command) for command in commands] == [0, 0, 0]
    (event, *_) = sorted(tmp_path.glob("events/*.json"))
    event.write_bytes(event.read_bytes().replace(b'"success"', b'"refused"'))
    (receipt,) = tmp_path.glob("receipts/*.jws")
    receipt.write_text(receipt.read_text("utf-8")[:-8] + "AAAAAAAA", "utf-8")
    assert [run(command) for command in commands] == [1, 1, 1]


def told(folder: Path, vkey: str) -> list[list[str]]:
    """The arguments of `accord` under "How to check", for the first file that each could mean."""
    text = (folder / "LISEZMOI-README.txt").read_text("utf-8-sig")
    found = []
    for line in text.partition("How to check")[2].splitlines():
        program, *arguments = shlex.split(line.partition(":")[2]) or [""]
        if program == "accord":
            kind = "receipts" if "receipt" in arguments else "events"
            first = min(path.stem for path in (folder / kind).iterdir())
            found.append([word.replace("ID", first).replace("$KEY", vkey) for word in arguments])
    return found


def run(arguments: list[str]) -> int:
    """Its exit status."""
    return CliRunner().invoke(accord, arguments).exit_code
