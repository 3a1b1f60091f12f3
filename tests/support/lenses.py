"""What a page is looked at through: axe-core, html-validate, and measurements in the browser.

    assert await axe(page) == []                # WCAG 2.2 A and AA, and axe's best practices
    assert html_problems([html, …]) == []       # html-validate's recommended rules
    assert await overflow(page) == 0            # nothing is wider than the window
    assert await small_targets(page) == []      # 44 px, links inside a sentence excepted (WCAG 2.5.8)
    assert await hidden_focus(page) == []       # Tab through: each stop is visible, on screen and outlined

The two npm packages are installed once into a cache outside the tree; without npm their tests are skipped.
"""

import fcntl
import json
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

from playwright.async_api import Page

from tests.support.skips import program, unavailable

_PACKAGES = ("axe-core@4", "html-validate@10")
_NPM_SECONDS = 180
_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
_SMALLEST = 44
_MOST_STOPS = 200

_SMALL_TARGETS = """smallest => [...document.querySelectorAll(
  'a[href], button, select, textarea, input:not([type=hidden]), summary')]
  .map(element => element.closest('label') ?? element)
  .filter(element => {
    const inSentence = element.tagName === 'A' && getComputedStyle(element).display === 'inline';
    const box = element.getBoundingClientRect();
    const unseen = box.width < 2 || !element.checkVisibility({visibilityProperty: true});
    return !inSentence && !unseen && !element.classList.contains('skip') && box.height < smallest;
  })
  .map(element => `${element.outerHTML.slice(0, 90)} is ${element.offsetHeight} px high`)"""
_FOCUS = """() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const box = element.getBoundingClientRect();
  const style = getComputedStyle(element);
  const top = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  const said = element.outerHTML.slice(0, 90);
  const shown = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const reached = top &&
    (element.contains(top) || top.contains(element) || top.closest('label')?.contains(element));
  if (!shown) return {said, wrong: 'off screen'};
  if (!reached) return {said, wrong: 'covered'};
  return {said, wrong: style.outlineStyle === 'none' ? 'without an outline' : ''};
}"""


@cache
def _modules() -> Path:
    """The `node_modules` of the two packages, installed on first use, by one process at a time."""
    npm = program("npm")
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "accord-tests"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "node_modules" / "html-validate").is_dir():
            (folder / "package.json").write_text('{"private":true}', "utf-8")
            command = [npm, "install", "--no-audit", "--no-fund", "--silent", *_PACKAGES]
            done = subprocess.run(  # noqa: S603  # a fixed command
                command, cwd=folder, capture_output=True, timeout=_NPM_SECONDS, check=False
            )
            if done.returncode:
                unavailable("axe-core", f"npm install {' '.join(_PACKAGES)}")
    return folder / "node_modules"


@cache
def _axe_source() -> str:
    return (_modules() / "axe-core" / "axe.min.js").read_text("utf-8")


async def axe(page: Page) -> list[str]:
    """Violations on the page as it stands: rule, impact, and where.

    axe comes in by the debugger, so the page's policy does not stop it; but where JavaScript is switched off
    its timers never fire: give it a browser with scripts.
    """
    await page.evaluate(_axe_source())
    options = {"runOnly": _TAGS, "resultTypes": ["violations"]}
    found: dict[str, Any] = await page.evaluate("options => axe.run(document, options)", options)
    return [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html'][:120]}"
        for violation in found["violations"]
        for node in violation["nodes"]
    ]


_RULES = {
    "extends": ["html-validate:recommended"],
    "rules": {
        "form-dup-name": "off",  # boxes of one name are one question
        "no-trailing-whitespace": "off",  # of templates, harmless
        "doctype-style": "off",  # lower case, as the standard writes it
        "void-style": "off",
        "attribute-boolean-style": "off",  # the template engine's xmlattr writes them long
        "no-redundant-role": "off",  # a table set as blocks loses its roles unless they are written
        "prefer-native-element": "off",  # the same
        "long-title": "off",  # an app's name may be long
        "tel-non-breaking": "off",  # phone numbers are people's own text
        "no-implicit-button-type": "off",  # a button in a form submits it: that is what ours are for
    },
}


def html_problems(pages: dict[str, str]) -> list[str]:
    """What html-validate finds in pages (name -> HTML): "name:line message", all in one run of it."""
    program("node")
    with tempfile.TemporaryDirectory() as folder:
        for number, html in enumerate(pages.values()):
            Path(folder, f"{number:03}.html").write_text(html, "utf-8")
        Path(folder, ".htmlvalidate.json").write_text(json.dumps({"root": True, **_RULES}), "utf-8")
        tool = _modules() / ".bin" / "html-validate"
        done = subprocess.run(  # noqa: S603  # a fixed command over our own files
            [str(tool), "--formatter", "json", folder],
            capture_output=True,
            text=True,
            timeout=_NPM_SECONDS,
            check=False,
            cwd=folder,
        )
    names = list(pages)
    return [
        f"{names[int(Path(result['filePath']).stem)]}:{message['line']} {message['message']}"
        for result in json.loads(done.stdout)
        for message in result["messages"]
    ]


async def overflow(page: Page) -> int:
    """By how many pixels the page is wider than its window; 0 when it reflows (WCAG 1.4.10)."""
    wider: int = await page.evaluate("Math.max(0, document.documentElement.scrollWidth - innerWidth)")
    return wider


async def small_targets(page: Page) -> list[str]:
    """What can be pressed and is less than 44 px high; a link in the middle of a sentence may be."""
    found: list[str] = await page.evaluate(_SMALL_TARGETS, _SMALLEST)
    return found


async def hidden_focus(page: Page) -> list[str]:
    """Tab from top to end: stops that are off screen, covered or not outlined (WCAG 2.4.7, 2.4.11)."""
    wrong: list[str] = []
    seen: set[str] = set()
    for _ in range(_MOST_STOPS):
        await page.keyboard.press("Tab")
        stop: dict[str, str] | None = await page.evaluate(_FOCUS)
        if stop is None:
            break
        if stop["wrong"] and stop["said"] not in seen:
            wrong.append(f"{stop['wrong']}: {stop['said']}")
        seen.add(stop["said"])
    return wrong
