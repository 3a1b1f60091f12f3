"""The house stays liveable: one-way imports, budgets, reasons, opening words. Each rule is shown to fail."""

import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import house_rules as rules
from tests.support import ROOT

BIN = Path(sys.executable).parent


def run(*command: str, folder: Path = ROOT) -> tuple[int, str]:
    """A tool's exit code and what it said."""
    ended = subprocess.run(  # noqa: S603  # our own tools
        [str(BIN / command[0]), *command[1:]], cwd=folder, capture_output=True, text=True, check=False
    )
    return ended.returncode, ended.stdout + ended.stderr


def write(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")


# --- imports ---------------------------------------------------------------------------------------------


def test_rooms_import_one_way():
    code, words = run("lint-imports", "--no-cache")
    assert code == 0, words


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("foundation/low.py", "import keys"),
        ("keys/low.py", "from consent import __doc__"),
        ("consent/low.py", "import idp"),
        ("examples/low.py", "import foundation"),
        ("examples/kit/low.py", "import examples.coach"),
        ("examples/kiosk/low.py", "import examples.adviser"),
        ("idp/low.py", "import jose"),
        ("consent/low.py", "import httpx2"),
        ("foundation/low.py", "import httpcore2"),
        ("idp/low.py", "import idp.francetravail"),
        ("consent/low.py", "from idp import francetravail"),
        ("consent/ledger/notes/low.py", "import consent.ledger.retiring"),
        ("consent/ledger/searching/low.py", "import consent.ledger.sequencing"),
    ],
)
def test_an_import_the_wrong_way_is_found(tmp_path: Path, file: str, line: str):
    programs = ("examples", "examples/kit", "examples/coach", "examples/kiosk", "examples/adviser")
    floors = ("notes", "retiring", "verifying", "sequencing", "searching", "witnessing", "files")
    ledger = ("consent/ledger", *(f"consent/ledger/{room}" for room in floors))
    rooms = (*rules.ROOMS, *programs, *ledger, "idp/francetravail", "idp/commands")
    house = {f"{room}/__init__.py": "" for room in rooms} | {"idp/app.py": "", "idp/commands/clients.py": ""}
    contracts = (ROOT / "pyproject.toml").read_text("utf-8").partition("[tool.importlinter]")
    write(tmp_path, house | {"pyproject.toml": contracts[1] + contracts[2]})
    assert run("lint-imports", "--no-cache", folder=tmp_path)[0] == 0
    write(tmp_path, {file: line})
    code, words = run("lint-imports", "--no-cache", folder=tmp_path)
    assert (code, "BROKEN" in words) == (1, True), words


def loaded(program: str, *modules: str) -> set[str]:
    """Which of these modules are loaded once `program` has run in an interpreter of its own."""
    code = f"{program}; import sys; print('loaded', *({set(modules)!r} & sys.modules.keys()))"
    ended, words = run("python", "-W", "ignore", "-c", code)
    assert ended == 0, words
    loaded_line = next(line for line in words.splitlines() if line.startswith("loaded"))
    return set(loaded_line.split()[1:])


def test_the_server_never_loads_what_it_must_not_trust():
    assert loaded("import idp.app, idp.cli", "authlib.jose", "jose") == set()


def test_a_server_without_a_module_of_keys_loads_none():
    assert loaded("import idp.app, idp.cli, keys.signing_process", "pkcs11") == set()


def test_the_sample_app_loads_no_room_and_no_deprecated_jose():
    assert loaded("import examples.coach.app", "authlib.jose", *rules.ROOMS) == set()


def test_a_module_that_is_loaded_would_be_seen():
    assert loaded("import jose, authlib.jose", "authlib.jose", "jose") == {"authlib.jose", "jose"}


# --- what is installed -----------------------------------------------------------------------------------


def brought(name: str, extra: str, seen: set[tuple[str, str]]) -> None:
    """Gather what installing a distribution brings along."""
    if (name, extra) in seen:
        return
    seen.add((name, extra))
    for line in metadata.requires(name) or ():
        asked = Requirement(line)
        if asked.marker is None or asked.marker.evaluate({"extra": extra}):
            for more in ("", *asked.extras):
                brought(canonicalize_name(asked.name), more, seen)


def test_a_server_is_installed_with_all_that_it_imports():
    """Without the test extra: what tests bring along must not be missed in production."""
    seen: set[tuple[str, str]] = set()
    brought("accord", "", seen)
    brought("accord", "pkcs11", seen)  # what a setting asks for
    brought("accord", "parquet", seen)  # what an export asks for, and says so where it is missing
    installed = {name for name, _ in seen}
    owners = metadata.packages_distributions()
    imported = {"greenlet"}  # SQLAlchemy's, for Alembic on PostgreSQL
    for path in rules.sources(ROOT, *rules.ROOMS, "examples"):
        imported |= rules.imported(path.read_text("utf-8"))
    ours = {*rules.ROOMS, "examples", *sys.stdlib_module_names}
    missing = {
        name
        for name in imported - ours
        if not installed & {canonicalize_name(owner) for owner in owners.get(name, ())}
    }
    assert missing == set()
    assert not installed & {"pytest", "playwright"}


# --- linters ---------------------------------------------------------------------------------------------


LINTERS = [
    ("ruff", "check", "."),
    ("ruff", "format", "--check", "."),
    ("mypy", "--cache-dir", ".mypy_cache/house"),  # its own: two runs that share a cache spoil it
]


