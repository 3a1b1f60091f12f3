"""The verifier: an honest log passes, also beside a server at work; forgers with a database are caught."""

import asyncio
import os

import pytest

from consent.ledger import export
from consent.ledger.leaf import leaf_hash, parse_leaf
from consent.ledger.merkle import verify_inclusion
from consent.ledger.notes.checkpoint import sign_checkpoint
from consent.ledger.notes.note import Verifier
from consent.ledger.persons import PayloadError, open_payload
from consent.ledger.proofs import prove
from consent.ledger.verifying import beyond
from consent.ledger.verifying.verify import PAGE, verify
from tests.consent.ledger.support import ORIGIN, fresh_secrets, read, signer_of


async def test_an_honest_log_passes(honest):
    seen = []
    verdict = await verify(honest.db, [honest.signer.verifier], progress=lambda *done: seen.append(done))
    assert verdict.ok
    assert (verdict.events, verdict.signed, verdict.waiting, verdict.checkpoints) == (300, 300, 2, 4)
    assert verdict.message().startswith(f"verified: 300 events recomputed, root {verdict.root.hex()}")
    assert "2 waiting" in verdict.message()
    assert verdict.as_dict() == {
        "ok": True,
        "events": 300,
        "root": verdict.root.hex(),
        "signed": 300,
        "waiting": 2,
        "checkpoints": 4,
        "retired": 0,
        "unpinned": [],
        "fault": None,
        "message": verdict.message(),
    }
    assert seen == [(300, 300)]


async def test_an_empty_database_has_nothing_to_lie_about(log):
    verdict = await log.verdict()
    assert verdict.ok
    assert (verdict.events, verdict.signed, verdict.checkpoints) == (0, 0, 0)


async def test_a_leaf_rewritten_with_its_entry_and_tile_is_caught_by_the_signed_head(honest):
    """Someone with the database and without the key recomputes everything that needs no signature."""
    event_id, leaf = (await honest.rows("SELECT id, leaf FROM ledger_event ORDER BY id LIMIT 1"))[0]
    forged = leaf.replace("coach", "couch")
    hashed = leaf_hash(forged.encode())
    tile = await honest.value("SELECT hashes FROM ledger_tile WHERE level = 0 AND tile_index = 0")
    await honest.tamper("UPDATE ledger_event SET leaf = ? WHERE id = ?", forged, event_id)
    await honest.tamper("UPDATE ledger_entry SET leaf_hash = ?, client = 'couch' WHERE position = 0", hashed)
    await honest.tamper(
        "UPDATE ledger_tile SET hashes = ? WHERE level = 0 AND tile_index = 0", hashed + tile[32:]
    )
    fault = (await honest.verdict()).fault
    assert (fault.table, fault.row) == ("ledger_checkpoint", f"origin={ORIGIN} size=100")


async def test_a_whole_log_signed_anew_by_another_key_is_caught_by_the_pinned_one(honest):
    impostor = signer_of(ORIGIN)
    for size, root in await honest.rows("SELECT size, root FROM ledger_checkpoint"):
        note = await sign_checkpoint(impostor, size, root)
        await honest.tamper("UPDATE ledger_checkpoint SET note = ? WHERE size = ?", note, size)
        await honest.tamper("UPDATE ledger_head SET note = ? WHERE size = ?", note, size)
    assert (await verify(honest.db, [impostor.verifier])).ok
    fault = (await honest.verdict()).fault
    assert (fault.table, fault.row) == ("ledger_checkpoint", f"origin={ORIGIN} size=0")
    assert "no signature of a known key" in fault.reason


async def test_a_note_that_signs_another_head_than_its_row(honest):
    root = os.urandom(32)
    note = await sign_checkpoint(honest.signer, 300, root)
    await honest.tamper("UPDATE ledger_checkpoint SET note = ? WHERE size = 300", note)
    assert "signs another head" in (await honest.verdict()).fault.reason


async def test_a_leaf_that_is_another_s_or_carries_an_unpromised_payload(log):
    """Caught in the queue too, before anything is built on it."""
    first, second = await log.write_many(2)
    text = await log.value("SELECT leaf FROM ledger_event WHERE id = ?", second.event_id)
    await log.tamper("UPDATE ledger_event SET leaf = ? WHERE id = ?", text, first.event_id)
    assert f"that of event {second.event_id}" in (await log.verdict()).fault.reason
    await log.drain()
    fault = (await log.verdict()).fault
    assert (fault.row, fault.reason) == (
        f"id={first.event_id}",
        f"its leaf is that of event {second.event_id}",
    )


async def test_a_payload_beside_a_leaf_that_committed_to_none(log):
    written = await log.write()
    text = await log.value("SELECT leaf FROM ledger_event WHERE id = ?", written.event_id)
    promise = parse_leaf(text).commitment
    await log.tamper(
        "UPDATE ledger_event SET leaf = ? WHERE id = ?",
        text.replace(f'"{promise}"', "null"),
        written.event_id,
    )
    await log.drain()
    assert "committed to none" in (await log.verdict()).fault.reason


