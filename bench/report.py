"""The report: one structure, shown as JSON, as a table on the terminal, and as Markdown."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.table import Table

from bench.measure import Figure, Options
from bench.works import WORKS, Work

BEGIN = "<!-- figures: written by `python -m bench --publish` -->"
END = "<!-- end of figures -->"

_LEGEND = (
    "“× baseline” is the rate divided by that of oidc-provider in the same run (a data read is compared with "
    "its userinfo). A failure is an answer outside 2xx, one without what was asked, or a broken connection. "
    "CPU is that of the server's processes for one answer, work put off until later included, then “+” that "
    "of PostgreSQL's. RSS is that of all the server's processes, PostgreSQL's apart."
)


@dataclass(frozen=True)
class Entry:
    """A server in the report. `observed`: work -> kinds of token it answered with."""

    name: str
    title: str
    versions: str
    conditions: str
    observed: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Report:
    """Everything that a run found. `problems`: what could not be measured, and why."""

    day: str
    command: str
    machine: dict[str, str]
    options: Options
    baseline: str
    entries: list[Entry]
    figures: list[Figure]
    problems: list[str]

    def figure(self, work: Work, target: str) -> Figure | None:
        """The figure of that work on that target."""
        found = (each for each in self.figures if (each.work, each.target) == (work.name, target))
        return next(found, None)

    def peer_figure(self, work: Work, target: str) -> Figure | None:
        """The figure to compare with: that of the work it stands for, where the target has no such call."""
        return self.figure(work, target) or next(
            (self.figure(other, target) for other in WORKS if other.name == work.stands_for), None
        )

    def ratio(self, work: Work, target: str, against: str) -> float | None:
        """How many times faster `target` is than `against`."""
        ours, theirs = self.figure(work, target), self.peer_figure(work, against)
        return ours.rate / theirs.rate if ours and theirs and theirs.rate else None

    def works(self) -> list[Work]:
        return [work for work in WORKS if any(each.work == work.name for each in self.figures)]


def today() -> str:
    return dt.datetime.now(dt.UTC).date().isoformat()


def as_json(report: Report) -> dict[str, object]:
    """The report as plain values, with the ratio to the baseline beside each figure."""
    found = asdict(report)
    by_name = {work.name: work for work in WORKS}
    found["figures"] = [
        {**asdict(each), "ratio": report.ratio(by_name[each.work], each.target, report.baseline)}
        for each in report.figures
    ]
    return found


def proofs(report: Report) -> str:
    """What a proof of possession adds to a call, against the same work of the same run; "" where none is."""
    added = [
        f"{work.beside} {ours.cpu - plain.cpu:+,.0f} µs ({entry.title})"
        for entry in report.entries
        for work in report.works()
        if (ours := report.figure(work, entry.name))
        for other in WORKS
        if other.name == work.beside and (plain := report.figure(other, entry.name))
    ]
    what = (
        "A DPoP proof (ES256, with a nonce of the server, its single use kept) changes the CPU of a call by"
    )
    return f"{what} {', '.join(added)}." if added else ""


_LEFT = ("work", "server")
COLUMNS = (*_LEFT, "requests/s", "range", "× baseline", "p50 ms", "p99 ms", "failures", "CPU µs", "RSS MiB")


def rows(report: Report) -> list[tuple[str, ...]]:
    """The one table: a row for each work on each server."""
    return [
        _row(report, work, entry, seen)
        for work in report.works()
        for entry in report.entries
        if (seen := report.figure(work, entry.name))
    ]


def _row(report: Report, work: Work, entry: Entry, seen: Figure) -> tuple[str, ...]:
    ratio = report.ratio(work, entry.name, report.baseline)
    cpu = f"{seen.server_cpu:,.0f}"
    if seen.database_cpu:
        cpu += f" + {seen.database_cpu:,.0f}"
    return (
        work.title,
        entry.title,
        number(seen.rate),
        f"{number(seen.lowest)}–{number(seen.highest)}",
        f"{ratio:.2f}" if ratio else "–",
        f"{seen.p50:.1f}",
        f"{seen.p99:.1f}",
        f"{seen.failures:,}" if seen.failures else "0",
        cpu,
        f"{seen.rss:,.0f}",
    )


def number(rate: float) -> str:
    """Requests a second as people read them."""
    return f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"


def _pressure(report: Report) -> str:
    pressure = report.options.pressure
    return (
        f"{pressure.connections} connections, medians of {report.options.rounds} runs of {pressure.seconds} s"
    )


def terminal_table(report: Report) -> Table:
    table = Table(title=_pressure(report), caption=proofs(report) or None)
    for name in COLUMNS:
        table.add_column(name, justify="left" if name in _LEFT else "right", no_wrap=True)
    short = {work.title: work.name for work in WORKS}
    for title, *cells in rows(report):
        table.add_row(short[title], *cells)
    return table


def markdown(report: Report, chart: str) -> str:
    """The section of docs/performance.md between its two marks. chart: the picture's file name."""
    parts = [
        BEGIN,
        f"Measured on {report.day} with `{report.command}`: {_pressure(report)}, servers in turn.",
        f"![Requests a second by work and server]({chart})",
        _markdown_table(COLUMNS, rows(report)),
        " ".join(filter(None, [_LEGEND, _quietness(report), proofs(report)])),
        "### Machine",
        "\n".join(f"- {name}: {fact}" for name, fact in report.machine.items()),
        "### Servers",
        "\n".join(_described(entry) for entry in report.entries),
    ]
    if report.problems:
        parts += ["### Not measured", "\n".join(f"- {each}" for each in report.problems)]
    parts.append(END)
    return "\n\n".join(parts)


def _quietness(report: Report) -> str:
    """How much else the machine did: figures of a busy one are worth little."""
    share = max((each.foreign for each in report.figures), default=0.0)
    return f"Other programs took at most {share:.0%} of the machine while a server was measured."


def _markdown_table(columns: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rule = ["---" if name in _LEFT else "---:" for name in columns]
    table = [columns, rule, *lines]
    return "\n".join("| " + " | ".join(line) + " |" for line in table)


def _described(entry: Entry) -> str:
    seen = "; ".join(f"{work}: {kinds}" for work, kinds in entry.observed.items())
    tokens = f" Tokens seen: {seen}." if seen else ""
    return f"- **{entry.title}** ({entry.versions}): {entry.conditions}.{tokens}"


def publish(page: Path, section: str) -> None:
    """Put the section in place of the former one; raises ValueError when the page lost its marks."""
    before, begin, rest = page.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page.name} has no marks for the figures: {BEGIN} … {END}")
    page.write_text(before + section + after, "utf-8")