@pytest.mark.parametrize("command", LINTERS, ids=" ".join)
def test_linters_have_nothing_to_say(command: tuple[str, ...]):
    code, words = run(*command)
    assert code == 0, words


BAD = {
    ("ruff", "check"): "def answer(flag: bool, items=[]):\n    assert flag\n    return items\n",
    ("ruff", "format", "--check"): "answer   = { 'a':1 }\n",
    ("mypy",): '"""A module."""\n\n\ndef answer(value) -> int:\n    return str(value)\n',
}


@pytest.mark.parametrize("command", BAD, ids=" ".join)
def test_linters_are_strict(tmp_path: Path, command: tuple[str, ...]):
    write(tmp_path, {"bad.py": BAD[command], "pyproject.toml": (ROOT / "pyproject.toml").read_text("utf-8")})
    code, words = run(*command, "bad.py", folder=tmp_path)
    assert code == 1, words


def test_types_are_checked_in_every_room():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["mypy"]
    assert settings["strict"] is True
    assert {*rules.ROOMS, "examples"} <= set(settings["packages"])


# --- house rules -----------------------------------------------------------------------------------------


def test_budgets_hold():
    assert list(rules.sizes(ROOT)) == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1\n" * 301, "301 lines, more than 300"),
        ("x = 1\n" * 111, "median has 111 lines"),
        ("def f():\n" + "    x = 1\n" * 50, "51 lines, more than 50"),
        ("def f():\n" + "    x = 1\n" * 10, "median has 11 lines"),
        ("def f():\n    x = 1\n" * 17 + ("def g():\n" + "    x = 1\n" * 30) * 2, "not 90 %"),
    ],
)
def test_a_budget_exceeded_is_found(tmp_path: Path, text: str, complaint: str):
    write(tmp_path, {"keys/big.py": text})
    assert any(complaint in found for found in rules.sizes(tmp_path))


def test_every_exception_has_its_reason_beside_it():
    assert rules.said(ROOT, rules.sources(ROOT, *rules.PROGRAMS), rules.unexplained) == []
    assert list(rules.unexplained_settings((ROOT / "pyproject.toml").read_text("utf-8"))) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa",
        "# noqa: S101",
        "# noqa: S101  # ok",
        "# noqa  # because it is so",
        "# type: ignore",
        "# type: ignore[arg-type]",
        "# type: ignore  # because it is so",
        "# pragma: no cover",
        "# ruff: noqa: S101",
        "# mypy: ignore-errors",
    ],
)
def test_an_exception_without_code_or_reason_is_found(comment: str):
    assert len(list(rules.unexplained(f"x = 1  {comment}\n"))) == 1
    assert list(rules.unexplained(f"x = '{comment}'\n")) == []


@pytest.mark.parametrize(
    "comment",
    [
        "# noqa: S101  # tests assert",
        "# noqa: S101, D1  # tests assert",
        "# type: ignore[arg-type]  # pydantic validates",
        "# type: ignore[arg-type]  # noqa: S101  # both, for this",
        "# pragma: no cover  # only after kill -9",
    ],
)
def test_an_exception_with_its_reason_is_let_through(comment: str):
    assert list(rules.unexplained(f"x = 1  {comment}\n")) == []


def test_a_setting_ignored_without_a_reason_is_found():
    text = 'ignore = [\n    "D1", # why\n    "D2",\n]\nselect = [\n    "S",\n]\n'
    table = '[tool.ruff.lint.per-file-ignores]\n"tests/**" = [\n    "S101",\n]\n'
    assert list(rules.unexplained_settings(text + table)) == ['"D2",', '"S101",']


def test_every_folder_opens_with_what_it_owns():
    assert list(rules.silent_folders(ROOT)) == []


def test_a_silent_folder_is_found(tmp_path: Path):
    house = {
        "keys/__init__.py": '"""Keys."""',
        "idp/__init__.py": '"""Owns: a lot."""',
        "idp/token/grant.py": "",
        "tests/__init__.py": "",
        "bench/some-peer/program.py": "",
    }
    write(tmp_path, house)
    assert list(rules.silent_folders(tmp_path)) == ["idp/token", "keys", "tests"]


def test_modules_and_public_classes_say_what_they_are():
    assert rules.said(ROOT, rules.sources(ROOT, *rules.ROOMS, "examples"), rules.silent_code) == []


def test_a_silent_module_or_class_is_found():
    assert list(rules.silent_code("class A:\n    pass\n\nclass _B:\n    pass\n")) == ["the module", "class A"]


def test_nothing_is_left_for_later():
    paths = (path for path in rules.sources(ROOT, *rules.PROGRAMS) if path.parent.name != "tests")
    assert rules.said(ROOT, paths, rules.unfinished) == []
    assert list(rules.unfinished("# TODO: later\nraise NotImplementedError\n")) == [
        "TODO",
        "NotImplementedError",
    ]


def test_no_text_names_a_machine_or_a_registry():
    assert rules.said(ROOT, rules.texts(ROOT), rules.machine_traces) == []


@pytest.mark.parametrize(
    "text",
    ["see /ro" + "ot/.cache", 'open("/wo' + 'rk/main/x")', "index-url = https://py" + "pi.org/simple"],
)
def test_a_trace_of_a_machine_or_a_registry_is_found(text: str):
    assert len(list(rules.machine_traces(text))) == 1
    assert list(rules.machine_traces("GET /account/work/1 and https://example.org/home/page")) == []
