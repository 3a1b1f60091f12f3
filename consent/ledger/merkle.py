"""The Merkle tree of RFC 6962 section 2.1 (RFC 9162 section 2.1): hashes, proofs, and their verification.

Pure functions of their arguments. A tree is known by its size and by its complete subtrees: `Node(level,
number)` is the root of the leaves [number * 2^level, (number + 1) * 2^level). A proof is first a list of
ranges of leaves, then, once the nodes under them are at hand, a list of hashes; so a caller can fetch exactly
what is needed.
"""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from struct import Struct
from typing import NamedTuple

HASH_BYTES = 32
EMPTY_ROOT = sha256().digest()
_PAIR = Struct(f"{2 * HASH_BYTES}s")


class ProofError(Exception):
    """A proof does not prove what it was given for; the message says which check failed."""


class Node(NamedTuple):
    """A complete subtree: 2^level leaves from number * 2^level on."""

    level: int
    number: int


class Range(NamedTuple):
    """The leaves [start, end), such as a proof's hash stands for."""

    start: int
    end: int


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


def row_above(row: bytes) -> bytes:
    """The nodes over each two in a row of them, hashes joined; the last of an odd number has none over it."""
    pairs = _PAIR.iter_unpack(row[: len(row) // _PAIR.size * _PAIR.size])
    return b"".join([sha256(b"\x01" + pair).digest() for (pair,) in pairs])


def complete_root(row: bytes) -> bytes:
    """The root over a power of two of hashes, joined."""
    while len(row) > HASH_BYTES:
        row = row_above(row)
    return row


def subtrees(leaves: Range) -> list[Node]:
    """The fewest complete subtrees that make up a range, left to right."""
    nodes, (start, end) = [], leaves
    while start < end:
        level = (end - start).bit_length() - 1
        if start % (1 << level):
            level = (start & -start).bit_length() - 1
        nodes.append(Node(level, start >> level))
        start += 1 << level
    return nodes


def fold(hashes: Sequence[bytes]) -> bytes:
    """The hash over adjacent subtrees of falling size, as on a right edge; over none, the empty tree's."""
    if not hashes:
        return EMPTY_ROOT
    right = hashes[-1]
    for left in reversed(hashes[:-1]):
        right = node_hash(left, right)
    return right


def _split(size: int) -> int:
    """The largest power of two smaller than `size` (RFC 6962's k)."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """What the audit path of leaf `index` in a tree of `size` hashes, nearest sibling first (2.1.1).

    Raises ProofError unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    path: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    return path[::-1]


def consistency_ranges(old: int, new: int) -> list[Range]:
    """What the proof that a tree of `new` leaves extends one of `old` hashes (2.1.2); none for equal sizes.

    Raises ProofError unless 0 < old <= new: every tree extends the empty one, which proves nothing.
    """
    if not 0 < old <= new:
        raise ProofError(f"no consistency proof from {old} to {new}")
    path: list[Range] = []
    start, end = 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(Range(middle, end))
            end = middle
        else:
            path.append(Range(start, middle))
            start = middle
    if start:  # the old tree is not a complete subtree of the new one: its right edge comes first
        path.append(Range(start, end))
    return path[::-1]


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash `leaf` stands at `index` in the tree (size, root). RFC 9162 section 2.1.3.2.

    Raises ProofError, whatever the input.
    """
    _check_hashes((leaf, root, *proof))
    if not 0 <= index < size:
        raise ProofError(f"no leaf {index} in a tree of {size}")
    at, last, computed = index, size - 1, leaf
    for sibling in proof:
        if not last:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            computed = node_hash(sibling, computed)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            computed = node_hash(computed, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    if computed != root:
        raise ProofError("the proof leads to another root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Check that the tree (new, new_root) extends (old, old_root). RFC 9162 section 2.1.4.2.

    Raises ProofError, whatever the input; also for old size 0, which proves nothing.
    """
    _check_hashes((old_root, new_root, *proof))
    if not 0 < old <= new:
        raise ProofError(f"no consistency proof from {old} to {new}")
    if old == new:
        if proof or old_root != new_root:
            raise ProofError("one size, and not one root with an empty proof")
        return
    path = list(proof)
    if old & (old - 1) == 0:  # a power of two: the old root is itself a node of the new tree
        path.insert(0, old_root)
    if not path:
        raise ProofError("the proof is too short")
    roots = _walk_consistency(old - 1, new - 1, path)
    if roots != (old_root, new_root):
        raise ProofError("the proof leads to other roots")


def _walk_consistency(at: int, last: int, path: list[bytes]) -> tuple[bytes, bytes]:
    """The old and the new root that a consistency path leads to, from the last leaf of either tree."""
    while at & 1:
        at, last = at >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if not last:
            raise ProofError("the proof is too long")
        if at & 1 or at == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while at and not at & 1:
                at, last = at >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        at, last = at >> 1, last >> 1
    if last:
        raise ProofError("the proof is too short")
    return old, new


def _check_hashes(hashes: Iterable[bytes]) -> None:
    if any(len(one) != HASH_BYTES for one in hashes):
        raise ProofError("a hash is not 32 bytes")
