"""Small tests that must fail or be skipped; tests/test_support.py runs them in a pytest of its own."""

import socket

import pytest

from tests.support.skips import program, unavailable


def test_connects():
    socket.create_connection(("127.0.0.1", 9))


def test_looks_up_a_name():
    socket.getaddrinfo("accord.example", 443)


async def test_connects_and_swallows_every_error():
    try:
        socket.create_connection(("127.0.0.1", 9))
    except Exception:  # what careless code under test would do
        return


@pytest.mark.network
def test_may_connect():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_needs_what_is_missing():
    unavailable("Chromium", "apt-get install chromium")


def test_needs_a_missing_program():
    program("no-such-program")


@pytest.mark.skip(reason="left for later")
def test_is_skipped_by_a_mark():
    pass
