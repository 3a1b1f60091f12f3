"""RFC 6962 trees: the reference tree, the vectors of transparency-dev/merkle, and properties."""

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import (
    EMPTY_ROOT,
    HASH_BYTES,
    Node,
    ProofError,
    Range,
    complete_root,
    consistency_ranges,
    fold,
    inclusion_ranges,
    node_hash,
    subtrees,
    verify_consistency,
    verify_inclusion,
)
from tests.consent.ledger.support import VECTORS, hashes, tree_hash

MERKLE = VECTORS / "transparency-dev_merkle" / "testdata"
# Roots that are not hashes ("don't care"), and success expected: we ask for 32 bytes first.
PLACEHOLDERS = "additional/sizes-are-equal-one-and-proof-is-empty"


def vectors(kind: str) -> list[object]:
    folder = MERKLE / kind
    paths = sorted(folder.rglob("*.json"))
    return [pytest.param(path, id=str(path.relative_to(folder).with_suffix(""))) for path in paths]


def decoded(texts: list[str] | None) -> list[bytes]:
    return [base64.b64decode(text or "") for text in texts or []]


def load(path: Path) -> tuple[dict, list[bytes]]:
    vector = json.loads(path.read_text("utf-8"))
    return vector, decoded(vector["proof"])


def check(verify, *, refused: bool) -> None:
    if refused:
        with pytest.raises(ProofError):
            verify()
    else:
        verify()


@pytest.mark.parametrize("path", vectors("inclusion"))
def test_inclusion_vector(path):
    vector, proof = load(path)
    leaf, root = decoded([vector["leafHash"], vector["root"]])
    empty_hashes = path.stem == "empty-root-and-leaf"
    check(
        lambda: verify_inclusion(vector["leafIdx"], vector["treeSize"], leaf, proof, root),
        refused=vector["wantErr"] or empty_hashes,
    )


@pytest.mark.parametrize("path", vectors("consistency"))
def test_consistency_vector(path):
    vector, proof = load(path)
    old, new = decoded([vector["root1"], vector["root2"]])
    placeholders = PLACEHOLDERS in str(path.with_suffix(""))
    proves_nothing = vector["size1"] == 0
    check(
        lambda: verify_consistency(vector["size1"], vector["size2"], old, new, proof),
        refused=vector["wantErr"] or placeholders or proves_nothing,
    )


def test_the_reference_tree():
    tree = json.loads((VECTORS / "rfc6962_reference_tree.json").read_text("utf-8"))
    leaves = [leaf_hash(bytes.fromhex(text)) for text in tree["leaf_inputs_hex"]]
    nodes = {
        (level, number): bytes.fromhex(text)
        for level, row in enumerate(tree["node_hashes_hex"])
        for number, text in enumerate(row)
    }
    for number, leaf in enumerate(leaves):
        assert leaf == nodes[0, number]
    for (level, number), expected in nodes.items():
        assert complete_root(b"".join(leaves[number << level : (number + 1) << level])) == expected
    for size, text in enumerate(tree["root_by_size_hex"]):
        root = fold([nodes[node] for node in subtrees(Range(0, size))])
        assert root.hex() == text == tree_hash(leaves[:size]).hex()


def test_an_empty_tree_and_a_lone_leaf():
    assert fold([]) == EMPTY_ROOT
    assert inclusion_ranges(0, 1) == []
    assert consistency_ranges(1, 1) == []
    leaf = leaf_hash(b"one")
    verify_inclusion(0, 1, leaf, [], leaf)
    verify_consistency(1, 1, leaf, leaf, [])


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 1), (-1, 4), (7, 3)])
def test_no_inclusion_outside_the_tree(index, size):
    with pytest.raises(ProofError):
        inclusion_ranges(index, size)
    with pytest.raises(ProofError):
        verify_inclusion(index, size, bytes(32), [], bytes(32))


@pytest.mark.parametrize(("old", "new"), [(0, 0), (0, 3), (4, 3), (-1, 2)])
def test_no_consistency_from_nothing_or_backwards(old, new):
    with pytest.raises(ProofError):
        consistency_ranges(old, new)
    with pytest.raises(ProofError):
        verify_consistency(old, new, bytes(32), bytes(32), [])


@given(start=st.integers(0, 5_000), length=st.integers(0, 5_000))
def test_subtrees_tile_a_range_exactly(start, length):
    end = start + length
    at = start
    for node in subtrees(Range(start, end)):
        assert node.number << node.level == at
        at += 1 << node.level
    assert at == end


@given(st.data())
def test_every_inclusion_proof_verifies_and_no_other_leaf_does(data):
    size = data.draw(st.integers(1, 200))
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    root = tree_hash(leaves)
    proof = [tree_hash(leaves[part.start : part.end]) for part in inclusion_ranges(index, size)]
    verify_inclusion(index, size, leaves[index], proof, root)
    assert len(proof) <= size.bit_length()
    other = data.draw(st.integers(0, size - 1).filter(lambda at: at != index) if size > 1 else st.just(-1))
    with pytest.raises(ProofError):
        verify_inclusion(other, size, leaves[index], proof, root)


@given(st.data())
def test_every_consistency_proof_verifies_and_no_other_root_does(data):
    new = data.draw(st.integers(1, 200))
    old = data.draw(st.integers(1, new))
    leaves = hashes(new)
    old_root, new_root = tree_hash(leaves[:old]), tree_hash(leaves)
    proof = [tree_hash(leaves[part.start : part.end]) for part in consistency_ranges(old, new)]
    verify_consistency(old, new, old_root, new_root, proof)
    forked = tree_hash([*leaves[: old - 1], leaf_hash(b"another")])
    with pytest.raises(ProofError):
        verify_consistency(old, new, forked, new_root, proof)


@given(st.data())
def test_a_damaged_proof_raises_our_own_error(data):
    size = data.draw(st.integers(2, 130))
    index = data.draw(st.integers(0, size - 1))
    leaves = hashes(size)
    proof = [tree_hash(leaves[part.start : part.end]) for part in inclusion_ranges(index, size)]
    damaged = data.draw(
        st.sampled_from(
            [
                proof[:-1],
                [*proof, bytes(HASH_BYTES)],
                [bytes(HASH_BYTES), *proof],
                [bytes([proof[0][0] ^ 1]) + proof[0][1:], *proof[1:]],
                [proof[0][:-1], *proof[1:]],
                [proof[0] + b"\0", *proof[1:]],
            ]
        )
    )
    with pytest.raises(ProofError):
        verify_inclusion(index, size, leaves[index], damaged, tree_hash(leaves))


@given(
    st.integers(-3, 2**65),
    st.integers(-3, 2**65),
    st.lists(st.binary(max_size=40), max_size=70),
    st.binary(max_size=40),
    st.binary(max_size=40),
)
def test_hostile_proofs_raise_nothing_but_our_own_error(one, other, proof, first, second):
    for verify in (
        lambda: verify_inclusion(one, other, first, proof, second),
        lambda: verify_consistency(one, other, first, second, proof),
    ):
        try:
            verify()
        except ProofError:
            continue
        assert one == other
        assert first == second
        assert not proof


def test_nodes_differ_from_leaves():
    left, right = hashes(2)
    assert node_hash(left, right) != leaf_hash(left + right)
    assert subtrees(Range(0, 8)) == [Node(3, 0)]
