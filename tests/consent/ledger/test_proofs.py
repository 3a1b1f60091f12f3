"""Proofs of stored events, and what the ledger shows the world."""

from base64 import b64decode
from unittest.mock import Mock

import pytest

from consent.ledger.merkle import ProofError, verify_consistency, verify_inclusion
from consent.ledger.notes.checkpoint import open_checkpoint
from consent.ledger.notes.note import Verifier
from consent.ledger.proofs import Inclusion, Promised, prove, prove_consistency
from consent.ledger.public import checkpoint_text, proof_answer, tlog_proof_text, vkey_text
from consent.ledger.tiles import TileError
from foundation.clock import SECOND, to_datetime
from foundation.errors import AccordError
from tests.consent.ledger.support import ORIGIN


async def proof_of(log, event_id: str):
    async with log.db.reading() as tx:
        return await prove(tx, ORIGIN, event_id)


async def test_every_event_of_a_log_is_proved(log):
    written = await log.write_many(600)
    await log.drain()
    for one in written[::37] + written[-1:]:
        proof = await proof_of(log, one.event_id)
        assert isinstance(proof, Inclusion)
        head = open_checkpoint(proof.note, log.signer.verifier)
        assert (head.size, head.root) == (proof.size, proof.root) == (600, head.root)
        assert proof.leaf_hash == one.leaf_hash
        verify_inclusion(proof.position, head.size, one.leaf_hash, proof.proof, head.root)


async def test_a_promise_until_a_head_covers_the_event(log):
    await log.sequencer.advance()
    one = await log.write()
    promised = await proof_of(log, one.event_id)
    assert promised == Promised(one.event_id, one.leaf_hash, log.clock.now() + 10 * SECOND)
    await log.sequencer.advance()  # it has a place, and no head covers it yet
    assert await proof_of(log, one.event_id) == promised
    await log.drain()
    assert isinstance(await proof_of(log, one.event_id), Inclusion)
    assert await proof_of(log, "0" * 32) is None


async def test_what_the_public_asks_is_few_questions_to_the_database(log):
    written = await log.write_many(600)
    await log.drain()
    waits = await log.write()
    async with log.db.reading() as tx:

        async def questions(answer, *event_id: str) -> int:
            asked = Mock(wraps=tx)
            await answer(asked, ORIGIN, *event_id)
            return len(asked.method_calls)

        assert await questions(proof_answer, written[300].event_id) == 2
        assert await questions(tlog_proof_text, written[300].event_id) == 2
        assert await questions(proof_answer, waits.event_id) == 2
        assert await questions(checkpoint_text) == 1


async def test_heads_extend_each_other(log):
    for batch in (3, 250, 300):
        await log.write_many(batch)
        await log.drain()
    heads = await log.rows("SELECT size, root FROM ledger_checkpoint WHERE size > 0 ORDER BY size")
    assert [size for size, _ in heads] == [3, 253, 553]
    async with log.db.reading() as tx:
        for old, old_root in heads:
            for new, new_root in heads:
                if old <= new:
                    proof = await prove_consistency(tx, old, new)
                    verify_consistency(old, new, old_root, new_root, proof)
        with pytest.raises(ProofError):
            await prove_consistency(tx, 0, 3)
        with pytest.raises(TileError):
            await prove_consistency(tx, 3, 5_000)


async def test_the_public_answers(log):
    async with log.db.reading() as tx:
        with pytest.raises(AccordError) as refusal:
            await checkpoint_text(tx, ORIGIN)
    assert (refusal.value.code, refusal.value.status) == ("no_checkpoint_yet", 503)
    one = await log.write()
    async with log.db.reading() as tx:
        answer = await proof_answer(tx, ORIGIN, one.event_id)
    assert answer.status == 202
    assert answer.body["state"] == "promised"
    deadline = to_datetime(log.clock.now() + 10 * SECOND).strftime("%Y-%m-%dT%H:%M:%S.")
    assert answer.body["deadline"].startswith(deadline)
    assert answer.body["deadline"].endswith("Z")
    await log.write_many(6)
    await log.drain()
    async with log.db.reading() as tx:
        note = await checkpoint_text(tx, ORIGIN)
        status, body = await proof_answer(tx, ORIGIN, one.event_id)
    assert (status, body["state"], body["index"], body["tree_size"]) == (200, "integrated", 0, 7)
    assert body["checkpoint"] == note
    pinned = Verifier.from_vkey(vkey_text(log.signer.verifier))
    head = open_checkpoint(note, pinned)
    verify_inclusion(
        body["index"],
        body["tree_size"],
        b64decode(body["leaf_hash"]),
        [b64decode(one) for one in body["proof"]],
        head.root,
    )


@pytest.mark.parametrize(
    ("event_id", "code", "status"),
    [
        ("0" * 32, "unknown_event", 404),
        ("", "bad_event_id", 400),
        ("x" * 32, "bad_event_id", 400),
        ("0" * 31, "bad_event_id", 400),
        ("0" * 32 + "\n", "bad_event_id", 400),
        ("\ud800", "bad_event_id", 400),
    ],
)
async def test_hostile_event_ids(sqlite_log, event_id, code, status):
    async with sqlite_log.db.reading() as tx:
        with pytest.raises(AccordError) as refusal:
            await proof_answer(tx, ORIGIN, event_id)
    assert (refusal.value.code, refusal.value.status) == (code, status)
