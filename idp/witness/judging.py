"""Whether a checkpoint is cosigned: the steps of `add-checkpoint`, in their order."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from consent.ledger.merkle import EMPTY_ROOT, ProofError, verify_consistency
from consent.ledger.notes.adding import SIZE_MEDIA, Submission, parse_submission
from consent.ledger.notes.checkpoint import Checkpoint, parse_checkpoint
from consent.ledger.notes.note import NoteError, Verifier, known_signatures, parse_note
from idp.witness.key import WitnessKey
from idp.witness.state import Seen, State

_TEXT = "text/plain; charset=utf-8"


class Answer(NamedTuple):
    """What goes back."""

    status: int
    body: str
    media: str = _TEXT


class RefusedError(Exception):
    """A submission that is not cosigned."""

    def __init__(self, status: int, reason: str, media: str = _TEXT) -> None:
        super().__init__(reason)
        self.answer = Answer(status, f"{reason}\n", media)


class Witness:
    """Cosigns what extends its memory. logs: those that it knows; two keys may share an origin."""

    def __init__(
        self, key: WitnessKey, state: State, logs: Iterable[Verifier], seconds: Callable[[], int]
    ) -> None:
        self._key = key
        self._state = state
        self._seconds = seconds
        self._logs: dict[str, list[Verifier]] = {}
        for log in logs:
            self._logs.setdefault(log.name, []).append(log)

    @property
    def origins(self) -> list[str]:
        return list(self._logs)

    def add(self, body: bytes) -> Answer:
        """The cosignature for a body, once it is remembered; or why there is none."""
        try:
            return Answer(200, self._cosigned(body))
        except RefusedError as refused:
            return refused.answer

    def last(self, origin: str) -> str | None:
        """The last checkpoint of a log, with the signatures that count."""
        seen = self._state.last(origin)
        return None if seen is None else seen.note

    def _cosigned(self, body: bytes) -> str:
        submission, head = _read(body)
        text, signed = self._signed(submission.note, head)
        last = self._state.last(head.origin)
        self._check_order(submission, head, last)
        _check_extends(submission, head, last)
        line = self._key.line(text, self._seconds())
        if not self._state.swap(last, head, f"{text}\n{signed}{line}"):
            raise self._conflict(self._state.last(head.origin))
        return line

    def _signed(self, note: str, head: Checkpoint) -> tuple[str, str]:
        """The note's text, and the log's own signature lines."""
        keys = self._logs.get(head.origin)
        if keys is None:
            raise RefusedError(404, "this log is not known here")
        try:
            parsed = parse_note(note)
            signatures = known_signatures(parsed, keys)
        except NoteError as error:
            raise RefusedError(403, str(error)) from None
        if not signatures:
            raise RefusedError(403, "no signature of the log's key")
        return parsed.text, "".join(signature.line for signature in signatures.values())

    def _check_order(self, submission: Submission, head: Checkpoint, last: Seen | None) -> None:
        if submission.old > head.size:
            raise RefusedError(400, "the old size is larger than the checkpoint's")
        if submission.old != (0 if last is None else last.size):
            raise self._conflict(last)

    def _conflict(self, last: Seen | None) -> RefusedError:
        return RefusedError(409, "0" if last is None else str(last.size), SIZE_MEDIA)


def _read(body: bytes) -> tuple[Submission, Checkpoint]:
    """What is submitted, whoever signed it: an unreadable signature is one that is missing."""
    try:
        submission = parse_submission(body)
        text, _, _ = submission.note.rpartition("\n\n")
        return submission, parse_checkpoint(f"{text}\n")
    except NoteError as error:
        raise RefusedError(400, str(error)) from None


def _check_extends(submission: Submission, head: Checkpoint, last: Seen | None) -> None:
    if not head.size and head.root != EMPTY_ROOT:
        raise RefusedError(422, "an empty log with another root")
    if last is None or not last.size:
        if submission.proof:
            raise RefusedError(422, "every log extends the empty one: a proof of that has no hashes")
        return
    try:
        verify_consistency(last.size, head.size, last.root, head.root, submission.proof)
    except ProofError as error:
        raise RefusedError(422, str(error)) from None
