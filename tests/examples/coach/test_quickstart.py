"""The README's ten minutes work as they stand: its Python blocks are run here, in order."""

import ast
import re
from functools import partial
from inspect import iscoroutine
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import httpx2
from authlib.integrations import httpx_client

from tests.examples.coach.provider import ISSUER

README = Path(__file__).parents[3] / "examples" / "coach" / "README.md"


async def test_the_readme_signs_in_and_reads_skills(provider, monkeypatch):
    here = partial(httpx_client.AsyncOAuth2Client, transport=httpx2.ASGITransport(provider))
    monkeypatch.setattr(httpx_client, "AsyncOAuth2Client", here)
    names = {
        "ISSUER": ISSUER,
        "CLIENT_ID": "coach-demo",
        "CLIENT_SECRET": "coach-demo-secret",
        "REDIRECT_URI": "http://127.0.0.1:9000/callback",
    }
    go, take, read = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.S)
    await _run(go, names)
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(provider)) as browser:
        back = (await browser.get(names["url"])).headers["location"]
    names["given"] = dict(parse_qsl(urlsplit(back).query))
    await _run(take, names)
    await _run(read, names)
    assert names["claims"]["sub"] == provider.subject
    assert names["skills"][0]["label"] == "Utiliser les outils numériques"
    await names["client"].aclose()


async def _run(block, names):
    code = compile(block, str(README), "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
    result = eval(code, names)  # noqa: S307  # our own page
    if iscoroutine(result):
        await result
