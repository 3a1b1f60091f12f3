"""One proof for many leaves: the hashes of all that lies between them, left to right. Pure.

The tree is walked from its root. A part of it in which nothing was taken is one hash of the proof; a leaf
that was taken gives its own. For a whole range only the parts before and after it are left: the root then
shows that nothing inside was left out.
"""

from collections.abc import Iterator
from typing import NamedTuple

from consent.ledger.merkle import EMPTY_ROOT, ProofError, Range, node_hash


class Taken(NamedTuple):
    """A leaf that was taken, by its hash."""

    position: int
    leaf_hash: bytes


def outside(gap: Range, size: int) -> list[Range]:
    """The largest parts of a tree of `size` leaves that lie in a gap between two taken leaves."""
    if gap.start >= gap.end:
        return []
    found: list[Range] = []
    todo = [Range(0, size)]
    while todo:
        part = todo.pop()
        if gap.start <= part.start and part.end <= gap.end:
            found.append(part)
        elif part.start < gap.end and gap.start < part.end:
            todo += reversed(_halves(part))
    return found


def _halves(part: Range) -> tuple[Range, Range]:
    """Left of the largest power of two (RFC 6962's k), and right of it."""
    middle = part.start + (1 << ((part.end - part.start - 1).bit_length() - 1))
    return Range(part.start, middle), Range(middle, part.end)


class _Walk:
    def __init__(self, taken: Iterator[Taken], proof: Iterator[bytes]) -> None:
        self._taken, self._proof = taken, proof
        self.ahead = next(taken, None)

    def hash_of(self, part: Range) -> bytes:
        if self.ahead is None or self.ahead.position >= part.end:
            hashed = next(self._proof, None)
            if hashed is None:
                raise ProofError("the proof is too short")
            return hashed
        if self.ahead.position < part.start:
            raise ProofError("what was taken is not in the order of the log")
        if part.end - part.start == 1:
            hashed, self.ahead = self.ahead.leaf_hash, next(self._taken, None)
            return hashed
        left, right = _halves(part)
        return node_hash(self.hash_of(left), self.hash_of(right))

    def finish(self) -> None:
        if self.ahead is not None:
            raise ProofError("something was taken that the tree does not hold")
        if next(self._proof, None) is not None:
            raise ProofError("the proof is too long")


def root_of(size: int, taken: Iterator[Taken], proof: Iterator[bytes]) -> bytes:
    """The root of the tree of `size` leaves that holds what was taken. Raises ProofError."""
    walk = _Walk(taken, proof)
    root = walk.hash_of(Range(0, size)) if size else EMPTY_ROOT
    walk.finish()
    return root
