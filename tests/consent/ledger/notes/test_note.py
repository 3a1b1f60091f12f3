"""Signed notes and checkpoints: vectors of Go and C2SP, and hostile text."""

import base64
import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.merkle import EMPTY_ROOT
from consent.ledger.notes.checkpoint import Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from consent.ledger.notes.note import NoteError, Verifier, open_note, parse_note, valid_name
from tests.consent.ledger.support import ORIGIN, VECTORS, signer_of

GO = json.loads((VECTORS / "go_note_vectors.json").read_text("utf-8"))
C2SP = json.loads((VECTORS / "c2sp_spec_examples.json").read_text("utf-8"))["files"]
ENOCH, PETER_WRONG_HASH, PETER, PETER_BAD_KEY = GO["vkeys"]


@pytest.fixture
def signer():
    return signer_of(ORIGIN)


def go_note(*lines: str) -> str:
    return GO["text"] + "\n" + "".join(f"{line}\n" for line in lines)


def test_go_vectors_open():
    enoch, peter = Verifier.from_vkey(ENOCH), Verifier.from_vkey(PETER)
    note = go_note(*GO["signature_lines"])
    text, signed = open_note(note, [enoch, peter])
    assert text == GO["text"]
    assert [one.name for one in signed] == ["EnochRoot", "PeterNeumann"]
    assert open_note(note, [peter])[1] == [peter]
    assert enoch.vkey == ENOCH


@pytest.mark.parametrize("vkey", [PETER_WRONG_HASH, PETER_BAD_KEY])
def test_go_vectors_refuse_bad_keys(vkey):
    with pytest.raises(NoteError):
        Verifier.from_vkey(vkey)


def test_the_specification_s_example_verifies():
    example = C2SP["signed-note.md"]
    verifier = Verifier.from_vkey(example["vkeys"][0])
    assert open_note(example["examples"][1], [verifier])[0] == "This is an example message.\n"
    with pytest.raises(NoteError, match="known key"):
        open_note(example["examples"][0], [verifier])


def test_the_specification_s_examples_parse():
    assert parse_note(C2SP["signed-note.md"]["examples"][0]).text.count("\n\n") == 1
    note = parse_note(C2SP["tlog-checkpoint.md"]["examples"][0])
    head = parse_checkpoint(note.text)
    assert (head.origin, head.size) == ("example.com/behind-the-sofa", 20_852_163)
    assert head.text() == note.text
    cosigned = parse_note(C2SP["tlog-cosignature.md"]["examples"][0])
    assert [line.name for line in cosigned.signatures] == [head.origin, "witness.example.com/w1"]


async def test_a_checkpoint_round_trips(signer):
    for size, root in ((0, EMPTY_ROOT), (1, os.urandom(32)), (2**62, os.urandom(32))):
        note = await sign_checkpoint(signer, size, root)
        pinned = Verifier.from_vkey(signer.verifier.vkey)
        assert open_checkpoint(note, pinned) == Checkpoint(ORIGIN, size, root)


async def test_one_changed_character_is_noticed(signer):
    note = await sign_checkpoint(signer, 1234, os.urandom(32))
    for at in range(len(note)):
        damaged = note[:at] + ("x" if note[at] != "x" else "y") + note[at + 1 :]
        with pytest.raises(NoteError):
            open_checkpoint(damaged, signer.verifier)


async def test_a_checkpoint_of_another_log_is_refused(signer):
    other = Checkpoint("another.test/ledger", 3, os.urandom(32))
    with pytest.raises(NoteError, match="another log"):
        open_checkpoint(await signer.sign(other.text()), signer.verifier)


async def test_a_key_that_signed_twice_counts_once(signer):
    note = await signer.sign("text\n")
    doubled = note + note.partition("\n\n")[2]
    assert open_note(doubled, [signer.verifier])[1] == [signer.verifier]


def line(name: str = ORIGIN, data: bytes = b"idid" + bytes(64)) -> str:
    return f"— {name} {base64.b64encode(data).decode()}"


@pytest.mark.parametrize(
    "note",
    [
        "",
        "text\n",
        "text\n\n",
        f"text\n\n{line()}",  # no newline at the end
        f"text\n{line()}\n",  # no empty line
        f"text\n\n{line()[1:]}\n",
        f"text\n\n{line(name='a+b')}\n",
        f"text\n\n{line(name='')}\n",
        f"text\n\n{line(data=b'idid')}\n",
        f"text\n\n{line()}=\n",
        f"text\n\n— {ORIGIN} é\n",
        f"te\x00xt\n\n{line()}\n",
        f"te\rxt\n\n{line()}\n",
        f"te\ud800xt\n\n{line()}\n",
        f"text\n\n{line()}\n\n",
        "text\n\n" + f"{line()}\n" * 101,
        "x" * 1_000_001,
    ],
)
def test_a_malformed_note_is_refused(note):
    with pytest.raises(NoteError):
        parse_note(note)


@pytest.mark.parametrize(
    "text",
    [
        "",
        f"{ORIGIN}\n1\n",
        f"{ORIGIN}\n01\nAAAA\n",
        f"{ORIGIN}\n-1\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n١\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n{10**19}\n{base64.b64encode(bytes(32)).decode()}\n",
        f"{ORIGIN}\n1\n{base64.b64encode(bytes(31)).decode()}\n",
        f"{ORIGIN}\n1\n{base64.b64encode(bytes(32)).decode()}",
        f"{ORIGIN}\n1\n{base64.b64encode(bytes(32)).decode()}\n\n",
        f"{ORIGIN}\n1\n!\n",
        f"{ORIGIN}\n1\né\n",
        f"{ORIGIN}\n1\n{'A' * 42}B=\n",  # stray bits after the 32nd byte
        f"a b\n1\n{base64.b64encode(bytes(32)).decode()}\n",
    ],
)
def test_a_malformed_checkpoint_is_refused(text):
    with pytest.raises(NoteError):
        parse_checkpoint(text)


@pytest.mark.parametrize(
    "vkey",
    [
        "",
        "name",
        "name+0",
        "name+00000000+",
        "name+zzzzzzzz+AAAA",
        "name+00000000+!!!!",
        "n m+00000000+AQ==",
        f"name+00000000+{base64.b64encode(bytes(33)).decode()}",  # another kind of key
        ENOCH.replace("af0cfe78", "af0cfe79"),  # the hash of another name or key
    ],
)
def test_a_malformed_verifier_key_is_refused(vkey):
    with pytest.raises(NoteError):
        Verifier.from_vkey(vkey)


async def test_names():
    assert valid_name("example.com/log")
    assert not any(valid_name(name) for name in ("", "a b", "a+b", "a\u00a0b", "a\nb", "a\u202eb"))
    with pytest.raises(NoteError):
        Verifier("a b", bytes(32))
    with pytest.raises(NoteError):
        Verifier("name", bytes(31))
    with pytest.raises(NoteError):
        await signer_of(ORIGIN).sign("no newline")


@given(st.text(max_size=300))
def test_hostile_text_raises_nothing_but_our_own_error(text):
    for parse in (parse_note, parse_checkpoint, Verifier.from_vkey):
        with pytest.raises(NoteError):
            parse(text)
