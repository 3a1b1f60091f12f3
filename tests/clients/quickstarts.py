"""The programs of docs/clients.md, taken from the page and run, with a person at the browser."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urljoin

import httpx

from tests.actors.house import Account, House
from tests.clients import npm, pip
from tests.idp.visitor import read
from tests.support import ROOT
from tests.support.skips import program

PAGE = (ROOT / "docs" / "clients.md").read_text("utf-8")
REDIRECT = "https://strict.example/callback"  # nothing answers there: the browser stops before it
_SECONDS = 100


def quickstart(name: str) -> str:
    """The program under a heading."""
    [found] = re.findall(rf"^## {re.escape(name)}\n.*?^```\w+\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
    return str(found)


def run_js(name: str, folder: Path, settings: dict[str, str], *packages: str) -> "Program":
    """A program of node's. packages: of npm's registry."""
    (folder / "node_modules").symlink_to(npm.packages(*packages) / "node_modules")
    (folder / "quickstart.mjs").write_text(quickstart(name), "utf-8")
    return Program([program("node"), str(folder / "quickstart.mjs")], settings, folder)


def run_python(name: str, folder: Path, settings: dict[str, str], *packages: str) -> "Program":
    """A program of Python's. packages: of PyPI; without any, what the tests have is what it needs."""
    (folder / "quickstart.py").write_text(quickstart(name), "utf-8")
    path = {"PYTHONPATH": str(pip.packages(*packages))} if packages else {}
    return Program([sys.executable, str(folder / "quickstart.py")], settings | path, folder)


class Program:
    """One run, that a person helps along. folder: where it may leave files of its own."""

    def __init__(self, command: list[str], settings: dict[str, str], folder: Path) -> None:
        self._process = subprocess.Popen(  # noqa: S603  # a program of ours
            command,
            env={**os.environ, **settings},
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self, house: House, her: Account) -> dict[str, Any]:
        """She opens what it prints, and what she comes back to is pasted; what it says in the end."""
        assert self._process.stdout is not None
        first = self._process.stdout.readline().split()
        back = ""
        if first[:1] == ["open"]:
            with Walker(house, her) as walker:
                back = walker.walk(first[1], REDIRECT)
        said, problem = self._process.communicate(f"{back}\n", timeout=_SECONDS)
        assert self._process.returncode == 0, problem[-3000:]
        found: dict[str, Any] = json.loads(said.splitlines()[-1])
        return found


class Walker:
    """The least of a browser: cookies, redirects, forms. It signs her in, and agrees to what is asked."""

    def __init__(self, house: House, her: Account) -> None:
        self._issuer, self._her = house.issuer, her
        self._http = httpx.Client(headers={"accept": "text/html"}, timeout=30)

    def __enter__(self) -> "Walker":
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def walk(self, address: str, until: str) -> str:
        """From an address to the one where an app waits, which begins with `until`: that, not opened."""
        answer = self._go(address, until)
        assert "location" in answer.headers, (str(answer.url), answer.text)
        return str(answer.headers["location"])

    def open(self, address: str) -> httpx.Response:
        """An address, and no further."""
        return self._http.get(address)

    def arrive(self, address: str) -> httpx.Response:
        """From an address of an app to the page that it shows her in the end."""
        return self._go(address, "")

    def _go(self, address: str, until: str) -> httpx.Response:
        answer = self._http.get(address)
        for _ in range(20):
            location = answer.headers.get("location")
            if location and until and location.startswith(until):
                return answer
            if location:
                answer = self._http.get(urljoin(str(answer.url), location))
            elif str(answer.url).startswith(self._issuer) and answer.status_code == 200:
                answer = self._submit(answer)
            else:
                return answer
        raise AssertionError(f"no end to it, last at {answer.url}")

    def _submit(self, answer: httpx.Response) -> httpx.Response:
        page = read(answer)
        if page.action.startswith("/authorize/consent/"):
            fields: dict[str, Any] = {"decision": "accept", "duration": "30d"}
            fields["scope"] = [value for name, value in page.boxes if name == "scope"]
        elif page.action == "/login":
            fields = {"email": self._her.email, "password": self._her.password}
        else:
            assert 'id="answer"' in answer.text, answer.text[:500]
            return self._http.post(page.action, data=page.hidden)
        headers = {"sec-fetch-site": "same-origin"}
        return self._http.post(urljoin(self._issuer, page.action), data=page.hidden | fields, headers=headers)
