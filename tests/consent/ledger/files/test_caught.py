"""What an audit log has to catch, each thing as it happens to a real database: offline, and where.

Two forks before one witness: tests/idp/witness/test_memory.py, and below what its auditors see. `kill -9`
between event row, tile and checkpoint: tests/consent/ledger/test_kill.py. Receipts after an erasure:
tests/idp/rights/test_promise.py. Any single change of any file, by two verifiers: tests/examples/verifier.
"""

import shutil

import pytest

from consent.ledger.files.checking import Asked, Checked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.files.writing import write_files
from consent.ledger.notes.checkpoint import Checkpoint, open_checkpoint
from consent.ledger.notes.policy import KnownLog, Policy, unwitnessed
from consent.ledger.notes.tlog_proof import check_proof, parse_proof
from consent.ledger.public import checkpoint_text, tlog_proof_text
from foundation.database import open_database
from tests.consent.ledger.files.support import SEERS, Files
from tests.consent.ledger.support import ORIGIN, Log, read


@pytest.fixture
async def old(sqlite_log, tmp_path):
    """A backup of 100 events; the log itself has gone on to 150."""
    log = sqlite_log
    await log.write_many(100)
    await log.drain()
    await log.db.stop()
    path = tmp_path / "backup.db"
    shutil.copy(log.url.removeprefix("sqlite:///"), path)
    await log.db.start()
    await log.write_many(50)
    await log.drain()
    database = open_database(f"sqlite:///{path}")
    await database.start()
    yield Log(database, f"sqlite:///{path}", log.clock, log.key)
    await database.stop()


async def note_of(log: Log) -> str:
    async with log.db.reading() as tx:
        return await checkpoint_text(tx, ORIGIN)


async def head_of(log: Log) -> Checkpoint:
    """What someone pinned when she last looked."""
    return open_checkpoint(await note_of(log), log.signer.verifier)


async def taken(log: Log, folder, policy: Policy | None = None, pinned: Checkpoint | None = None) -> Checked:
    await write_files(log.db, ORIGIN, folder)
    return check_files(Folder(folder), Asked(policy or unwitnessed(log.signer.verifier), pinned))


async def test_one_flipped_byte_in_any_leaf_tile_or_note(honest, tmp_path):
    away = tmp_path / "away"
    assert (await taken(honest, away)).ok
    policy = unwitnessed(honest.signer.verifier)
    files = Files({name: (away / name).read_bytes() for name in Folder(away).names()})
    for name, whole in files.items():
        for at in range(0, len(whole), max(1, len(whole) // 7)):
            files[name] = whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]
            file, offset = files.lie(policy=policy)
            assert file == name
            assert (offset <= at if "entries" in name else offset == at) or name == "checkpoint"
        files[name] = whole


async def test_a_truncated_database_signed_again(sqlite_log, old, tmp_path):
    """It ends before what was pinned: no signature helps."""
    pinned = await head_of(sqlite_log)
    await old.write_many(3)
    await old.drain()
    lie = (await taken(old, tmp_path / "away", pinned=pinned)).lie
    assert lie is not None
    assert (lie.file, lie.reason) == ("checkpoint", "it ends before the 150 events that were pinned")


async def test_an_old_backup_restored(sqlite_log, old, tmp_path):
    """It has grown past what was pinned, with other events in the place of those that were lost."""
    pinned = await head_of(sqlite_log)
    before = await head_of(old)
    await old.write_many(90)
    await old.drain()
    lie = (await taken(old, tmp_path / "fork", pinned=pinned)).lie
    assert lie is not None
    assert (lie.file, lie.reason[:15]) == ("checkpoint", "another history")
    assert (await taken(old, tmp_path / "fork", pinned=before)).ok
    assert (await taken(sqlite_log, tmp_path / "true", pinned=before)).ok


async def test_two_forks_shown_to_two_auditors_who_share_a_witness(sqlite_log, old, tmp_path):
    """Each tree is whole and signed; the witness has cosigned one, so only one auditor has a quorum."""
    await old.write_many(50)
    await old.drain()
    seer = SEERS[0]
    policy = Policy((KnownLog(old.signer.verifier),), (seer.witness,), quorum=seer.witness.name)
    text = (await head_of(sqlite_log)).text()
    for log, folder in ((sqlite_log, tmp_path / "one"), (old, tmp_path / "other")):
        assert (await taken(log, folder)).ok
        with (folder / "checkpoint").open("a", encoding="utf-8") as note:
            note.write(seer.line(text))
    assert (await head_of(old)).size == (await head_of(sqlite_log)).size
    assert check_files(Folder(tmp_path / "one"), Asked(policy)).ok
    lie = check_files(Folder(tmp_path / "other"), Asked(policy)).lie
    assert lie is not None
    assert (lie.file, lie.reason) == ("checkpoint", "the signature of cnil.example is wrong")
    whole = (tmp_path / "other" / "checkpoint").read_text("utf-8")
    (tmp_path / "other" / "checkpoint").write_text(whole.replace(seer.line(text), ""), "utf-8")
    lie = check_files(Folder(tmp_path / "other"), Asked(policy)).lie
    assert lie is not None
    assert "no quorum" in lie.reason


async def test_after_an_erasure_every_earlier_proof_still_verifies(log, tmp_path):
    """Her keys and payloads are gone; leaves, tree and what was given out stay as they were."""
    written = [await log.write(read(2)) for _ in range(20)]
    await log.drain()
    pinned = await head_of(log)
    async with log.db.reading() as tx:
        earlier = [await tlog_proof_text(tx, ORIGIN, one.event_id) for one in written]
    await log.tamper("UPDATE ledger_event SET sealed = NULL")
    await log.write_many(30)
    await log.drain()
    policy = unwitnessed(log.signer.verifier)
    async with log.db.reading() as tx:
        later = [await tlog_proof_text(tx, ORIGIN, one.event_id) for one in written]
    for one, old_proof, new_proof in zip(written, earlier, later, strict=True):
        assert check_proof(parse_proof(old_proof), one.leaf_hash, policy).checkpoint.size == 20
        assert check_proof(parse_proof(new_proof), one.leaf_hash, policy).checkpoint.size == 50
    assert (await taken(log, tmp_path / "away", pinned=pinned)).ok
