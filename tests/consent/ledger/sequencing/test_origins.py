"""A database restored from before what was signed: never a fork, never a stop; proofs stay proofs."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from consent.ledger.leaf import parse_leaf
from consent.ledger.merkle import verify_inclusion
from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.proofs import Inclusion, prove
from consent.ledger.sequencing.apart import HeadFile, head_of
from consent.ledger.sequencing.lease import LEASE
from consent.ledger.sequencing.origins import current_origin, settle_origin, standing
from consent.ledger.sequencing.publish import HeadError, keep_head
from consent.ledger.sequencing.sequencer import Sequencer
from consent.ledger.tiles import TileError
from consent.ledger.verifying.verify import verify
from foundation.errors import SettingsError, StorageUnavailableError
from tests.consent.ledger.support import ORIGIN, Log, signer_of
from tests.idp.rights.remains import restore, rows


class House:
    """A log whose heads are kept apart, as a server keeps them."""

    def __init__(self, log: Log, folder: Path) -> None:
        self.log = log
        self.path = folder / "apart" / "ledger-head"
        self.apart = HeadFile(self.path)

    async def open(self) -> Sequencer:
        """What a server does when it starts."""
        log = self.log
        log.clock.advance(2 * LEASE)  # who led before is gone
        origin = await settle_origin(log.db, self.apart, ORIGIN, log.clock.now())
        log.signer = signer_of(origin, log.key)
        log.sequencer = Sequencer(log.db, log.signer, log.clock, apart=self.apart)
        return log.sequencer

    async def live(self, events: int) -> None:
        """Some events, signed."""
        await self.log.write_many(events)
        await self.log.drain()

    @property
    def note(self) -> str:
        return self.path.read_text("utf-8")

    async def opened(self) -> list[dict[str, Any]]:
        """What the log says of its own openings."""
        found = await self.log.rows("SELECT leaf FROM ledger_event ORDER BY id")
        leaves = [parse_leaf(leaf) for (leaf,) in found]
        return [leaf.facts for leaf in leaves if leaf.event == "log.opened"]

    async def sound(self) -> None:
        """Nothing lies, whichever origin it was signed under."""
        async with self.log.db.reading() as tx:
            newest = await current_origin(tx, ORIGIN)
        names = [ORIGIN, f"{ORIGIN}/2", f"{ORIGIN}/3"]
        verdict = await verify(self.log.db, [signer_of(name, self.log.key).verifier for name in names])
        assert verdict.ok, verdict.message()
        assert head_of(self.note).origin == newest


@pytest.fixture
async def house(log: Log, tmp_path: Path) -> House:
    made = House(log, tmp_path)
    await made.open()
    await made.live(3)
    return made


async def proof_of(log: Log, event_id: str, origin: str) -> Inclusion:
    async with log.db.reading() as tx:
        found = await prove(tx, origin, event_id)
    assert isinstance(found, Inclusion)
    return found


def check(log: Log, proof: Inclusion, origin: str) -> None:
    """What anyone does who kept a proof and pinned a key."""
    head = open_checkpoint(proof.note, signer_of(origin, log.key).verifier)
    verify_inclusion(proof.position, head.size, proof.leaf_hash, proof.proof, head.root)


async def test_a_head_is_apart_before_the_database_has_it(house: House) -> None:
    assert house.note == await house.log.value("SELECT note FROM ledger_head")
    assert await house.opened() == []
    await house.open()  # again: nothing to settle
    await house.sound()


async def test_an_older_backup_opens_a_new_origin_and_forks_nothing(house: House) -> None:
    log = house.log
    backup = await rows(log.db)
    kept = await log.write()
    await house.live(4)
    proof, last = await proof_of(log, kept.event_id, ORIGIN), head_of(house.note)
    await restore(log.db, backup)
    await house.open()
    assert log.signer.name == f"{ORIGIN}/2"
    await house.live(2)
    assert await house.opened() == [
        {"follows": ORIGIN, "size": last.size, "root": last.root.hex(), "kept": 3}
    ]
    assert await log.value("SELECT max(size) FROM ledger_checkpoint WHERE origin = ?", ORIGIN) == 3
    await house.sound()
    check(log, proof, ORIGIN)  # of an event that this database has never seen
    (earliest,) = await log.rows("SELECT event_id FROM ledger_entry WHERE position = 0")
    check(log, await proof_of(log, earliest[0], f"{ORIGIN}/2"), f"{ORIGIN}/2")
    await restore(log.db, backup)  # and once more
    await house.open()
    await house.live(1)
    assert log.signer.name == f"{ORIGIN}/3"
    assert [one["follows"] for one in await house.opened()] == [f"{ORIGIN}/2"]
    await house.sound()


async def test_an_opening_that_was_cut_is_no_second_one(house: House) -> None:
    backup = await rows(house.log.db)
    await house.live(2)
    await restore(house.log.db, backup)
    for _ in range(3):  # dead before it signed anything
        await house.open()
    await house.live(1)
    await house.open()
    assert len(await house.opened()) == 1
    await house.sound()


async def test_nodes_that_start_at_once_open_one(house: House) -> None:
    backup = await rows(house.log.db)
    await house.live(2)
    await restore(house.log.db, backup)
    log = house.log
    opened = await asyncio.gather(
        *(settle_origin(log.db, HeadFile(house.path), ORIGIN, log.clock.now()) for _ in range(8))
    )
    assert set(opened) == {f"{ORIGIN}/2"}
    assert len(await house.opened()) == 1


@pytest.mark.parametrize("stored", [False, True])
async def test_a_head_that_did_not_reach_the_database_is_taken_over(
    house: House, stored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def dies(*given: Any) -> None:
        if stored:
            await keep_head(*given)
        raise StorageUnavailableError("the connection is gone")

    await house.log.write_many(2)
    with monkeypatch.context() as fault:
        fault.setattr("consent.ledger.sequencing.sequencer.keep_head", dies)
        with pytest.raises(StorageUnavailableError):
            await house.log.drain()
    assert head_of(house.note).size == 5
    if stored:
        await house.open()
    await house.live(1)  # started again or not
    assert (head_of(house.note).size, await house.opened()) == (6, [])
    await house.sound()


async def test_a_database_restored_under_a_running_server_signs_nothing(house: House) -> None:
    backup = await rows(house.log.db)
    await house.live(2)
    await restore(house.log.db, backup)
    note = house.note
    await house.log.write_many(4)
    for _ in range(2):
        with pytest.raises(HeadError, match="more was signed"):
            await house.log.sequencer.advance(sign_now=True)
    assert house.note == note
    await house.open()
    await house.log.drain()
    await house.sound()


async def test_a_file_from_before_is_brought_up_to_date(house: House) -> None:
    old = house.note
    await house.live(2)
    house.path.write_text(old)
    await house.live(1)  # while it runs
    assert head_of(house.note).size == 6
    house.path.write_text(old)
    await house.open()
    assert (head_of(house.note).size, await house.opened()) == (6, [])
    backup = await rows(house.log.db)
    await house.live(1)
    await restore(house.log.db, backup)
    await house.open()
    await house.live(1)
    house.path.write_text(old)  # of the first origin
    await house.open()
    await house.live(1)
    assert len(await house.opened()) == 1
    await house.sound()


async def test_without_the_file_or_with_another_logs_it_goes_on(house: House) -> None:
    house.path.unlink()
    await house.open()
    await house.live(1)
    house.path.write_text(house.note.replace(ORIGIN, "elsewhere.test/ledger"))
    await house.open()
    await house.live(1)
    assert await house.opened() == []
    await house.sound()


async def test_a_tree_without_its_tiles_stops_no_start(house: House) -> None:
    backup = await rows(house.log.db)
    await house.live(2)
    await restore(house.log.db, backup | {"ledger_tile": []})
    house.path.write_text(house.note.replace("\n5\n", "\n2\n"))  # a head that its size would let in
    await house.open()
    assert house.log.signer.name == f"{ORIGIN}/2"
    with pytest.raises(TileError):
        await house.log.drain()


async def test_a_damaged_file_is_said(house: House) -> None:
    house.path.write_text("no note\n")
    with pytest.raises(SettingsError, match="last signed head"):
        await house.open()
    house.path.write_bytes(b"\xff")
    with pytest.raises(SettingsError, match="last signed head"):
        await house.open()


async def test_a_disk_that_refuses_signs_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> None:
        raise OSError(28, "No space left on device")

    await house.log.write_many(1)
    with monkeypatch.context() as fault:
        fault.setattr("consent.ledger.sequencing.apart.os.fsync", full)
        with pytest.raises(StorageUnavailableError):
            await house.log.drain()
    assert await house.log.value("SELECT max(size) FROM ledger_checkpoint") == 3
    await house.log.drain()
    await house.sound()


async def test_how_a_log_stands_is_told_before_anything_is_signed(house: House) -> None:
    log = house.log
    assert (await standing(log.db, house.apart, ORIGIN)).message() == f"signed as {ORIGIN}"
    backup = await rows(log.db)
    await house.live(2)
    await restore(log.db, backup)
    before = await standing(log.db, house.apart, ORIGIN)
    assert before.missing is not None
    assert before.message() == f"5 events were signed as {ORIGIN} and are not all among these 3"
    await house.open()
    await house.live(1)
    after = await standing(log.db, house.apart, ORIGIN)
    assert (after.missing, after.origins) == (None, (ORIGIN, f"{ORIGIN}/2"))
    assert after.message() == f"signed as {ORIGIN}/2, after 5 events signed as {ORIGIN}"
