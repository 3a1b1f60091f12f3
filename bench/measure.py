"""Measuring: warm up, then rounds in which every server does the same work one after the other.

Rounds interleave the servers, so that a noisy minute of the machine hurts all of them alike. The CPU
time of a run goes on until its server is quiet again: work put off until after the answer counts.
"""

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from bench.load import Load, Pressure, run_load
from bench.processes import machine_seconds, settle
from bench.targets import REPOSITORY, Target
from bench.works import WORKS, Pool, Work

_WARM_SECONDS = 2
_FIRST_CALLS = 10_000  # of the warm-up, before a server's rate is known
_MARGIN = 1.5  # more calls than the warm-up's rate would make
_CHAINS_PER_CONNECTION = 4
_DOUBLINGS = 3
# What a server, its set-up or the load may raise: the rest of the bench goes on.
FAULTS = (RuntimeError, LookupError, ValueError, OSError, subprocess.SubprocessError, httpx.HTTPError)


@dataclass(frozen=True)
class Options:
    """rounds: runs of each work on each server; medians are reported."""

    pressure: Pressure
    rounds: int


@dataclass(frozen=True)
class Run:
    """One run. CPU in seconds, memory in bytes; foreign: share of the machine that other programs took."""

    load: Load
    server_cpu: float
    database_cpu: float
    rss: int
    foreign: float


@dataclass(frozen=True)
class Figure:
    """What the report says of one work on one server: medians over the rounds, failures added up.

    rate: right answers a second. p50, p99: milliseconds. CPU: microseconds an answer; database_cpu is
    that of PostgreSQL's own processes, 0 where the database lives in the server. rss: MiB, all of the
    server's processes, the highest seen. foreign: share of the machine taken by other programs, 0 to 1.
    """

    work: str
    target: str
    rate: float
    lowest: float
    highest: float
    p50: float
    p99: float
    failures: int
    answers: int
    server_cpu: float
    database_cpu: float
    rss: float
    foreign: float

    @property
    def cpu(self) -> float:
        """All of an answer's, the database's included."""
        return self.server_cpu + self.database_cpu


class _Clock:
    """How much of the machine other programs take, from now on."""

    def __init__(self) -> None:
        self._started, self._busy, self._load = self._read()

    def foreign(self, servers: float) -> float:
        """Their share since then, 0 to 1. servers: CPU seconds that the servers measured have spent."""
        ended, busy, load = self._read()
        possible = (ended - self._started) * (os.cpu_count() or 1)
        ours = servers + load - self._load
        return min(max((busy - self._busy - ours) / possible, 0.0), 1.0)

    def _read(self) -> tuple[float, float, float]:
        children = resource.getrusage(resource.RUSAGE_CHILDREN)  # wrk, once it has ended
        return time.monotonic(), machine_seconds(), children.ru_utime + children.ru_stime


