"""README.md says what is so: its files are there, its commands run, its twenty lines check a proof."""

import asyncio
import json
import os
import re
import subprocess
import sys
import textwrap

from tests.support import ROOT
from tests.support.postgres import free_port

README = (ROOT / "README.md").read_text("utf-8")
SCOPE = re.search(r'--scope "([^"]+)"', README)[1]
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


async def test_a_second_copy_of_the_sample_app_runs_under_a_partners_own_registration(stage):
    her, port = await stage.browser(), free_port()
    origin = f"http://127.0.0.1:{port}"
    asked = ("--name", "My app", "--redirect-uri", f"{origin}/callback", "--scope", SCOPE)
    client = await asyncio.to_thread(stage.house.command, "client", "register", "--json", *asked)
    environment = os.environ | {
        "COACH_ISSUER": stage.house.issuer,
        "COACH_CLIENT_ID": client["client_id"],
        "COACH_CLIENT_SECRET": client["client_secret"],
        "COACH_PORT": str(port),
    }
    her.watch.allow(origin)
    copy = await asyncio.create_subprocess_exec(sys.executable, "-m", "examples.coach", env=environment)
    try:
        await until_open(port)
        await her.visit(origin)
        await her.press("#accord-sign-in")
        await her.sign_in(await stage.house.person("bruno"))
        assert await her.title() == "My app vous demande de partager une partie de votre profil"
        await her.accept()
        assert her.page.url == f"{origin}/me"
    finally:
        copy.terminate()
        await copy.wait()


async def until_open(port):
    async with asyncio.timeout(20):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except ConnectionRefusedError:
                await asyncio.sleep(0.1)
            else:
                writer.close()
                await writer.wait_closed()
                return


async def run(code, folder):
    ended = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return ended.returncode, ended.stdout.decode().strip()
