"""A backup is put back: with its keys or beside those there are, cut in the middle, too old."""

import json
import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.verifying.verify import verify
from consent.records.offline import check, read_paper
from foundation.clock import DAY, FrozenClock
from foundation.errors import AccordError, SettingsError
from foundation.settings import Settings
from foundation.sqlite_driver import path_apart
from idp.backup import on_postgres, on_sqlite
from idp.backup.making import Matched, matched, put_back
from idp.backup.manifest import KEYS, KEYS_SHAPED, LEDGER, Manifest, write_manifest
from idp.cli import app
from idp.migrations.schema import current_revision, head_revision, upgrade
from idp.people.accounts import Draft
from idp.people.addresses import Address, parse_address
from idp.people.opening import create_account
from idp.receipts.published import key_file
from idp.running.log_care import restore_findings
from idp.running.opening import open_server, prepare_schema
from tests.idp.migrations.test_upgrading import upgrade_to
from tests.idp.rights.remains import rows, tables_saying
from tests.idp.support import ISSUER, World, settings_for
from tests.support import ROOT
from tests.support.postgres import Administrator


def erased_address() -> Address:
    """She comes back, as anybody may."""
    address = parse_address("amina@example.org")
    assert address is not None
    return address


async def test_a_backup_put_back_brings_nobody_back_and_its_log_goes_on(
    erased: World, settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    for _ in range(2):  # and once more, as after a cut
        manifest = put_back(settings, folder, clock.now(), keys=True)
    assert manifest.events > 0
    async with open_server(settings, clock) as server:  # a command, before any server
        assert (await restore_findings(server))[0][1] is False
    async with open_server(settings, clock, sequencing=True) as server:
        assert all(well for _, well, _ in await restore_findings(server))
        assert await tables_saying(server.db, "amina@example.org") == set()
        assert await tables_saying(server.db, erased.person.secret) == set()
        assert await matched(server) == Matched(0, 0)
        async with server.db.reading() as tx:
            assert await server.people.find(tx, erased.person_id) is None
        assert len((await rows(server.db))["evidence"]) == 2  # put away again, with the keys of the backup
        names = [erased.server.sequencer.verifier, server.sequencer.verifier]
        assert names[1].name.endswith("/ledger/2")
        assert (await verify(server.db, names)).ok
        kept = read_paper((tmp_path / "receipt.json").read_bytes())
        proved = check(kept, await key_file(server), issuer=ISSUER)
        assert "logged" in proved.steps  # under the name and the head of before
    before = erased.server.sequencer.verifier
    checked = check_files(Folder(folder / LEDGER), Asked(unwitnessed(before)))
    assert checked.ok, checked.message()


async def test_beside_newer_keys_what_is_left_of_her_goes_too(
    erased: World, settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    clock.advance(40 * DAY)
    with pytest.raises(AccordError, match="30 days"):
        put_back(settings, folder, clock.now(), keys=True)
    put_back(settings, folder, clock.now(), keys=False)
    async with open_server(settings, clock) as server:
        left = await rows(server.db)
        assert left["account"] == left["profile_dataset"] == left["line"] == left["grant_revision"] == []
        assert await tables_saying(server.db, erased.person_id) == {"erasure"}  # until it is settled
        assert all(row.revoked_at is not None and row.subject == "" for row in left["consent_grant"])
        assert await matched(server) == Matched(0, 0)
        async with server.db.transaction() as tx:
            holder = await create_account(tx, server, Draft(erased_address(), "!"), clock.now())
        async with server.db.transaction() as tx:
            await server.people.destroy(tx, holder.id)  # as when keys are of another moment
        assert (await restore_findings(server))[1][1] is False


@pytest.mark.parametrize("step", [0, 1])
def test_a_restore_that_was_cut_opens_nothing_until_it_is_run_again(
    sqlite_url: str, tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On PostgreSQL each dump is one transaction."""
    path, settings, left = sqlite_url.removeprefix("sqlite:///"), settings_for(sqlite_url, tmp_path), step
    folder = tmp_path / "backup"
    (folder / KEYS).mkdir(parents=True)
    on_sqlite.copy_out(path, folder, lambda _done, _total: None)

    def dies(path: Path, place: Path) -> Path:
        nonlocal left
        if left == 0:
            raise KeyboardInterrupt
        left -= 1
        path.rename(place)
        return place

    with monkeypatch.context() as fault:
        fault.setattr(Path, "replace", dies)
        with pytest.raises(KeyboardInterrupt):
            on_sqlite.put_back(path, folder, keys=True)
    with pytest.raises(SettingsError, match="run `accord restore` again"):
        prepare_schema(settings)
    on_sqlite.put_back(path, folder, keys=True)
    prepare_schema(settings)


def test_a_cut_restore_leaves_no_copy_of_keys_unsaid(sqlite_url: str, tmp_path: Path) -> None:
    path, folder = sqlite_url.removeprefix("sqlite:///"), tmp_path
    settings = settings_for(sqlite_url, folder)
    (folder / KEYS).mkdir()
    on_sqlite.copy_out(path, folder, lambda _done, _total: None)
    left = Path(f"{path}-people_keys.incoming")
    left.write_bytes(b"of one that was killed")
    with pytest.raises(SettingsError, match=f"or remove {left}"):
        prepare_schema(settings)
    on_sqlite.put_back(path, folder, keys=False)
    assert not left.exists()
    prepare_schema(settings)


async def test_a_torn_copy_replaces_nothing(
    erased: World, settings: Settings, clock: FrozenClock, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    os.truncate(folder / "database", (folder / "database").stat().st_size - 5_000)
    for _ in range(2):
        with pytest.raises(AccordError) as refused:
            put_back(settings, folder, clock.now(), keys=True)
        assert refused.value.code == ("copy_failed" if settings.on_sqlite else "tool_failed")
        (folder / "database").unlink(missing_ok=True)
    async with open_server(settings, clock) as server:
        assert len((await rows(server.db))["erasure"]) == 1
    assert not list(tmp_path.glob("*.incoming"))


@pytest.mark.postgres
def test_an_older_schema_is_put_back_in_place_of_a_newer_one(fresh_postgres_url: str, tmp_path: Path) -> None:
    """On SQLite it is another file."""
    url, older, newer = fresh_postgres_url, tmp_path / "older", tmp_path / "newer"
    for folder in (older, newer):
        (folder / KEYS).mkdir(parents=True)
    on_postgres.copy_out(url, newer)
    administrator = Administrator(url)
    administrator.execute("DROP SCHEMA people_keys, public CASCADE")
    administrator.execute("CREATE SCHEMA public")
    administrator.close()
    upgrade_to(url, "0052")  # without one table of people's keys, and several others
    on_postgres.copy_out(url, older)
    for folder, revision in ((newer, head_revision()), (older, "0052")):
        on_postgres.put_back(url, folder, keys=True)
        assert current_revision(url) == revision
    upgrade(url)


def test_keys_of_another_shape_are_not_put_beside(sqlite_url: str, tmp_path: Path) -> None:
    write_manifest(tmp_path, Manifest(0, DAY, "sqlite", "0052", 0))
    with pytest.raises(AccordError, match="of another shape"):
        put_back(settings_for(sqlite_url, tmp_path), tmp_path, 2 * DAY, keys=False)
    revisions = (ROOT / "idp" / "migrations" / "versions").glob("0*.py")
    shaped = [path for path in revisions if "people_keys" in path.read_text("utf-8")]
    assert max(shaped).name[:4] == KEYS_SHAPED


def test_keys_stand_apart_and_nothing_of_the_hour_is_in_it(sqlite_url: str, tmp_path: Path) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    (tmp_path / KEYS).mkdir()
    on_sqlite.copy_out(path, tmp_path, lambda _done, _total: None)
    assert b"person_key" not in (tmp_path / "database").read_bytes()
    assert b"person_key" in (tmp_path / KEYS / "database").read_bytes()
    assert path_apart(path, on_sqlite.SCHEMA).exists()


def test_an_operator_backs_up_and_puts_back(
    operator: CliRunner, tmp_path: Path, quick_keys: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(*arguments: str, status: int = 0) -> str:
        ended = operator.invoke(app, [*arguments])
        assert ended.exit_code == status, ended.output
        return " ".join(ended.output.split())

    folder = str(tmp_path / "backups" / "monday")
    assert "Destroy" in run("backup", "--to", folder)
    assert "a folder of its own" in run("backup", "--to", folder, status=1)
    assert "no finished backup" in run("restore", "--from", str(tmp_path), "--yes", status=1)
    assert "people without keys" in run("restore", "--from", folder, "--yes")
    cut = tmp_path / "accord.sqlite3.restoring"
    cut.touch()
    for command in (["db", "upgrade"], ["backup", "--to", str(tmp_path / "next")], ["ledger", "verify"]):
        assert "run `accord restore` again" in run(*command, status=1)
    cut.unlink()
    monkeypatch.setenv("ACCORD_DATABASE_URL", f"sqlite:///{tmp_path}/new machine/accord.sqlite3")
    assert "people without keys" in run("restore", "--from", folder, "--yes")
    assert "verified" in run("ledger", "verify")


def test_a_manifest_tells_when_in_words() -> None:
    told = Manifest(0, DAY, "sqlite", "0001", 3).told()
    assert json.dumps(told)
    assert told["keys_until"] == "1970-01-02T00:00:00+00:00"
