"""The machine under the tests does what it says: sockets are refused, and a skip is honest or a failure."""

import os
import subprocess
import sys

import pytest

from tests.support import ROOT


def outcomes(**environment: str) -> dict[str, str]:
    """Each sample's outcome, and what the summary says of it."""
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("ACCORD_", "PYTEST_"))}
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-rA", "-q", "-p", "no:cacheprovider", "tests/support/samples.py"],
        cwd=ROOT,
        env=bare | environment | {"COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = ("PASSED", "FAILED", "SKIPPED", "ERROR")
    lines = [line for line in ended.stdout.splitlines() if line.startswith(said)]
    return {line.partition(" ")[2]: line.partition(" ")[0] for line in lines}


@pytest.fixture(scope="module")
def usual() -> dict[str, str]:
    return outcomes()


@pytest.fixture(scope="module")
def demanding() -> dict[str, str]:
    return outcomes(ACCORD_REQUIRE_ALL="1")


@pytest.mark.parametrize("sample", ["connects", "looks_up_a_name", "connects_and_swallows_every_error"])
def test_a_unit_test_that_reaches_out_fails(usual: dict[str, str], sample: str):
    (line,) = [line for line in usual if f"test_{sample} " in line]
    assert usual[line] == "FAILED"
    assert "SocketRefused" in line


def test_a_marked_test_may_reach_out(usual: dict[str, str]):
    assert usual["tests/support/samples.py::test_may_connect"] == "PASSED"


@pytest.mark.parametrize(
    "words", ["`apt-get install chromium` provides it", "no-such-program", "left for later"]
)
def test_what_is_missing_is_skipped_by_name(usual: dict[str, str], words: str):
    assert [usual[line] for line in usual if words in line] == ["SKIPPED"]


def test_where_everything_is_required_nothing_is_skipped(demanding: dict[str, str]):
    assert "SKIPPED" not in demanding.values()
    assert sorted(demanding.values()) == ["ERROR", *["FAILED"] * 5, "PASSED"]
    assert sum("nothing may be skipped here" in line for line in demanding) == 3
