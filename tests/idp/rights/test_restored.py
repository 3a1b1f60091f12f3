"""A backup from before an erasure: she is erased again before anything is served, whatever fails."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from foundation.clock import MINUTE, FrozenClock
from foundation.errors import SettingsError
from foundation.settings import Settings
from idp.rights import replaying
from idp.rights.apart import ErasureList, Gone
from idp.rights.replaying import erase_again, list_of, see_through
from idp.rights.settling import SETTLES_AFTER, settle
from idp.running.opening import open_server
from tests.idp.rights.remains import profile_values, restore, rows, tables_saying
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World

SHE, EVENT = "a" * 32, "e" * 32


async def gone(world: World) -> None:
    erased = await erase(world)
    assert erased is not None
    assert await see_through(world.server, world.person_id, erased, world.clock.now())


async def test_a_restored_backup_erases_again_before_it_serves(
    world: World, settings: Settings, clock: FrozenClock
) -> None:
    tokens = await lived_in(world)
    backup = await rows(world.server.db)
    await gone(world)
    await restore(world.server.db, backup)
    assert (await world.read("/v1/me/skills", tokens["access_token"])).status_code == 200  # she is back
    clock.advance(MINUTE)
    async with open_server(settings, clock) as opened:
        for name in profile_values("amina"):
            assert await tables_saying(opened.db, name) == set(), name
        assert await tables_saying(opened.db, "amina@example.org") == set()
        async with opened.db.reading() as tx:
            assert await opened.people.find(tx, world.person_id) is None
    assert (await world.read("/v1/me/skills", tokens["access_token"])).status_code == 401
    (leaf,) = await world.events("person.erased")  # of this database's ledger
    assert leaf["facts"]["by"] == "restore"
    assert [leaf["facts"]["why"] for leaf in await world.events("erasure.requested")] == ["account_erased"]
    mails = [row for row in (await rows(world.server.db))["outbox_mail"] if "erased" in str(row)]
    assert mails == []  # she had her farewell
    assert await erase_again(world.server) == 0


async def test_what_stands_is_left_alone(world: World) -> None:
    await lived_in(world)
    other = Gone(world.clock.now(), "b" * 32, EVENT)
    await list_of(world.server).add(other)
    before = await rows(world.server.db)
    assert await erase_again(world.server) == 0
    assert await rows(world.server.db) == before


async def test_a_replay_that_fails_opens_nothing_and_goes_on(
    world: World, settings: Settings, clock: FrozenClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = await rows(world.server.db)
    await gone(world)
    await restore(world.server.db, backup)

    async def broken(*_args: object) -> None:
        raise RuntimeError("in the middle of it")

    with monkeypatch.context() as fault:
        fault.setattr("idp.rights.erasure.tell_account_erased", broken)
        with pytest.raises(RuntimeError, match="in the middle"):
            async with open_server(settings, clock):
                pytest.fail("it opened")
    async with world.server.db.reading() as tx:
        assert await world.server.people.find(tx, world.person_id) is not None  # nothing was half done
    async with open_server(settings, clock) as opened, opened.db.reading() as tx:
        assert await opened.people.find(tx, world.person_id) is None


async def test_an_erasure_that_could_not_be_written_apart_is_before_its_id_is_forgotten(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    erased = await erase(world)
    assert erased is not None

    def full(*_args: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as fault:
        fault.setattr("os.write", full)
        assert not await see_through(world.server, world.person_id, erased, world.clock.now())
        world.clock.advance(SETTLES_AFTER)
        with pytest.raises(OSError, match="No space"):
            await settle(world.server)
    assert await tables_saying(world.server.db, world.person_id) == {"erasure"}  # kept for the next round
    await settle(world.server)
    assert [one.person_id for one in await list_of(world.server).read()] == [world.person_id]
    assert await tables_saying(world.server.db, world.person_id) == set()


async def test_settling_writes_nobody_twice(world: World, settings: Settings) -> None:
    await gone(world)
    world.clock.advance(SETTLES_AFTER)
    await settle(world.server)
    assert len(settings.erasures_path.read_text().splitlines()) == 1


# --- the file --------------------------------------------------------------------------------------------


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "apart.txt"


def torn(line: str) -> Iterator[str]:
    for length in range(len(line)):
        yield line[:length]


async def test_a_line_that_a_crash_cut_harms_no_other(path: Path) -> None:
    kept, cut, later = (Gone(number, str(number) * 32, EVENT) for number in (1, 2, 3))
    for piece in torn(f"{cut.erased_at} {cut.person_id} {cut.event_id}"):
        path.unlink(missing_ok=True)
        apart_ = ErasureList(path)
        await apart_.add(kept)
        with path.open("a") as file:
            file.write(piece)
        assert await apart_.read() == [kept]
        await apart_.add(later)
        await apart_.add(later)  # a repetition
        assert await apart_.read() == [kept, later]


async def test_it_is_for_its_owner_alone_and_need_not_be_there(path: Path) -> None:
    assert await ErasureList(path).read() == []
    await ErasureList(path).add(Gone(1, SHE, EVENT))
    assert path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("text", ["amina@example.org\n", "1 2 3 4\n", "\x00\n", f"1 {SHE} {EVENT} \n", "é\n"])
async def test_a_file_that_is_no_such_list_stops_the_server(
    world: World, settings: Settings, clock: FrozenClock, text: str
) -> None:
    settings.erasures_path.write_text(f"1 {SHE} {EVENT}\n{text}", "utf-8")
    with pytest.raises(SettingsError, match="list of erasures"):
        async with open_server(settings, clock):
            pytest.fail("it opened")


async def test_many_erasures_are_looked_up_a_thousand_at_a_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(replaying, "_AT_ONCE", 2)
    backup = await rows(world.server.db)
    for number in range(4):
        await list_of(world.server).add(Gone(number, f"{number:032x}", EVENT))
    await gone(world)
    await restore(world.server.db, backup)
    assert await erase_again(world.server) == 1


def test_it_stands_beside_the_data_unless_told(settings: Settings) -> None:
    assert settings.erasures_path == settings.data_dir / "erasures.txt"
    elsewhere = Path(os.sep) / "mnt" / "apart"
    assert settings.model_copy(update={"erasures_file": elsewhere}).erasures_path == elsewhere
