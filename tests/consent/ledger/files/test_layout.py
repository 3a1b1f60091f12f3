"""Names of files, and bundles (C2SP tlog-tiles)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.files.layout import (
    ENTRIES,
    Part,
    join_entries,
    parse_path,
    parts_at,
    split_entries,
    tile_part,
    width_of,
)
from consent.ledger.tiles import TileId


@pytest.mark.parametrize(
    ("part", "path"),
    [
        (tile_part(TileId(0, 1_234_067)), "tile/0/x001/x234/067"),
        (tile_part(TileId(0, 0)), "tile/0/000"),
        (tile_part(TileId(3, 999), 7), "tile/3/999.p/7"),
        (Part(ENTRIES, 1_000, 255), "tile/entries/x001/000.p/255"),
        (Part("retired/", 12, 256), "retired/012"),
    ],
)
def test_numbers_are_groups_of_three_digits(part, path):
    assert part.path == path
    assert parse_path(path) == part


@given(st.sampled_from(["tile/0/", "tile/7/", ENTRIES]), st.integers(0, 2**48), st.integers(1, 256))
def test_a_path_reads_back(folder, number, width):
    part = Part(folder, number, width)
    assert parse_path(part.path) == part


@pytest.mark.parametrize(
    "path",
    ["", "checkpoint", "tile/0/1", "tile/0/0001", "tile/8/000", "tile/00/000", "tile/-1/000", "tile/0/000/",
     "tile/0/x000/001", "tile/0/001/002", "tile/0/x001", "tile/0/000.p/0", "tile/0/000.p/256",
     "tile/0/000.p/01", "tile/0/000.p/1000", "tile/entries/../000", "/tile/0/000", "tile/0/٠٠٠",
     "tile/data/000", "tile/0/000\n", f"tile/0/{'x999/' * 2_000}999"],
)  # fmt: skip
def test_no_other_name_is_taken(path):
    assert parse_path(path) is None


def test_a_tree_of_70_000_has_the_tiles_that_the_specification_says():
    widths = [[part.width for part in parts_at(f"tile/{level}/", level, 70_000)] for level in range(4)]
    assert (widths[0].count(256), widths[0][-1], len(widths[0])) == (273, 112, 274)
    assert widths[1:] == [[256, 17], [1], []]
    assert [width_of(level, 0, 256) for level in range(3)] == [256, 1, 0]
    assert width_of(0, 5, 256) == 0


@given(st.lists(st.binary(max_size=300), max_size=20), st.binary(max_size=5))
def test_a_bundle_reads_back(leaves, more):
    data = join_entries(leaves)
    assert split_entries(data + more, len(leaves)) == (leaves, len(data))
    for cut in range(0, len(data), 7):
        kept, end = split_entries(data[:cut], len(leaves))
        assert kept == leaves[: len(kept)]
        assert end <= cut
