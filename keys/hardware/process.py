"""The processes that load a PKCS#11 module (module.py). Nothing of it is named where others could read it.

`python -m keys.hardware.process FD` signs, as keys/signing_process.py does: the first line over its socket
says how the token is reached, the answer to it what the token says of itself. Without FD, one thing is done
that standard input names, and the answer is on standard output.
"""

import contextlib
import socket
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import orjson
from pkcs11.exceptions import (
    PinExpired,
    PinIncorrect,
    PinInvalid,
    PinLenRange,
    PinLocked,
    PKCS11Error,
    UserPinNotInitialized,
)

from keys.hardware.access import Access
from keys.hardware.token import Token, Unfit
from keys.sign import Signer
from keys.signing_process import given, leave_signals_to_the_server, serve

_CHUNK = 1 << 16
# Each try counts against the few that a token allows: nobody here makes a second one by itself.
_PIN_REFUSED = (PinExpired, PinIncorrect, PinInvalid, PinLenRange, PinLocked, UserPinNotInitialized)


def attempt(work: Callable[[], Any]) -> dict[str, Any]:
    """What came of it, as an answer: "done", or what was wrong."""
    try:
        return {"done": work()}
    except Unfit:
        return {"unfit": True}
    except _PIN_REFUSED as error:
        return {"refused": type(error).__name__}
    except (PKCS11Error, OSError, RuntimeError) as error:  # RuntimeError: a library that does not load
        return {"failed": type(error).__name__}


def once(message: dict[str, Any]) -> dict[str, Any]:
    """One thing that is told: make a key, destroy it, or say what the token is."""
    token = Token(Access(*message["access"]))

    def work() -> Any:  # noqa: ANN401  # JSON
        about = token.open(rw=True)
        if "make" in message:
            return token.make(*message["make"])
        if "destroy" in message:
            return token.destroy(message["destroy"])
        return about

    answer = attempt(work)
    with contextlib.suppress(PKCS11Error):
        token.close()
    return answer


def sign_for(connection: socket.socket) -> None:
    """Say whether the token opens, and sign until the other end closes."""
    begun = b""
    while b"\n" not in begun:
        if not (chunk := connection.recv(_CHUNK)):
            return
        begun += chunk
    first, _, rest = begun.partition(b"\n")
    token = Token(Access(*orjson.loads(first)))
    hello = attempt(token.open)
    connection.sendall(orjson.dumps(hello) + b"\n")
    if "done" not in hello:
        return
    try:
        serve(connection, partial(_signer, token), rest)
    finally:
        with contextlib.suppress(PKCS11Error):
            token.close()


def _signer(token: Token, message: dict[str, Any]) -> Signer:
    kid, alg = message["kid"], message["alg"]
    return given(message) if message["jwk"] else Signer(kid, alg, None, partial(token.sign, kid, alg))


def main() -> None:
    leave_signals_to_the_server()
    if len(sys.argv) == 1:
        answer = once(orjson.loads(sys.stdin.buffer.read()))
        sys.stdout.buffer.write(orjson.dumps(answer))
        return
    with socket.socket(fileno=int(sys.argv[1])) as connection, contextlib.suppress(ConnectionError):
        sign_for(connection)


if __name__ == "__main__":
    main()
