"""A witness never cosigns two roots of a size: not at once, not after a crash, not for two auditors."""

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from consent.ledger.notes.adding import parse_submission
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import NoteError
from consent.ledger.notes.policy import KnownLog, Policy
from consent.ledger.notes.policy import Witness as Known
from idp.witness.judging import Answer, Witness
from idp.witness.key import make_key, read_key
from idp.witness.state import Seen, State
from tests.consent.ledger.files.support import LOG, SECONDS, files_of, plain
from tests.consent.ledger.support import ORIGIN
from tests.idp.witness.support import Watch, fork, submission


def test_of_64_conflicting_submissions_at_once_one_root_is_cosigned(watch: Watch) -> None:
    """Each on a connection of its own, as 64 processes would be."""
    watch.add(0, plain(7))
    bodies = [submission(7, fork(9, 7, f"fork {number}")).body() for number in range(64)]

    def ask(body: bytes) -> Answer:
        own = watch.again()
        try:
            return own.witness.add(body)
        finally:
            own.state.close()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(ask, bodies))
    statuses = sorted(answer.status for answer in answers)
    assert statuses == [200, *[409] * 63]
    assert {answer.body for answer in answers if answer.status == 409} == {"9\n"}
    won = next(body for body, answer in zip(bodies, answers, strict=True) if answer.status == 200)
    assert parse_submission(won).note in (watch.witness.last(ORIGIN) or "")


class CrashError(Exception):
    """The process is gone."""


class Faulty(State):
    """Crashes around the swap."""

    stored = False

    def swap(self, last: Seen | None, new: Checkpoint, note: str) -> bool:
        if self.stored:
            super().swap(last, new, note)
        raise CrashError


@pytest.mark.parametrize("stored", [False, True])
def test_a_crash_around_the_swap_lets_no_cosignature_out_and_forgets_nothing(
    watch: Watch, *, stored: bool
) -> None:
    watch.add(0, plain(7))
    faulty = Faulty(watch.folder)
    faulty.stored = stored
    with pytest.raises(CrashError):
        Witness(watch.key, faulty, [LOG], lambda: SECONDS).add(submission(7, fork(9, 7)).body())
    faulty.close()
    after = watch.again()
    if stored:  # the log asks again, as it must after silence; the other fork has lost
        assert after.add(7, fork(9, 7)).status == 409
        assert after.add(9, fork(9, 7)).status == 200
        assert after.add(9, plain(9)).status == 422
    else:
        assert after.add(7, plain(9)).status == 200


def test_what_was_begun_and_not_committed_is_not_remembered(watch: Watch) -> None:
    watch.add(0, plain(7))
    cut = sqlite3.connect(watch.folder / "witness.sqlite3", isolation_level=None)
    cut.execute("BEGIN IMMEDIATE")
    cut.execute("UPDATE seen SET size = 99")
    cut.close()  # as a killed process leaves it
    assert watch.again().add(7, plain(9)).status == 200


def test_a_key_without_its_memory_serves_nobody(folder: Path) -> None:
    (folder / "witness.sqlite3").unlink()
    with pytest.raises(FileNotFoundError):
        State(folder)


def test_a_key_is_its_owner_s_and_is_made_once(folder: Path) -> None:
    assert (folder / "witness.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        make_key(folder, "witness.example/2")
    with pytest.raises(NoteError, match="no space"):
        make_key(folder / "other", "two words")
    (folder / "witness.key").write_text("x", "utf-8")
    with pytest.raises(NoteError, match="no witness's key"):
        read_key(folder)
    assert read_key(folder / "none") is None


def test_two_forks_shown_to_two_auditors_who_share_a_witness_are_caught(watch: Watch) -> None:
    """LEDGER: the log shows one history to one of them, another to the other, both well signed."""
    policy = Policy((KnownLog(LOG),), (Known("shared", watch.key.cosigner),), {}, "shared")
    one, other = files_of(plain(300)), files_of(fork(320, 250))
    cosigned = watch.add(0, plain(300))
    one["checkpoint"] += cosigned.body.encode()
    assert one.check(policy).ok
    # Whatever size it claims that the witness has seen, the second history gets no cosignature of its own …
    for old in (0, 250, 300, 320):
        assert watch.add(old, fork(320, 250)).status in {409, 422}
    # … nor does that of the first history fit it.
    assert other.lie(policy=policy) == ("checkpoint", 0)
    line = other["checkpoint"].index("— witness".encode()) if b"witness" in other["checkpoint"] else None
    assert line is None
    other["checkpoint"] += cosigned.body.encode()
    at = other["checkpoint"].index("— witness".encode())
    assert other.lie(policy=policy) == ("checkpoint", at)