async def test_payloads_are_held_to_their_commitments_when_keys_are_at_hand(honest):
    async def hers(_leaf, *, anew=False):
        return honest.person

    async def erased(_leaf, *, anew=False):
        return None

    async def erased_meanwhile(_leaf, *, anew=False):
        return None if anew else honest.person

    verifiers = [honest.signer.verifier]
    assert (await verify(honest.db, verifiers, secrets_of=hers)).ok
    assert (await verify(honest.db, verifiers, secrets_of=erased)).ok
    (seventh,) = (await honest.rows("SELECT event_id FROM ledger_entry WHERE position = 7"))[0]
    for sealed, reason in ((os.urandom(60), "does not open"), (None, "was not erased")):
        await honest.tamper("UPDATE ledger_event SET sealed = ? WHERE id = ?", sealed, seventh)
        assert (await verify(honest.db, verifiers, secrets_of=erased)).ok
        assert (await verify(honest.db, verifiers, secrets_of=erased_meanwhile)).ok
        fault = (await verify(honest.db, verifiers, secrets_of=hers)).fault
        assert (fault.table, fault.row) == ("ledger_event", f"id={seventh}")
        assert fault.reason.startswith("column sealed")
        assert reason in fault.reason


async def test_it_runs_beside_a_server_at_work(log):
    sequencer = log.another_sequencer(batch=10, interval=0.001, checkpoint_every=0)
    await sequencer.start()

    async def busy() -> None:
        for _ in range(40):
            await log.write()

    async def checks() -> None:
        for _ in range(6):
            verdict = await log.verdict()
            assert verdict.ok, verdict.message()

    await asyncio.gather(busy(), busy(), checks())
    await sequencer.stop()
    await log.check(events=80)


async def test_what_the_walk_does_not_see_is_read_in_pages_too(honest, monkeypatch):
    monkeypatch.setattr(beyond, "_PAGE", 1)
    assert (await honest.verdict()).waiting == 2
    last = await honest.value("SELECT max(event_id) FROM ledger_queue")
    await honest.tamper("UPDATE ledger_event SET leaf = '' WHERE id = ?", last)
    assert (await honest.verdict()).fault.row == f"id={last}"
    await honest.tamper("DELETE FROM ledger_queue WHERE event_id = ?", last)
    assert (await honest.verdict()).fault.row == f"id={last}"


async def test_heads_signed_while_it_looks_are_no_lie(honest, monkeypatch):
    sizes = iter([100, 300])

    async def growing(_tx):
        return next(sizes)

    monkeypatch.setattr(beyond, "tree_size", growing)
    assert await beyond.checkpoints_fault(honest.db) is None


async def test_the_log_is_followed_from_end_to_end(log, monkeypatch):
    monkeypatch.setattr(export, "_PAGE", 2)
    written = await log.write_many(5)
    await log.drain()
    followed = [row async for row in export.follow(log.db)]
    assert [(row.position, row.event_id) for row in followed] == [
        (position, one.event_id) for position, one in enumerate(written)
    ]


async def test_pages_join_without_a_seam(log):
    await log.write_many(PAGE + 50)
    await log.drain()
    pages = []
    verdict = await verify(log.db, [log.signer.verifier], progress=lambda done, _all: pages.append(done))
    assert verdict.ok
    assert pages == [PAGE, PAGE + 50]


async def test_after_an_erasure_every_proof_still_verifies(log):
    """Her keys and payloads are gone; leaves, proofs and receipts stay, and say nothing of her any more."""
    amina, bruno = fresh_secrets(), fresh_secrets()
    hers = [await log.write(read(2), amina) for _ in range(3)]
    his = await log.write(read(2), bruno)
    await log.drain()

    async def receipts():
        async with log.db.reading() as tx:
            return [await prove(tx, ORIGIN, one.event_id) for one in (*hers, his)]

    before = await receipts()
    for one in hers:
        await log.tamper("UPDATE ledger_event SET sealed = NULL WHERE id = ?", one.event_id)
    del amina
    assert (await log.verdict()).ok
    assert await receipts() == before
    for proof in before:
        verify_inclusion(proof.position, proof.size, proof.leaf_hash, proof.proof, proof.root)
    text, sealed = (await log.rows("SELECT leaf, sealed FROM ledger_event WHERE id = ?", his.event_id))[0]
    assert open_payload(bruno, parse_leaf(text), sealed) == {"items": ["item0", "item1"]}
    with pytest.raises(PayloadError):
        open_payload(fresh_secrets(), parse_leaf(text), sealed)


def test_keys_are_pinned_by_their_text():
    signer = signer_of(ORIGIN)
    assert Verifier.from_vkey(signer.verifier.vkey).key_id == signer.verifier.key_id
