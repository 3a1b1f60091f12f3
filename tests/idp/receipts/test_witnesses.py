"""The page's own reading of policies and cosignatures (static/witnesses.js), held to ours: both agree."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.ledger.notes.cosignature import Cosigner, cosign
from consent.ledger.notes.note import NoteError, Verifier
from consent.ledger.notes.policy import PolicyError, parse_policy
from idp.receipts.words import UNCOUNTED, WRONG
from tests.consent.ledger.files.support import LOG, SECONDS, SEERS, Seer, head_of, plain, signed
from tests.support.skips import program

_HERE = Path(__file__).parent
_SCRIPTS = _HERE.parents[2] / "idp" / "receipts" / "static"
CNIL, UNIV, PRESS = SEERS
LOGS = f"log {LOG.vkey}\n"
WITNESSES = "".join(f"witness {one.witness.name} {one.cosigner.vkey}\n" for one in SEERS)
TWO = f"{LOGS}{WITNESSES}group two 2 cnil univ press\nquorum two\n"
NESTED = (
    f"{LOGS}{WITNESSES}group state any cnil\ngroup rest any univ press\ngroup g all state rest\nquorum g\n"
)
DEEP = "".join([LOGS, WITNESSES, "group g0 2 cnil univ\n",
                *(f"group g{at + 1} all g{at}\n" for at in range(30_000)), "quorum g30000\n"])  # fmt: skip
HEAD = head_of(plain(5))

Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def ask() -> Iterator[Ask]:
    """Asks the page's scripts, in a process that stays."""
    command = [program("node"), str(_HERE / "witnesses.mjs"), str(_SCRIPTS)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:  # noqa: S603  # our own script
        yield partial(_answer, process)


def _answer(process: subprocess.Popen[bytes], **asked: str) -> dict[str, Any]:
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(asked).encode() + b"\n")
    process.stdin.flush()
    answer: dict[str, Any] = json.loads(process.stdout.readline())
    return answer


def refused_at(policy: str) -> int | None:
    """The line that ours refuses, 0 for the whole; None for a policy that ours takes."""
    try:
        parse_policy(policy.encode())
    except PolicyError as error:
        line = re.match(r"line (\d+): ", str(error))
        return int(line[1]) if line else 0
    return None


def taken(policy: str, note: str) -> list[str] | None:
    """The witnesses that ours counts under a head, None where it refuses."""
    try:
        return [one.name for one in parse_policy(policy.encode()).open(note).witnesses]
    except NoteError:
        return None


BAD = {
    "policy_count": f"{WITNESSES}group g 4 cnil univ press\nquorum g\n",
    "policy_count, none": f"{WITNESSES}group g 0 cnil\nquorum g\n",
    "policy_count, twice spelled": f"{WITNESSES}group g 01 cnil\nquorum g\n",
    "policy_count, of Object": f"{WITNESSES}group g constructor cnil\nquorum g\n",
    "policy_key": "log nonsense\nquorum none\n",
    "policy_key, a witness's": f"log {CNIL.cosigner.vkey}\nquorum none\n",
    "policy_key, a log's": f"witness w {LOG.vkey}\nquorum w\n",
    "policy_key, another spelling": f"log {LOG.vkey}=\nquorum none\n",
    "policy_key_id": f"log {re.sub(r'[+].{8}[+]', '+00000000+', LOG.vkey)}\nquorum none\n",
    "policy_key_id, of another name": f"witness w x{UNIV.cosigner.vkey}\nquorum w\n",
    "policy_key_twice": f"{WITNESSES}witness w {UNIV.cosigner.vkey}\nquorum w\n",
    "policy_key_twice, renamed": f"{LOGS}log {Verifier('other', LOG.public).vkey}\nquorum none\n",
    "policy_line": "logs x\nquorum none\n",
    "policy_line, of Object": "toString x\nquorum none\n",
    "policy_line, not a blank": "quorum\u00a0none\n",
    "policy_member": f"{WITNESSES}group g any cnil cnil\nquorum g\n",
    "policy_member, of another": f"{WITNESSES}group g any cnil\ngroup h all cnil univ\nquorum h\n",
    "policy_no_quorum": WITNESSES,
    "policy_no_quorum, comments": "# nothing\n\n",
    "policy_parts": f"{WITNESSES}group g any\nquorum g\n",
    "policy_parts, more": f"{LOGS}quorum none none\n",
    "policy_quorum_twice": "quorum none\nquorum none\n",
    "policy_taken": f"{WITNESSES}{WITNESSES}quorum cnil\n",
    "policy_taken, none": f"{WITNESSES}group none any cnil\nquorum none\n",
    "policy_taken, by a group": f"{WITNESSES}group cnil any univ\nquorum cnil\n",
    "policy_text": "quorum none\x00\n",
    "policy_text, lines": "quorum none\r\n",
    "policy_text, long": "#" * 1_000_001,
    "policy_unknown": "quorum nobody\n",
    "policy_unknown, itself": f"{WITNESSES}group g any g\nquorum g\n",
    "policy_unknown, more than a call can take": f"group g any{' x' * 300_000}\nquorum g\n",
    "policy_unknown, a circle": f"{WITNESSES}group g any h\ngroup h any g\nquorum h\n",
}


