"""A log to take from."""

import pytest

from consent.taking.exports import Exports
from tests.consent.ledger.conftest import sqlite_log
from tests.consent.ledger.support import Log
from tests.consent.pages.conftest import shared, site

__all__ = ["shared", "site", "sqlite_log"]


@pytest.fixture
def log(db, database_url, clock):
    return Log(db, database_url, clock)


@pytest.fixture
def exports(tmp_path, clock):
    return Exports(tmp_path / "exports", clock)
