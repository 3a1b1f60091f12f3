"""How far a long command is, on standard error: a bar for who looks, a line now and then for a log.

The result on standard output is the same either way, `--json` included.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from idp.commands.output import err

_LINES = 10  # of a log, at most


@contextmanager
def authorizations(total: int) -> Iterator[Callable[[int], None]]:
    """While an app's authorizations are gone through; what is yielded is told how many are done."""
    if not err.is_terminal:
        yield _lines(total)
        return
    columns = (TextColumn("authorizations"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task("authorizations", total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def watched(what: str) -> Iterator[Callable[[int, int], None]]:
    """While something of which the whole is known later is worked off; yields what takes (done, in all)."""
    if not err.is_terminal:
        lines: list[Callable[[int], None]] = []

        def tell(done: int, total: int) -> None:
            lines[:] = lines or [counted(what, total)]
            lines[0](done)

        yield tell
        return
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def counted(what: str, total: int) -> Callable[[int], None]:
    """For a command that says how far it is in lines alone; what is given is told how many are done."""
    err.print(f"{total} {what}", highlight=False)
    return _lines(total, what)


def _lines(total: int, what: str = "authorizations") -> Callable[[int], None]:
    told = 0

    def watch(done: int) -> None:
        nonlocal told
        tenths = done * _LINES // max(total, 1)
        if tenths > told:
            told = tenths
            err.print(f"{done} of {total} {what}", highlight=False)

    return watch
