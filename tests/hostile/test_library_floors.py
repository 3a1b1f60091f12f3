"""Below these versions known attacks work: neither asked for by pyproject.toml, nor installed."""

import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.support import ROOT

FLOORS = {
    "authlib": "1.9",
    "joserfc": "1.8",
    "cryptography": "50",
    "python-multipart": "0.0.34",
    "starlette": "1.10",
    "pydantic": "2.14",
}


@pytest.fixture(scope="module")
def asked() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return {one.name: one for one in map(Requirement, project["dependencies"])}


@pytest.mark.parametrize(("library", "floor"), FLOORS.items())
def test_no_older_one_is_asked_for_or_installed(
    asked: dict[str, Requirement], library: str, floor: str
) -> None:
    least = [Version(one.version) for one in asked[library].specifier if one.operator == ">="]
    assert least
    assert min(least) >= Version(floor)
    assert asked[library].specifier.contains(version(library))
    assert Version(version(library)) >= Version(floor)
