"""Cosignatures: those that other witnesses made, and our own."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.notes.checkpoint import parse_checkpoint
from consent.ledger.notes.cosignature import Cosigner, cosigned_at
from consent.ledger.notes.note import NoteError, Verifier, open_note, parse_note
from tests.consent.ledger.files.support import LOG, SECONDS, SEERS, head_of, plain, signed
from tests.consent.ledger.support import VECTORS

SUNLIGHT = VECTORS / "FiloSottile_sunlight" / "cmd" / "skylight" / "testdata"
COSIGNED = [  # who says its key where, and what it cosigned
    ("witness/witness.v0.json", "witness/000*/checkpoint"),
    ("witness/mirror/mirror.v0.json", "witness/mirror/000*/checkpoint"),
    ("witness2/witness.v0.json", "witness2/*/checkpoint"),
]


@pytest.mark.parametrize(("key", "checkpoint"), COSIGNED)
def test_cosignatures_of_sunlight_verify(key, checkpoint):
    [vkey] = json.loads((SUNLIGHT / key).read_text("utf-8"))["verifier_keys"]
    cosigner = Cosigner.from_vkey(vkey)
    note = next(SUNLIGHT.glob(checkpoint)).read_text("utf-8")
    text, keys = open_note(note, [cosigner])
    assert (keys, cosigner.vkey) == ([cosigner], vkey)
    assert parse_checkpoint(text).size == 300
    line = next(one for one in parse_note(note).signatures if one.name == cosigner.name)
    assert cosigned_at(line.data) == 1_767_139_200
    with pytest.raises(NoteError, match="wrong"):
        open_note(note.replace("\n300\n", "\n301\n"), [cosigner])


def test_the_specification_s_example_reads():
    example = json.loads((VECTORS / "c2sp_spec_examples.json").read_text("utf-8"))["files"]
    log, witness = parse_note(example["tlog-cosignature.md"]["examples"][0]).signatures
    assert cosigned_at(witness.data) == 1_679_315_147
    with pytest.raises(NoteError):
        cosigned_at(log.data)


def test_a_key_of_one_kind_is_none_of_the_other():
    seer = SEERS[0].cosigner
    assert Cosigner.from_vkey(seer.vkey).key_id == seer.key_id
    with pytest.raises(NoteError, match="type 01"):
        Verifier.from_vkey(seer.vkey)
    with pytest.raises(NoteError, match="type 04"):
        Cosigner.from_vkey(LOG.vkey)
    assert Verifier(seer.name, seer.public).key_id != seer.key_id


@given(st.integers(1, 2**63 - 1))
def test_the_time_is_signed(seconds):
    text = head_of(plain(3)).text()
    line = SEERS[0].line(text)
    note = signed(head_of(plain(3)))
    open_note(note + line, [SEERS[0].cosigner])
    data = parse_note(note + line).signatures[1].data
    moved = seconds.to_bytes(8, "big") + data[8:]
    if seconds != SECONDS:
        with pytest.raises(NoteError):
            SEERS[0].cosigner.verify(text, moved)


@pytest.mark.parametrize("data", [b"", bytes(64), bytes(72), b"\xff" * 72, bytes(7) + b"\1" + bytes(65)])
def test_no_other_shape_is_a_cosignature(data):
    with pytest.raises(NoteError):
        SEERS[0].cosigner.verify("text\n", data)
