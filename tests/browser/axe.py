"""axe-core, the accessibility checker, run inside a page.

Fetched once from npm into a cache folder outside the tree (ACCORD_AXE=/path/to/axe.min.js uses that file).
"""

import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.support.skips import program, unavailable

VERSION = "4.14.1"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RUN = """async tags => {
  const found = await axe.run(document, {
    runOnly: tags, resultTypes: ["violations"], preload: false, iframes: false,
  });
  return found.violations.flatMap(rule => rule.nodes.map(
    node => `${rule.id}: ${node.target.join(" ")}: ${node.failureSummary}`));
}"""


@cache
def source() -> str:
    """The text of axe.min.js, or the test is skipped with the command that provides it."""
    given = os.environ.get("ACCORD_AXE")
    path = Path(given) if given else _cached()
    return path.read_text("utf-8")


def _cached() -> Path:
    home = (
        Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "accord-tests" / f"axe-{VERSION}"
    )
    path = home / "node_modules" / "axe-core" / "axe.min.js"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        command = [program("npm"), "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts"]
        ended = subprocess.run(  # noqa: S603  # a package of npm's registry, at an exact version
            [*command, "--prefix", str(home), f"axe-core@{VERSION}"],
            capture_output=True,
            check=False,
            timeout=120,
        )
        if ended.returncode != 0 or not path.exists():
            unavailable("axe-core", f"npm install --prefix {home} axe-core@{VERSION}")
    return path


async def load(page: Page) -> None:
    """Make axe known to the page shown. The page's policy does not apply to the checker."""
    await page.evaluate(f"{source()};0")


async def violations(page: Page) -> list[str]:
    """What breaks WCAG 2.2 AA in the page as it is now, one sentence an element."""
    found: Any = await page.evaluate(_RUN, TAGS)
    return list(found)
