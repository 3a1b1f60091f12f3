"""Prometheus metrics, with labels that only our own tables can fill: a hostile path makes no new series."""

from collections.abc import Collection
from functools import partial

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response

from foundation.web.lean import Endpoint
from idp.context import Server
from idp.running.health import key_age_seconds, lag_seconds
from keys.rotation import ON_DEMAND, WANTED

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)
METRICS_PATH = "/metrics"


def _standing(server: Server, witness: str, member: str) -> int:
    value: int = getattr(server.witnesses.standing()[witness], member)
    return value


class Metrics:
    """Counts and times answers. paths: the endpoints with a series of their own; the rest is "page"."""

    def __init__(self, server: Server, paths: Collection[str]) -> None:
        self._registry = CollectorRegistry()
        labels = ["endpoint"]
        served = (*paths, METRICS_PATH, "page")
        answers = Counter(
            "accord_answers",
            "Answers by endpoint and status class.",
            [*labels, "status"],
            registry=self._registry,
        )
        seconds = Histogram(
            "accord_seconds", "Time to answer.", labels, buckets=_BUCKETS, registry=self._registry
        )
        # Children are made once: looking labels up costs more than counting.
        self._answers = {
            path: {each: answers.labels(path, f"{each}xx" if each else "none") for each in range(6)}
            for path in served
        }
        self._seconds = {path: seconds.labels(path) for path in served}
        lag = Gauge("accord_ledger_lag_seconds", "Age of the oldest unproved event.", registry=self._registry)
        lag.set_function(lambda: lag_seconds(server))
        age = Gauge(
            "accord_key_age_seconds", "Time a key has signed.", ["purpose", "alg"], registry=self._registry
        )
        self._watch(server)
        for slot in (*WANTED, *ON_DEMAND):
            age.labels(*slot).set_function(partial(key_age_seconds, server, slot))

    def _watch(self, server: Server) -> None:
        """Series of the witnesses that the operator's policy names."""
        told = {
            "size": Gauge(
                "accord_witness_size", "Events in the head that a witness cosigned last.", ["witness"],
                registry=self._registry,
            ),
            "failures": Gauge(
                "accord_witness_failures", "How often in a row a witness gave no cosignature.", ["witness"],
                registry=self._registry,
            ),
        }  # fmt: skip
        for name in server.witnesses.standing():
            for member, gauge in told.items():
                value = partial(_standing, server, name, member)
                gauge.labels(ascii(name)[1:-1]).set_function(value)

    def observe(self, path: str, status: int, seconds: float) -> None:
        """Count an answer; what a guard calls. status: 0 when the caller left before one began."""
        if path not in self._seconds:
            # A key that ends with a slash stands for what is one segment below it (foundation/web/lean.py).
            below = path[: path.rfind("/") + 1]
            path = below if below in self._seconds else "page"
        self._answers[path][status // 100].inc()
        self._seconds[path].observe(seconds)

    def endpoint(self) -> Endpoint:
        """GET /metrics."""

        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

        return metrics
