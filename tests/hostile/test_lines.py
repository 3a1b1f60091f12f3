"""tests/golden/hostile.txt: each attack that we know of, and the tests that try it.

A line that begins with # is a chapter, a line at the margin an attack, a line further in the test that tries
it. A test that was renamed or dropped fails here, so does one of this folder that is of no attack.
"""

import ast
from functools import cache
from pathlib import Path

from tests.idp.golden import FOLDER
from tests.support import ROOT

LINES = (FOLDER / "hostile.txt").read_text("utf-8").splitlines()
NAMED = [line.strip() for line in LINES if line.startswith(" ")]
# These have no attack: they hold this list, and the server that others share.
OURS = {"test_lines.py"}


@cache
def names_in(path: Path) -> frozenset[str]:
    found = ast.parse(path.read_text("utf-8")).body if path.is_file() else []
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return frozenset(one.name for one in found if isinstance(one, kinds) and one.name.startswith("test_"))


def test_each_test_that_is_named_exists() -> None:
    apart = [name.partition("::") for name in NAMED]
    assert [path for path, _, name in apart if name not in names_in(ROOT / "tests" / path)] == []


def test_each_attack_is_tried() -> None:
    said = [line for line in LINES if line]
    untried = [
        line
        for line, after in zip(said, [*said[1:], ""], strict=True)
        if not line.startswith((" ", "#")) and not after.startswith(" ")
    ]
    assert untried == []
    assert len([line for line in said if not line.startswith((" ", "#"))]) > 100


def test_each_test_of_this_folder_is_of_an_attack() -> None:
    here = [path for path in Path(__file__).parent.glob("test_*.py") if path.name not in OURS]
    all_ours = {f"hostile/{path.name}::{name}" for path in here for name in names_in(path)}
    assert all_ours - set(NAMED) == set()
