"""README.md says what is so: its files are there, its commands run, its twenty lines check a proof."""

import asyncio
import json
import re
import subprocess
import sys
import textwrap
from urllib.parse import urlencode

from tests.support import ROOT

README = (ROOT / "README.md").read_text("utf-8")
LARGEST = 300_000  # bytes of a picture


def test_every_file_it_names_is_there():
    named = re.findall(r'\]\((?!http)([^)#]+)\)|src="([^"]+)"', README)
    for path in [one or two for one, two in named]:
        assert (ROOT / path).exists(), path


def test_its_pictures_are_light():
    for path in re.findall(r'src="([^"]+)"', README):
        assert (ROOT / path).stat().st_size < LARGEST, path


async def test_its_twenty_lines_check_a_proof_and_find_a_false_one(stage, tmp_path):
    auditor = await stage.auditor()
    (created, *_) = await auditor.search(event="account.created")
    document = await auditor.proof(created.event_id)
    (tmp_path / "accord-proof.json").write_text(json.dumps(document), "utf-8")
    (tmp_path / "log.vkey").write_text(auditor.pinned.vkey, "utf-8")
    code = textwrap.dedent(re.search(r"```python\n(.*?)```", README, re.DOTALL)[1])
    assert await run(code, tmp_path) == (0, "account.created is in the log")
    document["leaf"] = document["leaf"].replace("account.created", "account.removed")
    (tmp_path / "accord-proof.json").write_text(json.dumps(document), "utf-8")
    status, _ = await run(code, tmp_path)
    assert status == 1


async def test_the_ledger_of_a_running_house_verifies_against_the_key_written_down(stage):
    auditor = await stage.auditor()
    said = await asyncio.to_thread(
        stage.house.command, "ledger", "verify", "--json", "--vkey", auditor.pinned.vkey
    )
    assert said["ok"] is True
    assert said["events"] > 0


async def test_an_app_registered_by_the_command_can_send_people(stage):
    her, callback = await stage.browser(), "http://127.0.0.1:9000/callback"
    asked = (
        "--name",
        "My app",
        "--redirect-uri",
        callback,
        "--scope",
        "openid profile skills offline_access",
    )
    client = await asyncio.to_thread(stage.house.command, "client", "register", "--json", *asked)
    assert client["client_secret"]
    challenge = {"code_challenge": "x" * 43, "code_challenge_method": "S256"}
    query = {"response_type": "code", "client_id": client["client_id"], "redirect_uri": callback, **challenge}
    await her.visit(f"/authorize?{urlencode(query | {'scope': 'openid profile skills'})}")
    assert await her.says("pour continuer vers My app")


async def run(code, folder):
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return ended.returncode, ended.stdout.decode().strip()
