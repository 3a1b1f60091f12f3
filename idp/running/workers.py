"""Several worker processes on one port: uvicorn supervises them, each listens for itself."""

import socket
from typing import Any

from uvicorn import Config
from uvicorn.supervisors import Multiprocess


class _Port(socket.socket):
    """A port that every process binds anew: the kernel then spreads callers over them.

    Around one listening socket, whichever wakes first accepts whole crowds while the others idle.
    """

    def __init__(self, host: str, port: int) -> None:
        super().__init__(socket.AF_INET6 if ":" in host else socket.AF_INET)
        self._at = host, port
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        self.bind((host, port))

    def __reduce__(self) -> tuple[type["_Port"], tuple[str, int]]:  # how it reaches a worker
        return _Port, self._at


def serve_with_workers(factory: str, workers: int, options: dict[str, Any]) -> None:
    """Serve until stopped. factory: makes a worker's application. options: `uvicorn_options`."""
    config = Config(factory, workers=workers, **options)
    # The supervisor's own never listens: it keeps the port while workers come and go.
    Multiprocess(config, [_Port(config.host, config.port)]).run()
