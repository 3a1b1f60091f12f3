"""`accord ledger verify --files`: a log's files checked offline, with what whoever checks has pinned."""

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consent.ledger.files.checking import Asked, check_files
from consent.ledger.files.reading import Folder
from consent.ledger.notes.checkpoint import Checkpoint
from consent.ledger.notes.note import NoteError, Verifier
from consent.ledger.notes.policy import Policy, PolicyError, parse_policy, unwitnessed
from idp.commands.output import err, fail, out, show


class Pins(NamedTuple):
    """What whoever checks brings along: a log's key or a policy file, and an older checkpoint."""

    vkey: str | None
    policy: Path | None
    checkpoint: Path | None


class Report(Protocol):
    """The outcome of a verification."""

    @property
    def ok(self) -> bool: ...

    def message(self) -> str: ...

    def as_dict(self) -> dict[str, Any]: ...


def offline(files: Path, pins: Pins, *, hashes_only: bool, opaque: bool, as_json: bool) -> None:
    """Check a directory; exit 1 when something in it lies."""
    policy = _policy(pins)
    pinned = None if pins.checkpoint is None else _older(pins.checkpoint, policy)
    with crowd() as helpers, progress_bar() as bar:
        task = bar.add_task("recomputing", total=None)
        asked = Asked(
            policy,
            pinned,
            leaves=not hashes_only,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            opaque=opaque,
            crowd=helpers,
        )
        checked = check_files(Folder(files), asked)
    report(checked, as_json=as_json)


@contextmanager
def crowd() -> Iterator[Executor | None]:
    """Processes that look ahead, one a core: copies of this one, which only one without threads can make."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else 1
    if cores == 1 or threading.active_count() > 1:
        yield None
        return
    with ProcessPoolExecutor(cores, multiprocessing.get_context("fork")) as helpers:
        helpers.submit(int).result()
        yield helpers


def report(verdict: Report, *, as_json: bool) -> None:
    """Say what was found; exit 1 for a lie."""
    if as_json:
        show(verdict.as_dict(), as_json=True)
    else:
        (out if verdict.ok else err).print(verdict.message(), highlight=False, soft_wrap=True, markup=False)
    if not verdict.ok:
        raise typer.Exit(1)


def pinned_key(vkey: str) -> Verifier:
    """The key given as --vkey."""
    try:
        return Verifier.from_vkey(vkey)
    except NoteError as error:
        raise fail(f"--vkey: {error}") from None


def read_policy(path: Path) -> Policy:
    """The policy in a file."""
    try:
        return parse_policy(path.read_bytes())
    except (OSError, PolicyError) as error:
        raise fail(f"{path}: {error}") from None


def _policy(pins: Pins) -> Policy:
    if (pins.vkey is None) == (pins.policy is None):
        raise fail("say whom you trust: --vkey or --policy, and never from the directory that you check")
    if pins.policy is not None:
        return read_policy(pins.policy)
    return unwitnessed(pinned_key(pins.vkey or ""))


def _older(path: Path, policy: Policy) -> Checkpoint:
    """A checkpoint kept from earlier: a log of the policy signed it, whoever cosigned it."""
    try:
        return policy._replace(quorum="").open(path.read_text("utf-8")).checkpoint
    except (OSError, UnicodeDecodeError, NoteError) as error:
        raise fail(f"{path}: {error}") from None


def progress_bar() -> Progress:
    """How far a walk over the log has come."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
