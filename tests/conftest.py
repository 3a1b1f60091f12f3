"""Fixtures of every test: fresh databases on both engines, a frozen clock, no sockets, honest skips.

`db`, `database_url`: parametrised over SQLite and PostgreSQL (the latter is marked `postgres` by itself).
`sqlite_url`, `postgres_url`: one engine only. `fresh_postgres_url`: to alter. `cluster`: a server to break.
`clock`: moves only when told to. `operator`: at a terminal. `refused_fields`: what no log call may name.
ACCORD_TEST_POSTGRES=postgresql://… uses that server instead of starting one.
"""

import fcntl
import gc
import json
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
from typer.testing import CliRunner

from foundation.clock import FrozenClock
from foundation.database import Database, open_database
from tests.support.guard import refuse_sockets
from tests.support.logs import REFUSED, be_strict
from tests.support.memory import keep_files_in_memory
from tests.support.once import work_out_once
from tests.support.postgres import Administrator, Cluster, binaries, copy_of, empty, on_server
from tests.support.records import hold_records
from tests.support.schema import copy_database, create_schema
from tests.support.skips import all_required

_RUN_FOLDER = "ACCORD_TEST_RUN_FOLDER"  # one a run, shared by its parallel workers
_OPENS_SOCKETS = ("postgres", "browser", "network")
hypothesis.settings.register_profile("default", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("ci" if all_required() or os.environ.get("CI") else "default")


# --- the run ---------------------------------------------------------------------------------------------


def pytest_configure(config: pytest.Config) -> None:
    be_strict()
    # As a server has it: at Python's own pace a sixth of the run went by in searches that found little.
    gc.set_threshold(20_000, 20, 20)
    work_out_once()
    if not hasattr(config, "workerinput"):
        keep_files_in_memory()
        os.environ[_RUN_FOLDER] = tempfile.mkdtemp(prefix="accord-tests-")
        Path(os.environ[_RUN_FOLDER]).chmod(0o755)  # the server's own user passes through


def pytest_unconfigure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput"):
        return
    folder = Path(os.environ.pop(_RUN_FOLDER))
    for data in folder.glob("*/data"):
        Cluster(data.parent).destroy()
    if os.environ.get("ACCORD_TEST_POSTGRES") and (folder / "postgres.json").exists():
        server, template = json.loads((folder / "postgres.json").read_text("utf-8"))
        admin = Administrator(server)
        admin.execute(f"DROP DATABASE {template} WITH (FORCE)")
        admin.close()
    shutil.rmtree(folder, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """How long the whole check took, so that its growth is seen (`.ci/run`)."""
    began = os.environ.get("ACCORD_CHECK_BEGAN")
    if began:
        minutes, seconds = divmod(int(time.time()) - int(began), 60)
        terminalreporter.write_line(f"The whole check, installing included: {minutes} min {seconds:02} s")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # Begins early what is long and would come last: parallel workers end together.
    items.sort(key=lambda item: item.path.name != "test_architecture.py")
    for item in items:
        if {"postgres_url", "fresh_postgres_url"} & {*getattr(item, "fixturenames", ())}:
            item.add_marker(pytest.mark.postgres)


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """A long text, perhaps with a fresh key in it, is no name: parallel workers must agree on names."""
    return f"{argname} of {len(val)}" if isinstance(val, str | bytes) and len(val) > 50 else None


def pytest_collection_finish() -> None:
    """What was imported stays: no later search for garbage goes through it again."""
    gc.collect()
    gc.freeze()


def _demand(report: pytest.TestReport | pytest.CollectReport) -> None:
    """Where everything is required, a skip is a failure that names what was missing."""
    if report.skipped and all_required() and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        report.outcome, report.longrepr = "failed", f"nothing may be skipped here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _demand(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _demand(report)
    return report


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    allowed = any(request.node.get_closest_marker(name) for name in _OPENS_SOCKETS)
    refuse_sockets(refusing=not allowed)
    yield
    refuse_sockets(refusing=False)


@pytest.fixture(autouse=True)
def refused_fields() -> Iterator[list[str]]:
    """Names of fields that a log call was refused for; a test that means it empties the list."""
    REFUSED.clear()
    yield REFUSED
    assert REFUSED == [], "a log call named what may be a secret or personal"


@pytest.fixture(autouse=True)
def _records_as_published(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever a test decides, its record is as the published schema says."""
    hold_records(monkeypatch)


@pytest.fixture
def operator(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """Whoever runs the server, at a terminal."""
    for name, value in {
        "DATABASE_URL": sqlite_url,
        "DATA_DIR": str(tmp_path),
        "MASTER_KEY": "0123456789abcdefghijklmn-and-more-of-it",
    }.items():
        monkeypatch.setenv(f"ACCORD_{name}", value)
    return CliRunner()


@pytest.fixture
def clock() -> FrozenClock:
    return FrozenClock()


# --- databases -------------------------------------------------------------------------------------------


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One worker of a parallel run at a time."""
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    create_schema(f"sqlite:///{path}")
    return path


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh SQLite database with every table."""
    path = tmp_path / "accord.sqlite3"
    copy_database(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def postgres_template() -> Iterator[tuple[Administrator, str]]:
    """The run's server and the name of the database that each test copies."""
    folder = Path(os.environ[_RUN_FOLDER])
    note = folder / "postgres.json"
    with _alone(folder):
        if note.exists():
            server, template = json.loads(note.read_text("utf-8"))
            admin = Administrator(server)
        else:
            admin, template = _prepare_server(folder)
            note.write_text(json.dumps([admin.url, template]), "utf-8")
    yield admin, template
    admin.close()


def _prepare_server(folder: Path) -> tuple[Administrator, str]:
    server = os.environ.get("ACCORD_TEST_POSTGRES", "")
    if not server:
        binaries()  # skips here, before anything is half made
        shared = Cluster(folder / "cluster")
        shared.create()
        server = shared.url()
    admin = Administrator(server)
    template = f"accord_{uuid.uuid4().hex}"
    admin.execute(f"CREATE DATABASE {template}")
    create_schema(on_server(server, template))
    return admin, template


@pytest.fixture(scope="session")
def kept_postgres(postgres_template: tuple[Administrator, str]) -> Iterator[Administrator]:
    """A worker's own database, emptied for each test: a copy costs a hundred times what emptying does."""
    with copy_of(postgres_template) as url:
        inside = Administrator(url)
        yield inside
        inside.close()


@pytest.fixture
def postgres_url(kept_postgres: Administrator) -> str:
    """A PostgreSQL database with every table and no row; for tests that leave the tables as they are."""
    empty(kept_postgres, kept="alembic_")
    return kept_postgres.url


@pytest.fixture
def fresh_postgres_url(postgres_template: tuple[Administrator, str]) -> Iterator[str]:
    """A PostgreSQL database of the test's own, to alter at will."""
    with copy_of(postgres_template) as url:
        yield url


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server of the test's own, to stop, start and starve. Mark such a test `postgres`."""
    binaries()
    own = Cluster(Path(os.environ[_RUN_FOLDER]) / uuid.uuid4().hex)
    own.create()
    yield own
    own.destroy()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh database with every table, on each engine in turn."""
    url: str = request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")
    return url


@pytest.fixture
async def db(database_url: str) -> AsyncIterator[Database]:
    """`database_url`, open."""
    database = open_database(database_url)
    await database.start()
    yield database
    await database.stop()
