"""A verifier in another language, written from the standards: it agrees with ours, on good logs and bad."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from consent.ledger.files.layout import split_entries
from consent.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from consent.ledger.notes.note import parse_note
from consent.ledger.notes.policy import PolicyError, parse_policy
from tests.consent.ledger.files.support import SEERS, Files, files_of, head_of, plain, signed
from tests.consent.ledger.files.test_checking import BIG
from tests.consent.ledger.support import VECTORS
from tests.examples.verifier.bundles import (
    ALL,
    ALONE,
    TRUE,
    TWO,
    late_log,
    leaf,
    ours,
    plain_log,
    retired_log,
    theirs,
)
from tests.examples.verifier.other import SOURCE, Other
from tests.idp.receipts.test_witnesses import BAD, DEEP, WORDS, refused_at

pytestmark = pytest.mark.network
LOGS = {
    "small": plain_log(2),
    "whole tile": plain_log(256),
    "two levels": plain_log(300),
    "retired": retired_log(),
    "retired twice": late_log(),
}
ACROSS = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def asked(other: Other) -> Other:
    for name, files in LOGS.items():
        other.keep(name, files)
    return other


def agree(asked: Other, name: str, changes: Mapping[str, bytes | None], policy: str = ALL) -> str:
    """The file that both say lies."""
    said = ours(LOGS[name], changes, policy)
    assert theirs(asked, name, changes, policy) == said
    return said.file


def test_it_is_short_enough_to_be_read() -> None:
    lines = sum(len(path.read_text("utf-8").splitlines()) for path in SOURCE.glob("*.mjs"))
    assert lines < 300


@pytest.mark.parametrize("name", LOGS)
def test_what_is_true_passes_in_both(asked: Other, name: str) -> None:
    assert agree(asked, name, {}) == ""
    answer = asked.check(name, {}, policy=ALL)
    checked = LOGS[name].check()
    assert (answer["size"], answer["retired"]) == (checked.leaves, checked.missing)
    assert answer["witnesses"] == ["cnil", "univ", "press"]


# --- any single change, anywhere -------------------------------------------------------------------------


def changes_of(data: st.DataObject, files: Files) -> dict[str, bytes | None]:
    """A change, a deletion, an insertion or a swap, of bytes or of whole files."""
    name, other = (data.draw(st.sampled_from(sorted(files)), label=label) for label in ("file", "other"))
    whole, width = files[name], data.draw(st.integers(1, 40), label="bytes")
    one, two = sorted(data.draw(st.integers(0, len(whole) - 1), label="at") for _ in range(2))
    kinds: dict[str, Any] = {
        "flip": lambda: {name: whole[:one] + bytes([whole[one] ^ 1 << two % 8]) + whole[one + 1 :]},
        "delete": lambda: {name: whole[:one] + whole[one + width :]},
        "insert": lambda: {name: whole[:one] + data.draw(st.binary(min_size=1, max_size=40)) + whole[one:]},
        "swap": lambda: {name: whole[:one] + whole[two:] + whole[one:two]},
        "end": lambda: {name: whole[:one]},
        "more": lambda: {name: whole + data.draw(st.binary(min_size=1, max_size=40))},
        "file deleted": lambda: {name: None},
        "file copied": lambda: {name: files[other]},
        "files swapped": lambda: {name: files[other], other: whole},
    }
    return kinds[data.draw(st.sampled_from(sorted(kinds)), label="kind")]()


@ACROSS
@given(st.data())
def test_any_single_change_is_found_and_located_by_both(asked: Other, data: st.DataObject) -> None:
    log = data.draw(st.sampled_from(sorted(LOGS)), label="log")
    changes = changes_of(data, LOGS[log])
    touched = {name for name, changed in changes.items() if LOGS[log][name] != changed}
    # A month that was changed accounts for nothing: what lies then is the bundle that has gaps.
    gaps = {"tile/entries/000"} if any(name.startswith("retired") for name in touched) else set()
    assert agree(asked, log, changes) in (touched | gaps if touched else {""})


def test_a_leaf_that_is_wrong_is_told_before_one_that_is_missing_in_both(asked: Other) -> None:
    files = LOGS["retired"]
    one, other = "tile/entries/001.p/45", files["tile/entries/000"]
    assert split_entries(other, 2)[0][0] == b""  # nothing accounts for a gap there
    assert agree(asked, "retired", {one: other}) == one
    assert ours(files, {one: other}, ALL).offset == 2
    longer = files["tile/entries/000"] + b"more"
    assert agree(asked, "retired", {"tile/entries/000": longer}) == "tile/entries/000"
    assert ours(files, {"tile/entries/000": longer}, ALL).offset == len(other)


def test_each_byte_of_each_file_counts_in_both(asked: Other) -> None:
    """Every position of a small log, flipped or cut out; the slower verifier is asked about every third."""
    files = LOGS["small"]
    for name, whole in files.items():
        policy = ALL if name == "checkpoint" else ALONE
        for at in range(len(whole)):
            flipped = whole[:at] + bytes([whole[at] ^ 1 << at % 8]) + whole[at + 1 :]
            assert ours(files, {name: whole[:at] + whole[at + 1 :]}, policy).file == name
            if at % 3:
                assert ours(files, {name: flipped}, policy).file == name
            else:
                assert agree(asked, "small", {name: flipped}, policy) == name


@pytest.mark.parametrize(
    "name",
    ["tile/0/002.p/1", "tile/1/001.p/1", "tile/2/000.p/1", "tile/0/1", "tile/8/000", "tile/x",
     "tile/entries/x", "tile/entries/x000/001", "retired/000", "retired/003", "tile/0/001.p/7",
     "tile/entries/001.p/7"],
)  # fmt: skip
def test_a_file_too_many_is_named_by_both(asked: Other, name: str) -> None:
    assert agree(asked, "two levels", {name: b"more"}) == name


_WHOLE = [*range(0, 280, 3), 301, 303]


@pytest.mark.parametrize(
    "accounts",
    [[[301, 303]], [_WHOLE[:-1]], [_WHOLE[:-2]], [_WHOLE[1:]], [_WHOLE, [301, 303]],
     [_WHOLE, [*_WHOLE, 304]], [_WHOLE, [0, 303]]],
    ids=["those alone", "one too few", "none of them", "not the first", "and apart", "and more", "and less"],
)  # fmt: skip
def test_an_account_that_says_neither_all_nor_where_it_began_is_refused_by_both(
    other: Other, accounts: list[list[int]]
) -> None:
    assert LOGS["retired twice"].check().missing == len(_WHOLE)
    refused_by_both(other, late_log(*accounts))


def refused_by_both(other: Other, files: Files) -> None:
    lie = files.check().lie
    assert lie is not None
    assert "no event accounts" in lie.reason
    other.keep("odd account", files)
    said = other.check("odd account", {}, policy=ALONE)["lie"]
    assert (said["file"], said["offset"]) == (lie.file, lie.offset)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [(b'"first":0', b'"first":"0"'), (b'"first":0', b'"first":false'), (b'"last":279', b'"last":"279"'),
     (b'"first":0,', b""), (b'"count":94', b'"count":"94"')],
    ids=["first in words", "no number", "last in words", "no first", "count in words"],
)  # fmt: skip
def test_an_account_in_words_is_refused_by_both(other: Other, right: bytes, wrong: bytes) -> None:
    refused_by_both(other, retired_log(right, wrong))


# --- whom one trusts -------------------------------------------------------------------------------------


def test_a_quorum_is_asked_for_by_both(asked: Other) -> None:
    head = parse_checkpoint(parse_note(LOGS["small"]["checkpoint"].decode()).text)
    for count in range(4):
        note = {"checkpoint": signed(head, SEERS[:count]).encode()}
        assert agree(asked, "small", note, TWO) == ("" if count >= 2 else "checkpoint")
        assert agree(asked, "small", note, ALL) == ("" if count == 3 else "checkpoint")
        assert agree(asked, "small", note, ALONE) == ""
    stranger = ALONE.replace("accord.test", "other.test")
    assert asked.check("small", {}, policy=stranger)["lie"]


@pytest.mark.parametrize(
    "policy",
    ["", "quorum none\nquorum none\n", "quorum x\n", TWO + "quorum none\n", TWO.replace("two 2", "two 4"),
     TWO.replace("two 2", "two 0"), TWO.replace("univ press", "univ univ"),
     TWO.replace("group two", "group cnil"), TWO + f"log {ALONE.split()[1]}\n", "log x\nquorum none\n",
     ALONE.replace("+", "+0", 1), "toString x\n" + ALONE, TWO.replace("witness univ", "witness cnil"),
     TWO.replace("cnil univ press\n", "cnil univ nobody\n"), f"log {ALONE.split()[1]}\u00a0\nquorum none\n",
     *BAD.values()],
)  # fmt: skip
def test_a_policy_that_cannot_be_is_refused_by_both(other: Other, policy: str) -> None:
    assert "lie" in other.ask("policy", policy=policy)
    with pytest.raises(PolicyError):
        parse_policy(policy.encode())


@given(st.lists(st.sampled_from(WORDS)).map(" ".join) | st.text().map(lambda text: f"{ALONE}{text}"))
def test_any_policy_is_read_alike(other: Other, policy: str) -> None:
    assert ("lie" in other.ask("policy", policy=policy)) is (refused_at(policy) is not None)


def test_groups_however_deep_count_in_both(asked: Other) -> None:
    head = parse_checkpoint(parse_note(LOGS["small"]["checkpoint"].decode()).text)
    few = {"checkpoint": signed(head, SEERS[:1]).encode()}
    assert agree(asked, "small", {}, DEEP) == ""
    assert agree(asked, "small", few, DEEP) == "checkpoint"


def test_a_history_that_does_not_go_on_from_the_pinned_one_is_refused_by_both(asked: Other) -> None:
    head = head_of([leaf(number) for number in range(300)])
    others: dict[str, tuple[Checkpoint, bool]] = {
        "itself": (head, True),
        "its beginning": (head_of([leaf(number) for number in range(257)]), True),
        "nothing yet": (head_of(()), True),
        "what was longer": (head_of([leaf(number) for number in range(301)]), False),
        "another one": (head_of([leaf(number) for number in range(7, 107)]), False),
    }
    for name, (pinned, true) in others.items():
        said = ours(LOGS["two levels"], {}, ALL, pinned)
        assert (said == TRUE) is true, name
        assert theirs(asked, "two levels", {}, ALL, pinned) == said, name


# --- logs of others, and leaves that a log should not have signed ---------------------------------------


def files_under(root: Path) -> Files:
    names = [path for path in root.rglob("*") if path.is_file()]
    return Files({path.relative_to(root).as_posix(): path.read_bytes() for path in names})


def test_a_log_of_tessera_passes(other: Other) -> None:
    vkey = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
    other.keep("tessera", files_under(VECTORS / "transparency-dev_tessera" / "testdata" / "log"))
    answer = other.check("tessera", {}, policy=f"log {vkey}\nquorum none\n", opaque=True)
    assert answer["size"] == 15
    assert "format v1" not in json.dumps(answer)
    strict = other.check("tessera", {}, policy=f"log {vkey}\nquorum none\n")
    assert strict["lie"]["file"] == "tile/entries/000.p/15"


_ODD = [
    (b'"v":1', b'"v":2'), (b'"v":1', b'"v":true'), (b',"v":1', b',"v":1,"w":1'),
    (b'{"client"', b'{ "client"'),
    (b'"outcome":"success"', b'"outcome":"maybe"'), (b'"log":"consent"', b'"log":"other"'),
    (b'"time":1000', b'"time":9000'), (b'"time":1000', b'"time":1e3'), (b'"time":1000', b'"time":01000'),
    (b'"time":1000', b'"time":-1'), (b'"revision":1', b'"revision":9007199254740992'),
    (b'"revision":1', b'"revision":-1'), (b'"revision":1', b'"revision":-0'),
    (b'"revision":1', b'"revision":"1"'),
    (b'"salt":"0', b'"salt":"!'), (b'A","scopes"', b'B","scopes"'),
    (b'"commitment":null', b'"commitment":""'),
    (b'BA","request"', b'BB","request"'), (b'"person":"p-', b'"person":"q-'), (b'"id":"0', b'"id":"g'),
    (b'"event":"data.read"', b'"event":"data"'), (b'"grant":"a', b'"grant":["a"],"x":"'),
    (b'"scopes":"skills"', b'"scopes":7'), (b'"client":"coach"', b'"client":"coach","client":"coach"'),
    (b'"facts":{', b'"facts":{"N":1,'), (b'"facts":{', b'"facts":{"z":1,'),
    (b'"facts":{', b'"facts":{"count":1,'),
    (b'"facts":{', b'"facts":{"a":[],'), (b'"facts":{', b'"facts":{"a":{},'), (b'"count":1', b'"count":1.5'),
    (b'"count":1', b'"count":9007199254740992'), (b'"count":1', b'"count":-0'), (b'"count":1', b'"count":1 '),
    (b'"coach"', b'"co\\u0061ch"'), (b'"coach"', b'"co\nach"'), (b'"coach"', b'"co\xffach"'),
    (b'"coach"', b'"co\\ud800ach"'), (b'"coach"', b'"co\\/ach"'), (b'"coach"', b'"co\\u000Aach"'),
    (b'"coach"', b'"co\xed\xa0\x80ach"'), (b'"coach"', b"'coach'"), (b'"facts":{', b'"facts":[],"g":{'),
    (b'{"count":1,"dataset":"\xc3\xa9"}', b"[]"), (b'{"count":1,"dataset":"\xc3\xa9"}', b"null"),
    (b'{"count":1,"dataset":"\xc3\xa9"}', b'""'), (b'{"count":1,"dataset":"\xc3\xa9"}', b"5"),
    (b'{"count":1,"dataset":"\xc3\xa9"}', b'"[object Object]"'),
]  # fmt: skip
_UNUSUAL = [
    (b'"coach"', b'"co\xc3\xa9ach"'), (b'"coach"', b'"co\\u0001\\n\\"\\\\ach"'),
    (b'"coach"', b'"\x7f\xe2\x80\xa8"'),
    (b'"coach"', b'""'), (b'"coach"', b"null"), (b'"facts":{', b'"facts":{"constructor":1,'),
    (b'"count":1', b'"count":9007199254740991'), (b'"count":1', b'"count":-9007199254740991'),
    (b'"count":1', b'"count":true'), (b'"revision":1', b'"revision":9007199254740991'),
    (b'{"count":1,"dataset":"\xc3\xa9"}', b"{}"), (b'"coach"', b'"\xf0\x9f\x98\x80,\\"x"'),
]  # fmt: skip


def with_odd(asked: Other, old: bytes, new: bytes) -> tuple[Files, dict[str, Any]]:
    """A log whose second leaf reads otherwise; and what the other verifier says of it."""
    assert leaf(1).count(old) == 1
    files = files_of([leaf(0), leaf(1).replace(old, new)])
    asked.keep("odd", files)
    return files, asked.check("odd", {}, policy=ALONE)


@pytest.mark.parametrize(("old", "new"), _ODD)
def test_a_leaf_that_is_not_of_format_v1_is_named_by_both_though_it_was_signed(
    other: Other, old: bytes, new: bytes
) -> None:
    files, said = with_odd(other, old, new)
    assert (said["lie"]["file"], said["lie"]["offset"]) == ("tile/entries/000.p/2", 2 + len(leaf(0)))
    assert ours(files, {}, ALONE) == (said["lie"]["file"], said["lie"]["offset"])
    assert other.check("odd", {}, policy=ALONE, opaque=True)["size"] == files.check().leaves == 2


@pytest.mark.parametrize(("old", "new"), _UNUSUAL)
def test_a_leaf_that_is_unusual_and_of_format_v1_passes_in_both(other: Other, old: bytes, new: bytes) -> None:
    files, said = with_odd(other, old, new)
    assert said["size"] == 2
    assert ours(files, {}, ALONE) == TRUE


def test_a_tree_of_three_levels_passes_in_both(other: Other) -> None:
    other.keep("big", BIG)
    assert other.check("big", {}, policy=ALONE, opaque=True)["size"] == len(plain(65_540))
    bad = BIG["tile/1/000"][:77] + b"?" + BIG["tile/1/000"][78:]
    lie = other.check("big", {"tile/1/000": bad}, policy=ALONE, opaque=True)["lie"]
    assert (lie["file"], lie["offset"]) == ("tile/1/000", 77)
