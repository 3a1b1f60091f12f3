"""Logs to lie in: leaves of format v1, witnesses, a month that went; and what both verifiers say of them."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

from consent.ledger.canonical import canonical_json
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.policy import parse_policy
from consent.ledger.retiring.retired import Period
from tests.consent.ledger.files.support import LOG, SEERS, Files, files_of, retiring, signed
from tests.examples.verifier.other import Other

MAY = Period("security", "2026-05")
ALONE = f"log {LOG.vkey}\nquorum none\n"
_WITNESSES = "".join(f"witness {one.witness.name} {one.cosigner.vkey}\n" for one in SEERS)
TWO = f"log {LOG.vkey}\n{_WITNESSES}group two 2 cnil univ press\nquorum two\n"
ALL = f"log {LOG.vkey}\n{_WITNESSES}group three all cnil univ press\nquorum three\n"


@cache
def leaf(number: int) -> bytes:
    """A leaf that is written as format v1 says."""
    return canonical_json(
        {
            "v": 1, "id": f"{number:012x}{number:020x}", "time": number * 1000, "event": "data.read",
            "log": "consent", "outcome": "success", "client": "coach", "person": "p-" + "B" * 21 + "A",
            "grant": "a" * 32, "revision": 1, "scopes": "skills", "facts": {"count": number, "dataset": "é"},
            "request": None, "salt": f"{number:021d}A", "commitment": None,
        }
    )  # fmt: skip


def plain_log(size: int) -> Files:
    return files_of([leaf(number) for number in range(size)], SEERS)


def retired_log(right: bytes = b"", wrong: bytes = b"") -> Files:
    """Of 300 leaves every third went with May; the event that says so stands behind them.

    right: what it says, where it says something wrong instead.
    """
    leaves = [leaf(number) for number in range(300)]
    gone = list(range(0, 280, 3))
    account = retiring(MAY, leaves, gone)
    assert right in account
    told = account.replace(right, wrong) if right else account
    return files_of([*leaves, told], SEERS, dict.fromkeys(gone, MAY))


def late_log(*accounts: Sequence[int]) -> Files:
    """The same and four more, of which 301 and 303 are of May and went later. accounts: what events say."""
    leaves = [leaf(number) for number in range(300)]
    first = list(range(0, 280, 3))
    leaves += [retiring(MAY, leaves, first), *(leaf(number) for number in range(301, 305))]
    leaves += [retiring(MAY, leaves, one) for one in accounts or [[*first, 301, 303]]]
    return files_of(leaves, SEERS, dict.fromkeys([*first, 301, 303], MAY))


class Said(NamedTuple):
    """Where a verifier found the first lie; "" for none. offset: None where texts differ on it."""

    file: str
    offset: int | None


TRUE = Said("", None)


def ours(
    files: Files, changes: Mapping[str, bytes | None], policy: str, pinned: Checkpoint | None = None
) -> Said:
    lie = files.changed(changes).check(parse_policy(policy.encode()), pinned, opaque=False).lie
    return TRUE if lie is None else _said(lie.file, lie.offset)


def theirs(
    other: Other,
    log: str,
    changes: Mapping[str, bytes | None],
    policy: str,
    pinned: Checkpoint | None = None,
) -> Said:
    note = None if pinned is None else signed(pinned)
    answer = other.check(log, changes, policy=policy, pinned=note)
    return _said(answer["lie"]["file"], answer["lie"]["offset"]) if "lie" in answer else TRUE


def _said(file: str, offset: int) -> Said:
    return Said(file, None if file == "checkpoint" else offset)
