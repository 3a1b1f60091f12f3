"""Databases to upgrade, compare and alter."""

from pathlib import Path

import pytest

from tests.support.postgres import Administrator


@pytest.fixture
def postgres_url(fresh_postgres_url: str) -> str:
    return fresh_postgres_url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database without a table, on each engine in turn."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.sqlite3'}"
    url: str = request.getfixturevalue("fresh_postgres_url")
    inside = Administrator(url)
    inside.execute("DROP SCHEMA public, people_keys CASCADE")
    inside.execute("CREATE SCHEMA public")
    inside.close()
    return url
