"""A witness in a folder of its own."""

from pathlib import Path

import pytest

from idp.witness.key import make_key, read_key
from idp.witness.state import State
from tests.consent.ledger.conftest import honest, log, sqlite_log  # noqa: F401  # a log of our own
from tests.idp.witness.support import Watch


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A witness's, with its key and an empty memory."""
    made = tmp_path / "witness"
    made.mkdir()
    State.begin(made)
    make_key(made, "witness.example/1")
    return made


@pytest.fixture
def watch(folder: Path) -> Watch:
    key = read_key(folder)
    assert key is not None
    return Watch(folder, key)
