"""A request that came through no server."""

from typing import Any

from starlette.requests import Request

from foundation.web.kit import Web


def bare_request(web: Web, path: str = "/x", query: str = "", method: str = "GET", **state: Any) -> Request:
    """What the guard would have handed on. state: of `request.state`."""
    scope = {
        "type": "http",
        "method": method,
        "scheme": "http",
        "server": ("accord.test", 80),
        "root_path": "",
        "path": path,
        "query_string": query.encode(),
        "headers": [],
        "state": {"trace_id": "0" * 32, **state},
        "accord.web": web,
    }
    return Request(scope)
