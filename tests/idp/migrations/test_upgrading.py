"""From an empty database to the newest revision: step by step, broken off half-way, by command."""

import json

import pytest
from alembic import command, op
from alembic.script import ScriptDirectory
from typer.testing import CliRunner

from foundation.errors import StorageUnavailableError
from idp.cli import app
from idp.migrations import schema
from tests.idp.migrations.test_schema import differences


def revisions() -> list[str]:
    """Every revision, the first one first."""
    steps = ScriptDirectory.from_config(schema._config()).walk_revisions()
    return [step.revision for step in steps][::-1]


def upgrade_to(url: str, revision: str) -> None:
    schema._connected(url, lambda connection: command.upgrade(schema._config(connection), revision))


def test_each_revision_follows_the_one_before(empty_url: str, monkeypatch: pytest.MonkeyPatch):
    steps = ScriptDirectory.from_config(schema._config())
    monkeypatch.setattr(ScriptDirectory, "from_config", lambda _config: steps)  # files that are read once
    assert revisions()[0] == "0001"
    for revision in revisions():
        upgrade_to(empty_url, revision)
        assert schema.current_revision(empty_url) == revision
    assert differences(empty_url, schema.METADATA) == []


@pytest.mark.parametrize("start", ["empty", "0001"])
def test_an_upgrade_that_breaks_off_leaves_nothing_behind(
    empty_url: str, start: str, monkeypatch: pytest.MonkeyPatch
):
    if start != "empty":
        upgrade_to(empty_url, start)
    before = schema.current_revision(empty_url)
    create = op.create_table

    def break_off(name: str, *columns: object, **options: object) -> object:
        if name == "ledger_lease":
            raise OSError("no space left on device")
        return create(name, *columns, **options)

    with monkeypatch.context() as broken:
        broken.setattr(op, "create_table", break_off)
        with pytest.raises(StorageUnavailableError):
            schema.upgrade(empty_url)
    assert schema.current_revision(empty_url) == before
    schema.upgrade(empty_url)  # nothing is in its way
    assert differences(empty_url, schema.METADATA) == []


def test_the_commands_say_where_a_database_is(empty_url: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACCORD_DATABASE_URL", empty_url)

    def accord_db(name: str) -> tuple[int, dict[str, str]]:
        ended = CliRunner().invoke(app, ["db", name, "--json"])
        return ended.exit_code, json.loads(ended.stdout)

    newest = schema.head_revision()
    assert accord_db("check") == (1, {"current": "empty", "wanted": newest})
    upgrade_to(empty_url, "0001")
    assert accord_db("check") == (1, {"current": "0001", "wanted": newest})
    assert accord_db("upgrade") == (0, {"before": "0001", "now": newest})
    assert accord_db("upgrade") == (0, {"before": newest, "now": newest})
    assert accord_db("check") == (0, {"current": newest, "wanted": newest})
