"""Changing the master key beside a server that runs: told to the ledger, and all of it or nothing."""

from dataclasses import replace
from pathlib import Path

import pytest

from consent.ledger.append import Ledger
from foundation.errors import StorageUnavailableError
from foundation.settings import Settings
from idp.rights.reading import Reading, read_evidence
from idp.running.resealing import reseal
from keys.master import WrongMasterKeyError
from tests.idp.rights.scenes import erase, lived_in
from tests.idp.support import World


@pytest.fixture
def renewed(world: World, tmp_path: Path) -> Settings:
    (tmp_path / "new.key").write_text("0123456789abcdefghijklmnopqrstuv")
    given = {"master_key": None, "master_key_file": tmp_path / "new.key"}
    return world.server.settings.model_copy(update=given)


async def test_a_server_goes_on_and_evidence_waits_for_its_restart(world: World, renewed: Settings) -> None:
    await lived_in(world)
    settings = world.server.settings
    assert await reseal(settings, renewed, rehearse=True)
    assert await reseal(settings, renewed)
    assert not await reseal(settings, renewed)
    assert len(await world.events("key.resealed")) == 1
    await erase(world)  # puts evidence away, which needs no master key
    (given, _) = await world.events("consent.given")
    reading = Reading(given["grant"], "claim", "RC-2027/014", world.clock.now())
    with pytest.raises(WrongMasterKeyError):
        await read_evidence(world.server, reading)
    piece = await read_evidence(replace(world.server, settings=renewed), reading)
    assert piece["person"]["email"] == "amina@example.org"


async def test_what_is_cut_at_its_last_step_has_done_nothing(
    world: World, renewed: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def cut(*_of: object, **_named: object) -> None:
        raise StorageUnavailableError("cut")

    with monkeypatch.context() as last_step:
        last_step.setattr(Ledger, "append", cut)
        with pytest.raises(StorageUnavailableError):
            await reseal(world.server.settings, renewed)
    assert await reseal(world.server.settings, renewed)  # the old key still opens it
