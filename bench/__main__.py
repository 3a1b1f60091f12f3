"""`python -m bench`: start every server on the loopback, load them, end them, report."""

import json
import shutil
import signal
import sys
from contextlib import ExitStack
from functools import cache
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench import machine, report
from bench.chart import svg
from bench.load import Pressure
from bench.measure import FAULTS, Bench, Options, chosen, ticks, told
from bench.postgres import Postgres, cluster
from bench.targets import BASELINE, REPOSITORY, Context, Target, all_targets
from bench.works import Work

OUT = REPOSITORY / "bench" / "out"
PAGE = REPOSITORY / "docs" / "performance.md"
CHART = PAGE.with_suffix(".svg")
console = Console(stderr=True)


def main(  # noqa: PLR0913  # the command's options
    *,
    only: Annotated[
        list[str] | None, typer.Option(help="A work or (part of) a server's name; repeatable.")
    ] = None,
    seconds: Annotated[int, typer.Option(min=1, max=120, help="Length of one run.")] = 3,
    connections: Annotated[
        int, typer.Option(min=1, max=512, help="Connections, one request at a time each.")
    ] = 16,
    rounds: Annotated[int, typer.Option(min=1, max=15, help="Runs of each work; the median counts.")] = 3,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the report as JSON on standard output.")
    ] = False,
    publish: Annotated[
        bool, typer.Option("--publish", help="Write docs/performance.md and its chart.")
    ] = False,
) -> None:
    """The same work asked of Accord and its peers. Results go to bench/out/, and to docs/ with --publish."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that the servers are ended then, too
    if not shutil.which("wrk"):
        raise typer.BadParameter("the load generator is missing: apt-get install wrk")
    options = Options(Pressure(seconds, connections), rounds)
    try:
        works, targets = chosen(only or [], all_targets())
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error
    found = _measure(options, works, targets)
    _write(found, publish=publish)
    if as_json:
        print(json.dumps(report.as_json(found), indent=2, ensure_ascii=False))
    else:
        wide = None if sys.stdout.isatty() else 160
        Console(width=wide).print(report.terminal_table(found))
    for problem in found.problems:
        console.print(f"[yellow]not measured:[/] {problem}")


def _measure(options: Options, works: list[Work], targets: list[Target]) -> report.Report:
    problems: list[str] = []
    with ExitStack() as stack:
        started = _start(targets, stack, problems)
        progress = Progress(
            TextColumn("{task.description:50}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
        )
        with progress:
            task = progress.add_task("measuring", total=ticks(works, started, options))
            bench = Bench(options, OUT, lambda what: progress.update(task, advance=1, description=what))
            figures = [each for work in works for each in bench.measure(work, started)]
    entries = [
        report.Entry(each.name, each.title, each.versions(), each.conditions, each.observed)
        for each in started
    ]
    return report.Report(
        day=report.today(),
        command=" ".join(["python -m bench", *sys.argv[1:]]),
        machine=machine.described(),
        options=options,
        baseline=BASELINE,
        entries=entries,
        figures=figures,
        problems=problems + bench.problems,
    )


def _start(targets: list[Target], stack: ExitStack, problems: list[str]) -> list[Target]:
    """Those that started; the reason why another did not goes to `problems`."""
    OUT.mkdir(parents=True, exist_ok=True)

    @cache
    def postgres() -> Postgres:
        return stack.enter_context(cluster(OUT))

    started = []
    for target in targets:
        with console.status(f"starting {target.title} (installing it the first time)"):
            try:
                target.start(Context(OUT, postgres, stack))
                started.append(target)
            except FAULTS as error:
                problems.append(f"{target.title}: {told(error)}")
    return started


def _write(found: report.Report, *, publish: bool) -> None:
    section = report.markdown(found, CHART.name)
    (OUT / "report.json").write_text(json.dumps(report.as_json(found), indent=2, ensure_ascii=False), "utf-8")
    (OUT / PAGE.name).write_text(section + "\n", "utf-8")
    (OUT / CHART.name).write_text(svg(found), "utf-8")
    if publish:
        report.publish(PAGE, section)
        CHART.write_text(svg(found), "utf-8")


if __name__ == "__main__":
    typer.run(main)
