"""A backup is put back: with its keys or beside those there are, cut in the middle, too old."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import httpx
import orjson
import pytest
from typer.testing import CliRunner

from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.notes.policy import unwitnessed
from consent.records.offline import check, read_paper
from foundation.clock import DAY, MINUTE, FrozenClock
from foundation.errors import AccordError, SettingsError
from foundation.settings import Settings
from foundation.sqlite_driver import path_apart
from idp.backup import on_sqlite
from idp.backup.making import Matched, make_backup, matched, put_back
from idp.backup.manifest import KEYS, LEDGER, Manifest
from idp.cli import app
from idp.people.accounts import Draft
from idp.people.addresses import Address, parse_address
from idp.people.opening import create_account
from idp.receipts.published import key_file
from idp.rights.replaying import see_through
from idp.running.log_care import restore_findings
from idp.running.opening import open_server, prepare_schema
from tests.idp.receipts.papers import paper, seal_log
from tests.idp.rights.remains import rows, tables_saying
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import ISSUER, World, add_app, lean_app, settings_for


@pytest.fixture
def postgres_url(fresh_postgres_url: str) -> str:
    return fresh_postgres_url


def erased_address() -> Address:
    """She comes back, as anybody may."""
    address = parse_address("amina@example.org")
    assert address is not None
    return address


@contextmanager
def unwatched(_what: str) -> Iterator[Callable[[int, int], None]]:
    yield lambda _done, _total: None


@asynccontextmanager
async def serving(settings: Settings, clock: FrozenClock) -> AsyncIterator[World]:
    """A server as it starts; a world in it when it is new."""
    async with open_server(settings, clock, sequencing=True) as server:
        transport = httpx.ASGITransport(app=lean_app(server))
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as http:
            yield await World.make(server, http, clock)


@pytest.fixture
async def erased(settings: Settings, clock: FrozenClock, tmp_path: Path, quick_keys: None) -> World:
    """She was backed up, then erased; the server is down."""
    async with serving(settings, clock) as world:
        await lived_in(world)
        await world.server.sequencer.advance(sign_now=True)
        await make_backup(world.server, tmp_path / "backup", unwatched)
        await world.grant(await add_app(world.server, "later", "later-secret"))  # in no backup
        await seal_log(world)
        (tmp_path / "receipt.json").write_bytes(orjson.dumps(await paper(world)))
        gone = await erase(world)
        assert gone is not None
        assert await see_through(world.server, world.person_id, gone, clock.now())
    clock.advance(MINUTE)
    return world


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
        assert server.sequencer.verifier.name.endswith("/ledger/2")
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


def test_keys_stand_apart_and_nothing_of_the_hour_is_in_it(sqlite_url: str, tmp_path: Path) -> None:
    path = sqlite_url.removeprefix("sqlite:///")
    (tmp_path / KEYS).mkdir()
    on_sqlite.copy_out(path, tmp_path, lambda _done, _total: None)
    assert b"person_key" not in (tmp_path / "database").read_bytes()
    assert b"person_key" in (tmp_path / KEYS / "database").read_bytes()
    assert path_apart(path, on_sqlite.SCHEMA).exists()


def test_an_operator_backs_up_and_puts_back(operator: CliRunner, tmp_path: Path, quick_keys: None) -> None:
    def run(*arguments: str, status: int = 0) -> str:
        ended = operator.invoke(app, [*arguments])
        assert ended.exit_code == status, ended.output
        return " ".join(ended.output.split())

    folder = str(tmp_path / "backups" / "monday")
    assert "Destroy" in run("backup", "--to", folder)
    assert "a folder of its own" in run("backup", "--to", folder, status=1)
    assert "no finished backup" in run("restore", "--from", str(tmp_path), "--yes", status=1)
    assert "people without keys" in run("restore", "--from", folder, "--yes")


def test_a_manifest_tells_when_in_words() -> None:
    told = Manifest(0, DAY, "sqlite", "0001", 3).told()
    assert json.dumps(told)
    assert told["keys_until"] == "1970-01-02T00:00:00+00:00"
