"""Policy files (C2SP tlog-policy): what they say, and what they may not."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.notes.note import NoteError, Verifier
from consent.ledger.notes.policy import PolicyError, parse_policy
from tests.consent.ledger.files.support import LOG, Seer, head_of, plain, signed
from tests.consent.ledger.support import VECTORS

C2SP = json.loads((VECTORS / "c2sp_spec_examples.json").read_text("utf-8"))["files"]
SIX = [Seer(name) for name in ("X1", "X2", "X3", "Y1", "Y2", "Y3")]
WITNESSES = "".join(f"witness {one.witness.name} {one.cosigner.vkey}\n" for one in SIX)
KEY = SIX[0].cosigner.vkey


def test_the_specification_s_example():
    text = C2SP["tlog-policy.md"]["examples"][0].replace("log <vkey>", f"log {LOG.vkey}")
    for one in SIX:
        text = text.replace(
            f"witness {one.witness.name} <vkey>", f"witness {one.witness.name} {one.cosigner.vkey}"
        )
    policy = parse_policy(text.encode())
    assert [one.name for one in policy.witnesses] == ["X1", "X2", "X3", "Y1", "Y2", "Y3"]
    for names, enough in (
        ("X1 X2 Y1", True), ("X2 X3 Y3", True), ("X1 X2 X3 Y1 Y2 Y3", True),
        ("X1 X2 X3", False), ("X1 Y1 Y2 Y3", False), ("", False),
    ):  # fmt: skip
        assert policy.satisfied(names.split()) is enough, names
        cosigned = [one for one in SIX if one.witness.name in names.split()]
        note = signed(head_of(plain(5)), cosigned)
        if enough:
            assert [one.name for one in policy.open(note).witnesses] == names.split()
        else:
            with pytest.raises(NoteError, match="no quorum"):
                policy.open(note)


def test_one_witness_none_and_urls():
    one = parse_policy(f"\t log  {LOG.vkey} https://log.example/\n # é\n\n{WITNESSES}quorum X2".encode())
    assert one.logs[0].url == "https://log.example/"
    assert one.satisfied({"X2"})
    assert not one.satisfied({"X1"})
    none = parse_policy(b"quorum none\n")
    assert none.satisfied(set())
    with pytest.raises(NoteError, match="known key"):
        none.open(signed(head_of(plain(5))))


def test_names_are_bytes():
    """The letter K and the Kelvin sign are two names, and a byte that is no text is one."""
    keys = [one.cosigner.vkey.encode() for one in SIX]
    names = [b"K", "\u212a".encode(), b"\xff\xfe"]
    lines = [b"witness %s %s\n" % (name, key) for name, key in zip(names, keys, strict=False)]
    policy = parse_policy(b"".join(lines) + b"group \xff all K \xff\xfe\nquorum \xff\n")
    assert policy.satisfied({policy.witnesses[0].name, policy.witnesses[2].name})
    assert not policy.satisfied({"\u212a", policy.witnesses[2].name})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no quorum line"),
        (WITNESSES, "no quorum line"),
        ("quorum none\nquorum none\n", "line 2: there is a quorum line already"),
        ("quorum X1\n", "'X1' is not defined above"),
        (f"{WITNESSES}group g 0 X1\n", "no '0' of 1"),
        (f"{WITNESSES}group g 2 X1\n", "no '2' of 1"),
        (f"{WITNESSES}group g 01 X1\n", "no '01' of 1"),
        (f"{WITNESSES}group g any\n", "3 parts at least"),
        (f"{WITNESSES}group g any none\n", "'none' is not defined"),
        (f"{WITNESSES}group g any X1 X1\n", "'X1' is a member already"),
        (f"{WITNESSES}group g any X1\ngroup h all X1 X2\n", "'X1' is a member already"),
        (f"{WITNESSES}group g any g\n", "'g' is not defined"),
        (f"{WITNESSES}group X1 any X2\n", "'X1' is taken"),
        (f"{WITNESSES}group none any X2\n", "'none' is taken"),
        (f"{WITNESSES}witness W {KEY}\n", "line 7: this key is there already"),
        (f"log {LOG.vkey}\nlog {Verifier('other', LOG.public).vkey}\n", "there already"),
        (f"log {KEY}\n", "type 01"),
        (f"witness W {LOG.vkey}\n", "type 04"),
        ("log nonsense\n", "name\\+hash\\+key"),
        (f"log {LOG.vkey} a b\n", "parts"),
        ("logs x\n", "begins with"),
        ("quorum\u00a0none\n", "begins with"),
        ("quorum none\r\n", "control"),
        ("quorum none\x00", "control"),
        ("#" * 1_000_001, "below 1 MB"),
    ],
)
def test_what_a_policy_may_not_say(text, reason):
    with pytest.raises(PolicyError, match=reason):
        parse_policy(text.encode())


@given(
    st.lists(
        st.sampled_from([*WITNESSES.split("\n"), "quorum", "none", "group", "any", "X1", "9", " ", "\n"])
    )
)
def test_no_file_breaks_the_reader(parts):
    try:
        parse_policy(" ".join(parts).encode())
    except PolicyError:
        return


def test_as_many_as_the_specification_asks_for():
    many = [Seer(f"w{number}") for number in range(300)]
    lines = [f"witness {one.witness.name} {one.cosigner.vkey}" for one in many]
    names = " ".join(one.witness.name for one in many)
    policy = parse_policy(
        "\n".join([*lines, f"group all-of-them 151 {names}", "quorum all-of-them"]).encode()
    )
    assert policy.satisfied(names.split()[:151])
    assert not policy.satisfied(names.split()[:150])


def test_however_deep_its_groups_are_nested_a_policy_is_judged():
    deep = "".join(f"group g{at + 1} all g{at}\n" for at in range(30_000))
    text = f"{WITNESSES}group g0 2 X1 X2\n{deep}quorum g30000\n"
    policy = parse_policy(text.encode())
    assert policy.satisfied({"X1", "X2"})
    assert not policy.satisfied({"X1", "g0", "g30000"})  # a group is nobody who signs