class Bench:
    """Measures works on started targets. `tick` is called after each run, with what was run."""

    def __init__(self, options: Options, scratch: Path, tick: Callable[[str], None]) -> None:
        self._options = options
        self._scratch = scratch
        self._tick = tick
        self.problems: list[str] = []

    def measure(self, work: Work, targets: Sequence[Target]) -> list[Figure]:
        """The figures of `work` on each target that can do it; a target that fails is named in `problems`."""
        able = [target for target in targets if target.serves(work)]
        rates: dict[str, float] = {}
        runs: dict[str, list[Run]] = {target.name: [] for target in able}
        for target in able:
            rates[target.name] = self._warmed(work, target)
        for _ in range(self._options.rounds):
            for target in able:
                if rates[target.name]:
                    runs[target.name] += self._measured(work, target, rates[target.name])
                self._tick(f"{work.name} · {target.title}")
        return [figure(work, target, runs[target.name]) for target in able if runs[target.name]]

    def _warmed(self, work: Work, target: Target) -> float:
        """Its rate in the warm-up, 0 when it cannot do this work."""
        warming = Pressure(_WARM_SECONDS, self._options.pressure.connections)
        try:
            target.probe(work)
            return max(self._run(work, target, warming, _FIRST_CALLS).load.rate, 1.0)
        except FAULTS as error:
            self._give_up(work, target, error)
            return 0.0
        finally:
            self._tick(f"{work.name} · {target.title}, warm-up")

    def _measured(self, work: Work, target: Target, rate: float) -> list[Run]:
        """One run, or none when it failed."""
        try:
            pressure = self._options.pressure
            calls = int(rate * pressure.seconds * _MARGIN) + 2 * pressure.connections
            return [self._run(work, target, pressure, calls)]
        except FAULTS as error:
            self._give_up(work, target, error)
            return []

    def _give_up(self, work: Work, target: Target, error: Exception) -> None:
        self.problems.append(f"{target.title}, {work.name}: {told(error)}")

    def _pool(self, work: Work, target: Target, calls: int) -> Pool:
        """What so many calls need at most."""
        chains = _CHAINS_PER_CONNECTION * self._options.pressure.connections
        values = target.values(work, {"codes": calls, "refresh": chains}.get(work.supply, work.values))
        return Pool(values, target.proofs(work, values, calls))

    def _run(self, work: Work, target: Target, pressure: Pressure, calls: int) -> Run:
        """One run that did not run dry: what serves once is doubled until it lasts."""
        for _ in range(_DOUBLINGS):
            run = self._once(work, target, pressure, calls)
            if not run.load.exhausted:
                return run
            calls *= 2
        raise RuntimeError(f"its pool for {calls // 2} calls ran dry, {run.load.failures} failures")

    def _once(self, work: Work, target: Target, pressure: Pressure, calls: int) -> Run:
        pool = self._pool(work, target, calls)
        server = target.servers[0]
        settle(target.servers)
        before = [process.cpu_seconds() for process in target.servers]
        clock = _Clock()
        load = run_load(work, target.request(work), pool, pressure, self._scratch)
        rss = server.rss_bytes()
        settle(target.servers)
        spent = [process.cpu_seconds() - start for process, start in zip(target.servers, before, strict=True)]
        return Run(load, spent[0], sum(spent[1:]), rss, clock.foreign(sum(spent)))


def figure(work: Work, target: Target, runs: Sequence[Run]) -> Figure:
    """Medians over the runs of one work on one target."""

    def middle(of: Callable[[Run], float]) -> float:
        return round(statistics.median(of(run) for run in runs), 3)

    rates = [run.load.rate for run in runs]
    return Figure(
        work=work.name,
        target=target.name,
        rate=round(statistics.median(rates), 1),
        lowest=round(min(rates), 1),
        highest=round(max(rates), 1),
        p50=middle(lambda run: run.load.p50 / 1000),
        p99=middle(lambda run: run.load.p99 / 1000),
        failures=sum(run.load.failures for run in runs),
        answers=sum(run.load.requests for run in runs),
        server_cpu=middle(lambda run: run.server_cpu / max(run.load.requests, 1) * 1e6),
        database_cpu=middle(lambda run: run.database_cpu / max(run.load.requests, 1) * 1e6),
        foreign=middle(lambda run: run.foreign),
        rss=round(max(run.rss for run in runs) / 2**20, 1),
    )


def told(error: Exception) -> str:
    """What went wrong, in one line that names no folder of this machine."""
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[-1].replace(str(REPOSITORY) + os.sep, '')}"


def ticks(works: Sequence[Work], targets: Sequence[Target], options: Options) -> int:
    """How many times `tick` will be called."""
    cells = sum(target.serves(work) for work in works for target in targets)
    return cells * (options.rounds + 1)


def chosen(only: Sequence[str], targets: Sequence[Target]) -> tuple[list[Work], list[Target]]:
    """The works and targets that `only` names: a work by its name, a target by a part of its name.

    Nothing named of a kind means all of that kind. Raises ValueError on a word that names nothing.
    """
    works = [work for work in WORKS if work.name in only]
    wanted = [word for word in only if word not in {work.name for work in WORKS}]
    for word in wanted:
        if not any(word in target.name for target in targets):
            names = ", ".join([work.name for work in WORKS] + [target.name for target in targets])
            raise ValueError(f"--only {word} names nothing; there are: {names}")
    picked = [target for target in targets if any(word in target.name for word in wanted)]
    return works or list(WORKS), picked or list(targets)
