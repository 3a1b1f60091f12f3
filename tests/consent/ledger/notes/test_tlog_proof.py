"""Proofs as files: C2SP tlog-proof, written and read to the letter; whatever was altered proves nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.merkle import ProofError, inclusion_ranges
from consent.ledger.notes.checkpoint import Checkpoint, sign_checkpoint
from consent.ledger.notes.note import NoteError
from consent.ledger.notes.policy import unwitnessed
from consent.ledger.notes.tlog_proof import TlogProof, check_proof, parse_proof
from tests.consent.ledger.support import ORIGIN, hashes, signer_of, tree_hash

SIGNER = signer_of(ORIGIN)
POLICY = unwitnessed(SIGNER.verifier)
EXAMPLE = """\
c2sp.org/tlog-proof@v1
extra YWdl
index 73894
gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=
B95lDa8R83lS8n0eG+o0buTxRKQTYFi//1U8anccXmA=

example.com/fancylog
109482
sFodV/vSp5O8n9a8QpW6PRY97tfOSW5bsc2Xl/EQi08=

— example.com/fancylog hI2DJwAAAAA=
"""


async def proof_of(index: int, size: int) -> TlogProof:
    leaves = hashes(size)
    path = tuple(tree_hash(leaves[part.start : part.end]) for part in inclusion_ranges(index, size))
    return TlogProof(index, path, await sign_checkpoint(SIGNER, size, tree_hash(leaves)))


def test_the_specification_s_form_is_read_and_written_back() -> None:
    proof = parse_proof(EXAMPLE)
    assert (proof.position, len(proof.hashes), proof.extra) == (73894, 2, b"age")
    assert proof.note.startswith("example.com/fancylog\n109482\n")
    assert proof.text() == EXAMPLE


@pytest.mark.parametrize("size", [1, 2, 7, 8, 9])
async def test_each_leaf_of_a_tree_is_proved_at_its_place_and_nowhere_else(size: int) -> None:
    for index, leaf in enumerate(hashes(size)):
        proof = await proof_of(index, size)
        assert parse_proof(proof.text()) == proof
        assert check_proof(proof, leaf, POLICY).checkpoint == Checkpoint(
            ORIGIN, size, tree_hash(hashes(size))
        )
        with pytest.raises(ProofError):
            check_proof(proof._replace(position=index + 1), leaf, POLICY)
        with pytest.raises(ProofError):
            check_proof(proof, hashes(size + 1)[size], POLICY)
    with pytest.raises(NoteError):
        check_proof(proof, leaf, unwitnessed(signer_of(ORIGIN).verifier))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("@v1", "@v2"),
        ("c2sp.org", "\nc2sp.org"),
        ("index 73894", "index 073894"),
        ("index 73894", "index -1"),
        ("index 73894", "index 73894 "),
        ("index 73894\n", ""),
        ("extra YWdl", "extra YWd"),
        ("extra YWdl", "extra "),
        ("extra YWdl", "more YWdl"),
        ("PlQ=", "PlR="),
        ("PlQ=\n", "PlQ=\n\n"),
        ("PlQ=\n", "PlQ=\r\n"),
        ("PlQ=", ""),
        ("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n", "AAAA\n"),
        ("gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ=\n", f"{'A' * 43}=\n" * 64),
        ("=\n\nexample", "=\nexample"),
    ],
)
def test_what_is_written_otherwise_is_no_proof(old: str, new: str) -> None:
    assert old in EXAMPLE
    with pytest.raises(NoteError):
        check_proof(parse_proof(EXAMPLE.replace(old, new, 1)), bytes(32), POLICY)


@given(st.text())
def test_any_text_is_refused_without_a_fuss(text: str) -> None:
    for one in (text, f"c2sp.org/tlog-proof@v1\n{text}", f"c2sp.org/tlog-proof@v1\nindex 0\n\n{text}"):
        with pytest.raises((NoteError, ProofError)):
            check_proof(parse_proof(one), bytes(32), POLICY)


async def test_every_byte_of_a_proof_counts() -> None:
    """Flipped, it proves nothing; nothing in it is passed over."""
    proof = await proof_of(3, 9)
    text = proof.text()
    for at, char in enumerate(text):
        with pytest.raises((NoteError, ProofError)):
            check_proof(parse_proof(f"{text[:at]}{chr(ord(char) ^ 1)}{text[at + 1 :]}"), hashes(9)[3], POLICY)
