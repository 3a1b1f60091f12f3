"""`accord rome`: the referential of jobs and skills."""

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from consent.rome.files import BadRow, open_source
from consent.rome.loading import Loader, Outcome
from consent.rome.search import live_edition
from foundation.clock import to_datetime
from idp.commands.output import AsJson, err, fail, guarded, show, with_server
from idp.context import Server

group = typer.Typer(no_args_is_help=True, help="The ROME: France Travail's referential of jobs and skills.")
_MOST_NAMED = 20


@group.command("load")
def load(
    files: Annotated[
        Path, typer.Argument(help="The open-data files: a folder, or the published ZIP archive (CSV).")
    ],
    strict: Annotated[bool, typer.Option(help="Exit 1 when any row was left out.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load an edition and search it from then on; one that was cut goes on where it stopped."""
    source = guarded(lambda: open_source(files))

    async def work(server: Server) -> Outcome:
        with _bar(visible=not as_json and err.is_terminal) as bar:
            return await Loader(server.db, server.clock, source, _Watch(bar)).load()

    outcome = with_server(work)
    show(_told(outcome, as_json=as_json), as_json=as_json)
    if not as_json:
        _name(outcome.bad)
    if strict and outcome.bad:
        raise fail(f"{len(outcome.bad)} rows were left out")


@group.command("show")
def show_edition(as_json: AsJson = False) -> None:
    """Say which edition is searched."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.reading() as tx:
            live = await live_edition(tx)
        if live is None:
            return {"edition": None, "source": None, "since": None}
        since = to_datetime(live.live_at).isoformat(timespec="seconds")
        return {"edition": live.name, "source": live.source, "since": since}

    show(with_server(work), as_json=as_json)


def _bar(*, visible: bool) -> Progress:
    columns = (
        TextColumn("{task.description:<28}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=err, disable=not visible)


class _Watch:
    """Draws a bar a file."""

    def __init__(self, bar: Progress) -> None:
        self._bar = bar
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, file: str, taken: int, rows: int) -> None:
        if file not in self._tasks:
            self._tasks[file] = self._bar.add_task(file, total=rows)
        self._bar.update(self._tasks[file], completed=taken, total=max(rows, taken))


def _told(outcome: Outcome, *, as_json: bool) -> dict[str, Any]:
    told: dict[str, Any] = {
        "edition": outcome.name,
        "already_loaded": outcome.already,
        "resumed": outcome.resumed,
        "rows": outcome.rows if as_json else sum(outcome.rows.values()),
        "left_out": len(outcome.bad),
    }
    if as_json:
        told["bad_rows"] = [bad._asdict() for bad in outcome.bad]
    return told


def _name(bad: list[BadRow]) -> None:
    for one in bad[:_MOST_NAMED]:
        err.print(f"[yellow]left out[/] {one.file}:{one.line}: {one.reason}", highlight=False)
    if len(bad) > _MOST_NAMED:
        err.print(f"and {len(bad) - _MOST_NAMED} more; --json names them all", highlight=False)
