"""Migrations and SQLModel classes describe one schema, and upgrading is safe to repeat."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Column, Connection, Integer, MetaData, Table

from foundation.errors import StorageUnavailableError
from idp.migrations import schema


def differences(url: str, metadata: MetaData) -> list[object]:
    def compare(connection: Connection) -> list[object]:
        return list(
            compare_metadata(MigrationContext.configure(connection, opts={"include_schemas": True}), metadata)
        )

    return schema._connected(url, compare)


def test_the_migrated_schema_is_the_tables(database_url: str):
    assert schema.current_revision(database_url) == schema.head_revision()
    assert differences(database_url, schema.METADATA) == []


def test_a_difference_would_be_seen(database_url: str):
    more = MetaData()
    for table in schema.METADATA.tables.values():
        table.to_metadata(more)
    Table("forgotten", more, Column("id", Integer, primary_key=True))
    assert [kind for kind, *_ in differences(database_url, more)] == ["add_table"]


def test_upgrading_again_changes_nothing(database_url: str):
    schema.upgrade(database_url)
    assert schema.current_revision(database_url) == schema.head_revision()


@pytest.mark.network
def test_a_database_that_cannot_be_reached_is_said():
    with pytest.raises(StorageUnavailableError):
        schema.upgrade("postgresql://accord@127.0.0.1:1/accord")


def test_no_foreign_key_waits_for_the_commit():
    """One that did would fail, on SQLite, every unit that shares the COMMIT."""
    keys = [key for table in schema.METADATA.tables.values() for key in table.foreign_keys]
    assert not [key for key in keys if key.deferrable or key.constraint.deferrable]
