"""The process that signs (keys/signing.py): `python -m keys.signing_process FD`.

It knows keys by kid, as it is given them over its socket, and keeps them in memory alone. It lives until
the other end closes: signals meant for the server, such as Ctrl-C in its terminal, are the server's to obey.
"""

import contextlib
import signal
import socket
import sys
from typing import Any

import orjson

from keys.ring import import_key
from keys.sign import Signer
from keys.signing import BURST, Draft, sign_in_turn

_CHUNK = 1 << 16


def answer(signers: dict[str, Signer], line: bytes) -> bytes:
    """What goes back for a line: JSON of the signed texts, null when they cannot be, nothing for a key."""
    message: Any = orjson.loads(line)
    if isinstance(message, dict):
        key = import_key(message["jwk"])
        signers[message["kid"]] = Signer(message["kid"], message["alg"], key)
        return b""
    try:
        drafts = [Draft(signers[kid], typ, claims, bound_by) for kid, typ, claims, bound_by in message]
        return orjson.dumps(sign_in_turn(drafts)) + b"\n"
    except Exception:  # the server signs it itself, and meets the reason there
        return b"null\n"


def serve(connection: socket.socket) -> None:
    """Answer until the other end closes."""
    signers: dict[str, Signer] = {}
    begun = b""
    while chunk := connection.recv(_CHUNK):
        *lines, begun = (begun + chunk).split(b"\n")
        for first in range(0, len(lines), BURST):
            connection.sendall(b"".join([answer(signers, line) for line in lines[first : first + BURST]]))


def main() -> None:
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # A broken connection is a server that is gone: nobody waits for an answer.
    with socket.socket(fileno=int(sys.argv[1])) as connection, contextlib.suppress(ConnectionError):
        serve(connection)


if __name__ == "__main__":
    main()