def code_of(name: str) -> str:
    return name.partition(",")[0]


@pytest.mark.parametrize("name", BAD)
def test_what_no_policy_says_is_refused_by_both_at_the_same_line(ask: Ask, name: str) -> None:
    answer = ask(policy=BAD[name])
    assert answer["refused"] == code_of(name)
    assert answer.get("line", 0) == refused_at(BAD[name])


def test_each_refusal_of_a_policy_has_its_words() -> None:
    assert {code_of(name) for name in BAD} == {one for one in UNCOUNTED if one.startswith("policy")}
    assert not set(UNCOUNTED) & set(WRONG)


WORDS = [*WITNESSES.split("\n"), LOGS.strip(), "quorum", "none", "group", "g", "any", "all", "cnil", "univ",
         "2", "9", "\n", "\n", "\t", "#", "\u00a0", "é", "__proto__"]  # fmt: skip


@given(st.lists(st.sampled_from(WORDS)).map(" ".join) | st.text().map(lambda text: f"{LOGS}{text}"))
def test_any_text_is_read_alike(ask: Ask, policy: str) -> None:
    answer = ask(policy=policy)
    refused = refused_at(policy)
    assert (answer.get("line", 0) if "refused" in answer else None) == refused


def seen(answer: dict[str, Any]) -> dict[str, Any]:
    """What is said of each name: when it signed, how many a group has of how many, None."""
    return {
        row["name"]: (row["has"], row["least"]) if "least" in row else row["at"] for row in answer["rows"]
    }


def test_who_signed_and_how_many_are_missing_is_said(ask: Ask) -> None:
    enough = ask(policy=TWO, note=signed(HEAD, [CNIL, PRESS]))
    assert enough["size"] == "5"
    assert seen(enough) == {"two": (2, 2), "cnil": SECONDS, "univ": None, "press": SECONDS}
    few = ask(policy=TWO, note=signed(HEAD, [PRESS]))
    assert few["refused"] == "too_few"
    assert seen(few) == {"two": (1, 2), "cnil": None, "univ": None, "press": SECONDS}
    nested = ask(policy=NESTED, note=signed(HEAD, [UNIV, PRESS]))
    assert nested["refused"] == "too_few"
    assert seen(nested) | {"univ": 0, "press": 0} == {
        "g": (1, 2), "state": (0, 1), "cnil": None, "rest": (2, 1), "univ": 0, "press": 0,
    }  # fmt: skip
    assert ask(policy=f"{LOGS}quorum none\n", note=signed(HEAD))["rows"] == []


def test_groups_however_deep_are_told_from_the_quorum_down(ask: Ask) -> None:
    names = [row["name"] for row in ask(policy=DEEP, note=signed(HEAD, [CNIL, UNIV]))["rows"]]
    assert names == [*(f"g{at}" for at in range(30_000, -1, -1)), "cnil", "univ"]


