"""wrk: writes the plan that load.lua follows, runs it, reads its one line of figures."""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.works import Pool, Request, Work

SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True)
class Pressure:
    """seconds: length of a run. connections: each has one request under way at a time."""

    seconds: int
    connections: int


@dataclass(frozen=True)
class Load:
    """What wrk saw in one run. Latencies in microseconds.

    failures: answers outside 2xx or with a wrong body, and broken connections or time-outs.
    exhausted: requests sent without a fresh value; above zero, the run measured refusals and is void.
    """

    requests: int
    seconds: float
    failures: int
    exhausted: int
    p50: int
    p99: int

    @property
    def rate(self) -> float:
        """Right answers a second."""
        return max(self.requests - self.failures, 0) / self.seconds


def run_load(work: Work, request: Request, pool: Pool, pressure: Pressure, scratch: Path) -> Load:
    """Load one server with `request`, whose values come from `pool`; `scratch` takes the plan."""
    plan = scratch / "plan.lua"
    files = {}
    for name, lines in pool._asdict().items():
        if lines:
            files[name] = scratch / f"{name}.txt"
            files[name].write_text("".join(f"{line}\n" for line in lines), "ascii")
    plan.write_text(lua_plan(work, request, files.get("values"), files.get("proofs")), "utf-8")
    command = ["wrk", "-t1", f"-c{pressure.connections}", f"-d{pressure.seconds}s", "--timeout", "20s"]
    command += ["-s", str(SCRIPT), request.url, "--", str(plan)]
    ran = subprocess.run(command, capture_output=True, text=True, check=True, timeout=pressure.seconds + 60)
    return parse(ran.stdout)


def lua_plan(work: Work, request: Request, pool: Path | None, proofs: Path | None = None) -> str:
    """The plan as Lua source. Strings are quoted as JSON does, which Lua reads alike for ASCII."""
    headers = ",".join(f"[{json.dumps(name)}]={json.dumps(text)}" for name, text in request.headers.items())
    fields = {
        "method": request.method,
        "path": request.path,
        "body": request.body,
        "pool": str(pool) if pool else None,
        "proofs": str(proofs) if proofs else None,
        "order": work.order,
        "expect": work.expect,
    }
    lines = [f"  {name} = {json.dumps(text)}," for name, text in fields.items() if text is not None]
    return "\n".join(["return {", f"  headers = {{{headers}}},", *lines, "}\n"])


def parse(output: str) -> Load:
    """The figures in wrk's output: the one line that load.lua printed."""
    line = next(line for line in output.splitlines() if line.startswith('{"requests"'))
    seen = json.loads(line)
    return Load(
        requests=seen["requests"],
        seconds=seen["micros"] / 1_000_000,
        failures=seen["wrong"] + seen["broken"],
        exhausted=seen["exhausted"],
        p50=seen["p50"],
        p99=seen["p99"],
    )
