"""Canonical JSON against its reference, and leaf format v1, field by field."""

import json
from datetime import UTC, datetime
from enum import StrEnum

import orjson
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.canonical import CanonicalError, canonical_json, parse_canonical
from consent.ledger.leaf import MAX_BYTES, Leaf, LeafError, encode_leaf, leaf_hash, parse_leaf
from tests.consent.ledger.support import VECTORS

JCS = VECTORS / "cyberphone_json-canonicalization" / "testdata"
INSIDE_THE_SUBSET = {"unicode"}  # the other vectors hold floats, arrays at the top or keys beyond ASCII

ascii_keys = st.text(st.characters(max_codepoint=127), max_size=12)
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
documents = st.dictionaries(
    ascii_keys,
    st.recursive(
        scalars,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(ascii_keys, inner, max_size=4),
        max_leaves=12,
    ),
    max_size=8,
)


@given(documents)
def test_the_fast_encoder_writes_what_the_reference_writes(document):
    text = canonical_json(document)
    assert text == rfc8785.dumps(document)
    assert parse_canonical(text.decode()) == document


@pytest.mark.parametrize("path", sorted((JCS / "input").glob("*.json")), ids=lambda path: path.stem)
def test_jcs_vector(path):
    document = json.loads(path.read_text("utf-8"))
    expected = bytes.fromhex("".join((JCS / "outhex" / f"{path.stem}.txt").read_text("utf-8").split()))
    assert rfc8785.dumps(document) == expected
    if path.stem in INSIDE_THE_SUBSET:
        assert canonical_json(document) == expected
    elif isinstance(document, dict):
        with pytest.raises(CanonicalError):
            canonical_json(document)


class Colour(StrEnum):
    RED = "red"


def deep() -> dict:
    document: dict = {}
    for _ in range(40):
        document = {"in": document}
    return document


@pytest.mark.parametrize(
    "value",
    [
        1.0,
        2**53,
        -(2**53),
        2**80,
        "\ud800",
        b"bytes",
        datetime(2026, 1, 2, tzinfo=UTC),
        Colour.RED,
        {1: 2},
        {"é": 1},
        {3},
        deep(),
    ],
    ids=repr,
)
def test_outside_the_subset(value):
    with pytest.raises(CanonicalError):
        canonical_json({"value": value})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "1",
        '{"a":1,"a":1}',
        '{"b":1,"a":1}',
        '{"a": 1}',
        '{"a":1.5}',
        '{"a":"\\u0041"}',
        "{",
        "\ud800",
    ],
)
def test_another_spelling_is_not_canonical(text):
    with pytest.raises(CanonicalError):
        parse_canonical(text)


# --- format v1 --------------------------------------------------------------------------------------------

# Frozen: these bytes are in people's receipts.
V1 = (
    '{"client":"coach","commitment":"AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8","event":"data.read",'
    '"facts":{"count":4,"dataset":"skills"},"grant":"0123456789abcdef0123456789abcdef",'
    '"id":"01a3185c5000000000000000000000aa","log":"consent","outcome":"success",'
    '"person":"p-AAECAwQFBgcICQoLDA0ODw","request":"4bf92f3577b34da6","revision":3,'
    '"salt":"AAECAwQFBgcICQoLDA0ODw","scopes":"skills trainings","time":1800000000000000,"v":1}'
)
V1_HASH = "49f6f0771c2bdf19f3fb5bd6b1d4368e841248b53e432a4f986a5e180bac4950"


def v1(**changes) -> str:
    return orjson.dumps({**orjson.loads(V1), **changes}, option=orjson.OPT_SORT_KEYS).decode()


def test_format_v1_is_frozen():
    leaf = parse_leaf(V1)
    assert leaf == Leaf(
        v=1,
        id="01a3185c5000000000000000000000aa",
        time=1_800_000_000_000_000,
        event="data.read",
        log="consent",
        outcome="success",
        client="coach",
        person="p-AAECAwQFBgcICQoLDA0ODw",
        grant="0123456789abcdef0123456789abcdef",
        revision=3,
        scopes="skills trainings",
        facts={"count": 4, "dataset": "skills"},
        request="4bf92f3577b34da6",
        salt="AAECAwQFBgcICQoLDA0ODw",
        commitment="AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
    )
    assert encode_leaf(leaf._asdict()).decode() == V1
    assert leaf_hash(V1.encode()).hex() == V1_HASH


def test_null_where_a_field_does_not_apply():
    nulls = dict.fromkeys(("client", "person", "grant", "revision", "scopes", "request", "commitment"))
    leaf = parse_leaf(v1(**nulls, facts={}))
    assert not any(getattr(leaf, name) for name in nulls)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v", 2), ("v", True), ("v", None),
        ("id", "x" * 32), ("id", None), ("id", "01A3185C5000000000000000000000AA"),
        ("id", "01a3185c5001000000000000000000aa"),  # another millisecond than `time`
        ("time", -1), ("time", None), ("time", True), ("time", "1800000000000000"),
        ("event", "DataRead"), ("event", ""), ("event", None), ("event", "data.read\n"),
        ("log", "other"), ("log", None),
        ("outcome", "maybe"), ("outcome", 1),
        ("client", 1), ("grant", 1), ("scopes", ["skills"]), ("request", False),
        ("revision", -1), ("revision", True), ("revision", "1"),
        ("person", "amina@example.org"), ("person", "p-short"), ("person", "p-AAECAwQFBgcICQoLDA0ODx"),
        ("facts", None), ("facts", {"Count": 1}), ("facts", {"count": [1]}), ("facts", {"a": {"b": 1}}),
        ("salt", None), ("salt", "AAECAwQFBgcICQoLDA0OD"), ("salt", "AAECAwQFBgcICQoLDA0ODx"),
        ("commitment", "AAAA"), ("commitment", 0),
    ],
)  # fmt: skip
def test_a_field_that_is_not_as_format_v1_says(name, value):
    with pytest.raises(LeafError):
        parse_leaf(v1(**{name: value}))


def test_no_key_more_and_no_key_less():
    with pytest.raises(LeafError, match="extra"):
        parse_leaf(v1(extra=1))
    fewer = orjson.loads(V1)
    del fewer["request"]
    with pytest.raises(LeafError, match="request"):
        parse_leaf(orjson.dumps(fewer).decode())


def test_the_limit_of_65535_bytes():
    room = MAX_BYTES - len(v1(request=""))
    assert len(encode_leaf(orjson.loads(v1(request="x" * room)))) == MAX_BYTES
    with pytest.raises(LeafError, match="65536"):
        encode_leaf(orjson.loads(v1(request="x" * (room + 1))))
    with pytest.raises(LeafError):
        parse_leaf(v1(request="x" * (room + 1)))


def test_every_single_byte_counts():
    for at in range(0, len(V1), 7):
        damaged = V1[:at] + ("0" if V1[at] != "0" else "1") + V1[at + 1 :]
        assert leaf_hash(damaged.encode()).hex() != V1_HASH


@given(st.text(max_size=200) | documents.map(lambda document: canonical_json(document).decode()))
def test_hostile_leaves_raise_nothing_but_our_own_error(text):
    with pytest.raises(LeafError):
        parse_leaf(text)
