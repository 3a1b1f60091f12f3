"""What the ledger's tests share: a naive tree to compare with, people, and ready parts of a ledger."""

import hashlib
from functools import cache
from pathlib import Path

from consent.ledger.merkle import EMPTY_ROOT, node_hash

VECTORS = Path(__file__).parents[2] / "vectors"


@cache
def hashes(count: int) -> list[bytes]:
    """`count` different leaf hashes, always the same ones."""
    return [hashlib.sha256(b"\x00leaf %d" % number).digest() for number in range(count)]


def tree_hash(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962 section 2.1, word for word: the oracle."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    middle = 1 << ((len(leaves) - 1).bit_length() - 1)
    return node_hash(tree_hash(leaves[:middle]), tree_hash(leaves[middle:]))
