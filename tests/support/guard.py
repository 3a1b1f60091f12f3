"""Unit tests open no socket: a test that reaches out is slow, flaky and wrong about what it tests.

An audit hook sees every connect and look-up of this process, however the function was imported; it cannot
be removed, so it asks a switch.
"""

import socket
import sys
from typing import Any

_EVENTS = {"socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"}


class SocketRefusedError(BaseException):
    """A unit test tried to use the network (BaseException: no error handling under test may swallow it)."""


class _Switch:
    refusing = False
    installed = False


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if _Switch.refusing and event in _EVENTS and not _is_local_pipe(event, arguments):
        raise SocketRefusedError(f"{event} in a unit test; mark it postgres, browser or network if it must")


def _is_local_pipe(event: str, arguments: tuple[Any, ...]) -> bool:
    return event == "socket.connect" and getattr(arguments[0], "family", None) == socket.AF_UNIX


def refuse_sockets(*, refusing: bool) -> None:
    if not _Switch.installed:
        sys.addaudithook(_watch)
        _Switch.installed = True
    _Switch.refusing = refusing
