"""The process that signs (keys/signing.py): `python -m keys.signing_process FD`.

It knows keys by kid, as it is given them over its socket, and keeps them in memory alone. It lives until
the other end closes: signals meant for the server, such as Ctrl-C in its terminal, are the server's to obey.
"""

import contextlib
import signal
import socket
import sys
from collections.abc import Callable
from typing import Any

import orjson

from keys.sign import Signer, import_key
from keys.signing import BURST, Draft, sign_in_turn

_CHUNK = 1 << 16


# What makes a signer of a key's line.
Opener = Callable[[dict[str, Any]], Signer]


def given(message: dict[str, Any]) -> Signer:
    """The signer of a key that its line holds."""
    return Signer(message["kid"], message["alg"], import_key(message["jwk"]))


def answer(signers: dict[str, Signer], line: bytes, opener: Opener = given) -> bytes:
    """What goes back for a line: JSON of the signed texts, null when they cannot be, nothing for a key."""
    message: Any = orjson.loads(line)
    if isinstance(message, dict):
        signers[message["kid"]] = opener(message)
        return b""
    try:
        drafts = [Draft(signers[kid], typ, claims, bound_by) for kid, typ, claims, bound_by in message]
        return orjson.dumps(sign_in_turn(drafts)) + b"\n"
    except Exception:  # the server signs it itself, and meets the reason there
        return b"null\n"


def serve(connection: socket.socket, opener: Opener = given, begun: bytes = b"") -> None:
    """Answer until the other end closes. begun: what was read of it already."""
    signers: dict[str, Signer] = {}
    while True:
        *lines, begun = begun.split(b"\n")
        for first in range(0, len(lines), BURST):
            burst = lines[first : first + BURST]
            connection.sendall(b"".join([answer(signers, line, opener) for line in burst]))
        chunk = connection.recv(_CHUNK)
        if not chunk:
            return
        begun += chunk


def leave_signals_to_the_server() -> None:
    """It ends this process, by closing its end; what is meant for it does not."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def main() -> None:
    leave_signals_to_the_server()
    # A broken connection is a server that is gone: nobody waits for an answer.
    with socket.socket(fileno=int(sys.argv[1])) as connection, contextlib.suppress(ConnectionError):
        serve(connection)


if __name__ == "__main__":
    main()