def test_what_others_signed_takes_nothing_away(ask: Ask) -> None:
    good = signed(HEAD._replace(extensions=("a",)), [CNIL, UNIV])
    again = signed(head_of(plain(6)), [UNIV]).splitlines(keepends=True)[-1]  # the first of a key counts
    for note in (good + "— x AAAAAAAA\n" * 97, good + again):
        assert ask(policy=TWO, note=note)["size"] == "5"
        assert taken(TWO, note) == ["cnil", "univ"]


@pytest.mark.parametrize(
    "policy", [TWO, NESTED, DEEP, f"{LOGS}{WITNESSES}quorum univ\n", f"{LOGS}quorum none\n"],
    ids=["two", "nested", "deep", "one", "none"],
)  # fmt: skip
def test_every_choice_of_witnesses_counts_alike(ask: Ask, policy: str) -> None:
    for chosen in range(8):
        note = signed(HEAD, [one for at, one in enumerate(SEERS) if chosen >> at & 1])
        assert ("refused" in ask(policy=policy, note=note)) is (taken(policy, note) is None), chosen


def flawed() -> Iterator[tuple[str, str, str]]:
    """Notes that prove nothing, or not enough, with what the page says: code, policy, note."""
    good, text = signed(HEAD, [CNIL, UNIV]), HEAD.text()
    yield "unknown_log", TWO.replace(LOG.vkey, Verifier("x.test", LOG.public).vkey), good
    yield "unknown_log", f"{WITNESSES}quorum cnil\n", good
    yield "unknown_log", TWO, good.replace(f"— {LOG.name} ", "— other.test ")
    yield "wrong_proof", TWO, good.replace(text, text.replace("5\n", "6\n"))
    yield "wrong_proof", TWO, good[:-1]
    yield "wrong_proof", TWO, good.replace("\n\n", "\n")
    yield "wrong_proof", TWO, f"{good}— x AAAA\n"  # too short
    yield "wrong_proof", TWO, good + "— x AAAAAAAA\n" * 98
    yield "wrong_proof", TWO, signed(HEAD._replace(extensions=("a", "", "b")), SEERS)
    yield "wrong_proof", TWO, signed(HEAD._replace(extensions=("a\tb",)), SEERS)
    yield "unknown_log", TWO, signed(HEAD._replace(origin="other.test"), SEERS)
    stranger = Seer("stranger")
    yield "too_few", TWO, signed(HEAD, [CNIL, stranger])
    named = Seer("stranger")  # under a known name, with a key of its own
    named.cosigner = Cosigner(UNIV.cosigner.name, named.cosigner.public)
    yield "too_few", TWO, signed(HEAD, [CNIL, named])
    named.cosigner.key_id = UNIV.cosigner.key_id
    yield "wrong_cosignature", TWO, signed(HEAD, [CNIL, named])
    yield "too_few", TWO, signed(HEAD, [CNIL, CNIL])
    other = signed(head_of(plain(6)), [UNIV]).splitlines(keepends=True)[-1]
    yield "wrong_cosignature", TWO, signed(HEAD, [CNIL, PRESS]) + other  # although the others are enough
    for seconds in (0, 2**63):
        odd = Seer("univ")
        odd.line = partial(_at, odd, seconds)  # type: ignore[method-assign]  # a witness whose clock is odd
        yield "wrong_cosignature", TWO, signed(HEAD, [CNIL, odd])


def _at(seer: Seer, seconds: int, text: str) -> str:
    return cosign(seer.cosigner, seer.key.sign, text, seconds)


@pytest.mark.parametrize(("code", "policy", "note"), list(flawed()))
def test_what_proves_too_little_is_refused_by_both(ask: Ask, code: str, policy: str, note: str) -> None:
    assert ask(policy=policy, note=note)["refused"] == code
    assert taken(policy, note) is None


def test_each_byte_of_a_head_and_its_cosignatures_counts_in_both(ask: Ask) -> None:
    note = signed(HEAD, [CNIL, UNIV])
    assert taken(TWO, note) == ["cnil", "univ"]
    for at in range(0, len(note), 5):
        changed = f"{note[:at]}{chr(ord(note[at]) ^ 1)}{note[at + 1 :]}"
        assert taken(TWO, changed) is None
        assert "refused" in ask(policy=TWO, note=changed), at
