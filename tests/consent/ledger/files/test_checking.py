"""The offline verifier: what is true passes, and each lie is named with its file and byte."""

import json
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.layout import ENTRIES, Part, split_entries
from consent.ledger.files.reading import Folder
from consent.ledger.retiring.retired import Period
from consent.ledger.tiles import WIDTH
from tests.consent.ledger.files.support import (
    POLICY,
    SEERS,
    TWO_OF_THREE,
    Files,
    files_of,
    head_of,
    plain,
    retiring,
    signed,
)

SIZES = (0, 1, 2, 255, 256, 257, 511, 512, 700)
SMALL = files_of(plain(700))
LAST = "tile/entries/002.p/188"
# 258 tiles of leaf hashes, two of level 1, one of level 2: full ones on three levels.
BIG = files_of(plain(65_540))


def with_byte(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_true_passes(size):
    checked = files_of(plain(size)).check()
    assert checked.ok, checked.message()
    assert checked.leaves == size
    assert "witnessed by nobody" in checked.message()
    json.dumps(checked.as_dict())


def test_every_level_of_a_large_log_passes_with_and_without_leaves():
    assert BIG.check().leaves == 65_540
    hashes = Files({name: data for name, data in BIG.items() if "entries" not in name})
    assert hashes.check(leaves=False).ok
    assert hashes.lie() == ("tile/entries/000", 0)


@pytest.mark.parametrize(
    "name", ["tile/0/000", "tile/0/255", "tile/0/256.p/4", "tile/1/000", "tile/2/000.p/1"]
)
def test_a_changed_hash_of_any_level_is_named_to_the_byte(name):
    at = len(BIG[name]) // 2 + 5
    assert BIG.changed({name: with_byte(BIG[name], at)}).lie() == (name, at)
    if name.startswith(("tile/1", "tile/2")):
        hashes = BIG.changed({name: with_byte(BIG[name], at)})
        assert hashes.lie(leaves=False) == (name, at)


@settings(max_examples=30)
@given(st.sampled_from(sorted(SMALL)), st.data())
def test_one_changed_byte_anywhere_is_found_in_its_file(name, data):
    at = data.draw(st.integers(0, len(SMALL[name]) - 1))
    file, offset = SMALL.changed({name: with_byte(SMALL[name], at)}).lie()
    assert file == name
    if name.startswith("tile/entries"):
        starts = offsets(SMALL[name])
        assert offset == max(start for start in starts if start <= at)
    elif name.startswith("tile"):
        assert offset == at


def offsets(bundle: bytes) -> list[int]:
    leaves, _ = split_entries(bundle, 256)
    starts = [0]
    for leaf in leaves[:-1]:
        starts.append(starts[-1] + 2 + len(leaf))
    return starts


@settings(max_examples=30)
@given(st.sampled_from(sorted(SMALL)), st.data())
def test_a_byte_more_or_less_anywhere_is_found_in_its_file(name, data):
    whole = SMALL[name]
    at = data.draw(st.integers(0, len(whole) - 1))
    less = whole[:at] + whole[at + 1 :]
    more = whole[:at] + data.draw(st.binary(min_size=1, max_size=3)) + whole[at:]
    assert SMALL.changed({name: less}).lie()[0] == name
    assert SMALL.changed({name: more}).lie()[0] == name


@pytest.mark.parametrize("name", sorted(SMALL))
def test_a_file_that_is_gone_is_named(name):
    assert SMALL.changed({name: None}).lie() == (name, 0)


@settings(max_examples=30)
@given(st.permutations(sorted(SMALL)))
def test_two_files_that_changed_places_are_found(names):
    one, other = names[:2]
    assert SMALL.changed({one: SMALL[other], other: SMALL[one]}).lie()[0] in {one, other}


@pytest.mark.parametrize(
    "name",
    ["tile/0/003", "tile/0/002.p/189", "tile/1/001.p/1", "tile/2/000.p/1", "tile/0/1", "tile/8/000", "tile/x",
     "tile/entries/003", "tile/entries/x000/002", "retired/001", "retired/003", "tile/0/002.p/7"],
)  # fmt: skip
def test_a_file_too_many_is_named(name):
    assert SMALL.changed({name: b"more"}).lie() == (name, 0)


def test_files_of_others_and_older_partial_ones_are_no_lie():
    older = {name: data for name, data in files_of(plain(600)).items() if ".p/" in name}
    assert SMALL.changed({**older, "log.vkey": b"x", "README.txt": b"hello"}).check().ok


def test_full_files_stand_for_the_partial_ones_that_they_replaced():
    grown = files_of(plain(900))
    partial = {"tile/1/000.p/2": SMALL["tile/1/000.p/2"]}
    old = grown.changed({"checkpoint": SMALL["checkpoint"], **partial})
    assert old.lie() == ("tile/0/002", 0)
    old.names = lambda: iter(())
    assert old.check().ok


# --- signatures, quorum, consistency ---------------------------------------------------------------------


def test_a_quorum_is_asked_for():
    checked = files_of(plain(9), SEERS[:2]).check(TWO_OF_THREE)
    assert checked.ok
    assert "witnessed by cnil, univ" in checked.message()
    assert files_of(plain(9), SEERS[:1]).lie(policy=TWO_OF_THREE) == ("checkpoint", 0)


def test_a_false_signature_is_named_by_its_line():
    files = files_of(plain(9), SEERS)
    note = files["checkpoint"]
    for line, start in ((4, "— accord"), (5, "— cnil"), (7, "— press")):
        at = note.index(start.encode())
        spoiled = note.splitlines(keepends=True)
        spoiled[line] = (
            spoiled[line][:-9] + (b"A" if spoiled[line][-9:-8] != b"A" else b"B") + spoiled[line][-8:]
        )
        assert files.changed({"checkpoint": b"".join(spoiled)}).lie(policy=TWO_OF_THREE) == ("checkpoint", at)


def test_a_truncated_log_signed_again_is_no_extension_of_what_was_pinned():
    pinned = head_of(plain(700))
    assert files_of(plain(600)).lie(pinned=pinned) == ("checkpoint", 0)
    forged = files_of((*plain(650), *(b"forged %d" % number for number in range(100))))
    assert "another history" in forged.check(pinned=pinned).message()
    assert forged.check(pinned=head_of(plain(650))).ok
    assert SMALL.check(pinned=pinned).ok
    assert SMALL.check(pinned=head_of(())).ok
    assert "another log" in SMALL.check(pinned=pinned._replace(origin="other")).message()


def test_another_log_s_checkpoint_is_refused():
    other = signed(head_of(plain(700))._replace(origin="other.example"))
    assert SMALL.changed({"checkpoint": other.encode()}).lie() == ("checkpoint", 0)


@pytest.mark.parametrize(
    "note", [b"", b"\xff", b"x\n", SMALL["checkpoint"] * 2, b"\n" * 9, b"\n\n\xe2\x80\x94 "]
)
def test_a_hostile_checkpoint_is_refused(note):
    assert SMALL.changed({"checkpoint": note}).lie()[0] == "checkpoint"


def test_an_empty_log_has_the_empty_root():
    note = signed(head_of(())._replace(root=bytes(32)))
    assert Files(checkpoint=note.encode()).lie() == ("checkpoint", 0)


# --- leaves that were retired ----------------------------------------------------------------------------

MAY, JUNE = Period("security", "2026-05"), Period("consent", "2026-06")


def retired_log(*, june: bool = True) -> Files:
    """Every third leaf of the first 300 went with May, a few with June; the events that say so come later."""
    leaves = list(plain(400))
    may, after = list(range(0, 300, 3)), [1, 4, 290]
    leaves.append(retiring(MAY, leaves, may))
    if june:
        leaves.append(retiring(JUNE, leaves, after))
    leaves += plain(20)
    return files_of(leaves, gone=dict.fromkeys(may, MAY) | dict.fromkeys(after, JUNE))


RETIRED = retired_log()


def test_retired_leaves_are_accounted_for():
    checked = RETIRED.check()
    assert checked.ok, checked.message()
    assert (checked.leaves, checked.missing) == (422, 103)
    assert "103 of them retired" in checked.message()


def test_what_no_event_accounts_for_is_a_lie():
    checked = retired_log(june=False).check()
    assert checked.lie is not None
    assert (checked.lie.file, checked.lie.reason[-29:]) == (
        "tile/entries/000",
        "missing leaves of consent 2026-06"[-29:],
    )


def test_a_leaf_that_is_merely_gone_is_a_lie():
    leaves, _ = split_entries(SMALL[LAST], 188)
    emptied = SMALL[LAST].replace(b"\x00\x08" + leaves[5], b"\x00\x00")
    assert SMALL.changed({LAST: emptied}).lie() == ("retired/002.p/188", 0)


@settings(max_examples=30)
@given(
    st.sampled_from(["retired/000", "retired/001.p/166", "tile/entries/000", "tile/entries/001.p/166"]),
    st.data(),
)
def test_one_changed_byte_is_found_beside_retired_leaves_too(name, data):
    at = data.draw(st.integers(0, len(RETIRED[name]) - 1))
    file, _ = RETIRED.changed({name: with_byte(RETIRED[name], at)}).lie()
    assert file in {name, "tile/entries/000"}  # a month that changed accounts for nothing


@pytest.mark.parametrize("name", sorted(RETIRED))
def test_a_file_that_is_gone_is_named_beside_retired_leaves_too(name):
    assert RETIRED.changed({name: None}).lie() == (name, 0)


def test_processes_that_look_ahead_change_nothing(tmp_path):
    leaves = plain(5_000)
    for name, data in files_of(leaves).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with ProcessPoolExecutor(2, get_context("forkserver")) as crowd:
        asked = Asked(POLICY, opaque=True, crowd=crowd)
        assert check_files(Folder(tmp_path), asked).message().startswith("verified: 5000 events")
        for number in (17, 3):  # of two lies, the one that comes first
            bundle = tmp_path / Part(ENTRIES, number, WIDTH).path
            bundle.write_bytes(bundle.read_bytes().replace(b"leaf", b"lie!", 1))
            lie = check_files(Folder(tmp_path), asked).lie
            assert lie is not None
            assert (lie.file, lie.offset) == (Part(ENTRIES, number, WIDTH).path, 0)


def test_of_a_file_without_end_little_is_read(tmp_path):
    for name, data in files_of(plain(5)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(data)
    with (tmp_path / "tile/0/000.p/5").open("r+b") as file:
        file.truncate(1 << 40)
    lie = check_files(Folder(tmp_path), Asked(POLICY)).lie
    assert lie is not None
    assert (lie.file, lie.offset) == ("tile/0/000.p/5", 160)
