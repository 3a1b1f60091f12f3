"""A PostgreSQL database to upgrade, compare and alter."""

import pytest


@pytest.fixture
def postgres_url(fresh_postgres_url: str) -> str:
    return fresh_postgres_url
