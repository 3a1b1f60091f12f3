"""Prometheus metrics, with labels that only our own tables can fill: a hostile path makes no new series."""

import time
from collections.abc import Collection

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from foundation.web.errors import as_refusal
from foundation.web.lean import Endpoint
from idp.context import Server
from idp.running.health import lag_seconds

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Metrics:
    """Counts and times answers. paths: the endpoints with a series of their own; the rest is "page"."""

    def __init__(self, server: Server, paths: Collection[str]) -> None:
        self._registry = CollectorRegistry()
        labels = ["endpoint"]
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
            path: {status: answers.labels(path, f"{status}xx") for status in range(1, 6)}
            for path in (*paths, "page")
        }
        self._seconds = {path: seconds.labels(path) for path in (*paths, "page")}
        lag = Gauge("accord_ledger_lag_seconds", "Age of the oldest unproved event.", registry=self._registry)
        lag.set_function(lambda: lag_seconds(server))

    def around(self, app: ASGIApp) -> ASGIApp:
        """The application, measured."""

        async def measured(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] != "http":
                await app(scope, receive, send)
                return
            path = scope["path"] if scope["path"] in self._seconds else "page"
            started = time.perf_counter()
            status = 0

            async def noted(message: Message) -> None:
                nonlocal status
                if message["type"] == "http.response.start":
                    status = message["status"]
                await send(message)

            try:
                await app(scope, receive, noted)
            except Exception as error:
                status = status or as_refusal(error).status  # the guard outside answers it
                raise
            finally:
                self._answers[path][status // 100 or 5].inc()
                self._seconds[path].observe(time.perf_counter() - started)

        return measured

    def endpoint(self) -> Endpoint:
        """GET /metrics."""

        async def metrics(_request: Request) -> Response:
            return Response(generate_latest(self._registry), media_type=CONTENT_TYPE_LATEST)

        return metrics
