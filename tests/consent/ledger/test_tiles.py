"""Tiles: two published logs of other implementations, and properties against a naive tree."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.leaf import leaf_hash
from consent.ledger.merkle import (
    Range,
    complete_root,
    consistency_ranges,
    inclusion_ranges,
    verify_consistency,
    verify_inclusion,
)
from consent.ledger.notes.checkpoint import open_checkpoint, parse_checkpoint
from consent.ledger.notes.note import Verifier
from consent.ledger.tiles import (
    FULL_BYTES,
    WIDTH,
    TileError,
    TileId,
    edge,
    extend,
    hash_of,
    split,
    tiles_of,
)
from tests.consent.ledger.support import VECTORS, hashes, tree_hash

TESSERA = VECTORS / "transparency-dev_tessera" / "testdata" / "log"
TESSERA_VKEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
# Spelt as that log spells them.
TESSERA_LEAVES = (
    b"one two three four five six seven eit nain ten ileven twelf threeten fourten fivten"
).split()  # fmt: skip
MIRROR = VECTORS / "FiloSottile_sunlight" / "cmd" / "skylight" / "testdata" / "witness" / "mirror"
SUNLIGHT = next(MIRROR.glob("*/checkpoint")).parent


def grow(leaves: list[bytes], steps: list[int]) -> dict[TileId, bytes]:
    """The tiles of `leaves`, appended in batches that end at `steps` and at the end."""
    tiles: dict[TileId, bytes] = {}
    size = 0
    for end in [*steps, len(leaves)]:
        tiles.update(extend(size, {tile: tiles[tile] for tile in edge(size)}, leaves[size:end]))
        size = end
    return tiles


@pytest.mark.parametrize("size", range(16))
def test_a_log_of_tessera(size):
    head = open_checkpoint(
        (TESSERA / f"checkpoint.{size}").read_text("utf-8"), Verifier.from_vkey(TESSERA_VKEY)
    )
    tiles = grow([leaf_hash(word) for word in TESSERA_LEAVES[:size]], [])
    assert head.size == size
    assert hash_of(Range(0, size), tiles) == head.root
    stored = TESSERA / "tile" / "0" / "000.p" / str(size)
    if stored.exists():
        assert tiles[TileId(0, 0)] == stored.read_bytes()


def test_tiles_of_sunlight_at_300_leaves():
    head = parse_checkpoint((SUNLIGHT / "checkpoint").read_text("utf-8").partition("\n\n")[0] + "\n")
    first = (SUNLIGHT / "tile" / "0" / "000").read_bytes()
    last = (SUNLIGHT / "tile" / "0" / "001.p" / "44").read_bytes()
    leaves = split(first) + split(last)
    expected = {
        TileId(0, 0): first,
        TileId(0, 1): last,
        TileId(1, 0): (SUNLIGHT / "tile" / "1" / "000.p" / "1").read_bytes(),
    }
    assert grow(leaves, [200]) == expected
    assert hash_of(Range(0, 300), expected) == head.root == tree_hash(leaves)
    assert head.size == 300


@pytest.mark.parametrize("count", [0, 1, 255, 256, 257, 511, 512, 700, 1024])
def test_batches_do_not_matter(count):
    leaves = hashes(count)
    whole = grow(leaves, [])
    assert grow(leaves, list(range(0, count, 100))) == whole
    assert grow(leaves, [count // 3, count // 2, count // 2]) == whole
    assert hash_of(Range(0, count), whole) == tree_hash(leaves)


def test_a_second_level_of_tiles_fills_from_the_first():
    count = WIDTH * WIDTH + WIDTH + 1
    leaves = [number.to_bytes(32, "big") for number in range(count)]
    tiles = grow(leaves, [40_000])
    assert len(tiles[TileId(1, 0)]) == FULL_BYTES
    assert tiles[TileId(2, 0)] == complete_root(b"".join(leaves[: WIDTH * WIDTH]))
    assert tiles[TileId(1, 1)] == complete_root(b"".join(leaves[WIDTH * WIDTH : WIDTH * WIDTH + WIDTH]))
    assert hash_of(Range(0, count), tiles) == tree_hash(leaves)
    assert edge(count) == [TileId(0, 257), TileId(1, 1), TileId(2, 0)]


@given(st.data())
def test_proofs_from_tiles_verify(data):
    size = data.draw(st.integers(1, 1_100))
    older = data.draw(st.integers(1, size))
    index = data.draw(st.integers(0, older - 1))
    leaves = hashes(1_100)
    tiles = TILES_OF_1100  # wider than either tree: a proof reads prefixes
    inclusion, consistency = inclusion_ranges(index, older), consistency_ranges(older, size)
    needed = {tile: tiles[tile] for tile in tiles_of([*inclusion, *consistency])}
    old_root, root = tree_hash(leaves[:older]), tree_hash(leaves[:size])
    verify_inclusion(index, older, leaves[index], [hash_of(part, needed) for part in inclusion], old_root)
    verify_consistency(older, size, old_root, root, [hash_of(part, needed) for part in consistency])


TILES_OF_1100 = grow(hashes(1_100), [])


def test_a_proof_reads_few_tiles():
    size = 2**32 + 12_345
    assert len(tiles_of(inclusion_ranges(123_456_789, size))) <= 2 * 5
    assert len(tiles_of(consistency_ranges(2**31 + 7, size))) <= 2 * 5


def test_a_missing_or_misfit_tile_is_an_error():
    leaves = hashes(300)
    tiles = grow(leaves, [])
    with pytest.raises(TileError):
        extend(300, {}, leaves[:1])
    with pytest.raises(TileError):
        extend(300, {tile: tiles[tile] + bytes(32) for tile in edge(300)}, leaves[:1])
    with pytest.raises(TileError):
        hash_of(Range(0, 301), tiles)
    with pytest.raises(TileError):
        hash_of(Range(0, 300), {})


@pytest.mark.parametrize("at", [0, 31, 32, 4_000, FULL_BYTES - 1])
def test_an_altered_tile_is_seen_though_its_nodes_were_at_hand(at):
    tiles = grow(hashes(300), [])
    half = Range(0, WIDTH // 2) if at < FULL_BYTES // 2 else Range(WIDTH // 2, WIDTH)
    honest = hash_of(half, tiles)
    altered = bytearray(tiles[TileId(0, 0)])
    altered[at] ^= 1
    assert hash_of(half, tiles | {TileId(0, 0): bytes(altered)}) != honest
    assert hash_of(half, tiles) == honest
