"""Signing beside the event loop: the same tokens, in the order asked, whatever becomes of the process."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Callable
from typing import Any

import orjson
import pytest
from joserfc import jws

from keys import signing_process
from keys.sign import Signer
from keys.signing import BURST, Draft, Signing, half_hash, sign_in_turn
from tests.idp.tokens import app_key, header_of


def signer(alg: str = "ES256", kid: str = "kid-1") -> Signer:
    return Signer(kid, alg, app_key(alg))


def pair(number: int, alg: str = "ES256", kid: str = "kid-1") -> list[Draft]:
    """An access token and the ID token bound to it."""
    return [
        Draft(signer(alg, kid), "at+jwt", {"jti": f"{number}"}),
        Draft(signer(alg, kid), "JWT", {"sub": "élise"}, bound_by="at_hash"),
    ]


def check(texts: list[str], number: int, alg: str = "ES256") -> None:
    access, identity = (
        orjson.loads(jws.deserialize_compact(text, app_key(alg), algorithms=[alg]).payload) for text in texts
    )
    assert [header_of(text)["typ"] for text in texts] == ["at+jwt", "JWT"]
    assert access == {"jti": f"{number}"}
    assert identity == {"sub": "élise", "at_hash": half_hash(texts[0], "ES256")}


@pytest.fixture
async def apart() -> AsyncIterator[Signing]:
    signing = Signing()
    await signing.start()
    yield signing
    await signing.stop()


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  # what is waited for happens in another process
            await asyncio.sleep(0.02)


def test_half_hash_is_that_of_the_specification():
    # OpenID Connect Core, appendix A.4: a code and its c_hash.
    code = "Qcb0Orv1zh30vL1MPRsbm-diHiMwcLyZvn1arpZv-Jxf_11jnpEX3Tgfvk"
    assert half_hash(code, "ES256") == "LDktKdoQak3Pk0cnXxCltA"


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_it_signs_here_until_it_has_a_process(alg: str):
    signing = Signing()
    assert signing.pid is None
    check(await signing.sign(pair(1, alg)), 1, alg)


@pytest.mark.parametrize("alg", ["ES256", "RS256"])
async def test_the_process_signs_the_same(apart: Signing, alg: str):
    assert apart.pid not in {None, os.getpid()}
    check(await apart.sign(pair(1, alg)), 1, alg)


async def test_a_crowd_is_answered_each_with_its_own(apart: Signing):
    crowd = await asyncio.gather(*(apart.sign(pair(number)) for number in range(BURST * 30 + 1)))
    for number, texts in enumerate(crowd):
        check(texts, number)


async def test_keys_that_come_later_are_given_before_they_are_needed(apart: Signing):
    kids = [(alg, f"{alg}-{number % 3}") for number in range(12) for alg in ("ES256", "RS256")]
    texts = await asyncio.gather(*(apart.sign(pair(0, alg, kid)) for alg, kid in kids))
    assert [header_of(access)["kid"] for access, _ in texts] == [kid for _, kid in kids]


async def test_a_cancelled_request_takes_nobody_elses_answer(apart: Signing):
    cancelled = asyncio.create_task(apart.sign(pair(0)))
    kept = asyncio.create_task(apart.sign(pair(1)))
    await asyncio.sleep(0)
    cancelled.cancel()
    check(await kept, 1)
    with pytest.raises(asyncio.CancelledError):
        await cancelled


async def test_a_killed_process_costs_no_answer_and_is_replaced(apart: Signing):
    pid = apart.pid
    assert pid is not None
    asked = [asyncio.create_task(apart.sign(pair(number))) for number in range(200)]
    await asyncio.sleep(0)
    os.kill(pid, signal.SIGKILL)
    for number, texts in enumerate(await asyncio.gather(*asked)):
        check(texts, number)
    check(await apart.sign(pair(7)), 7)  # while there is none
    await until(lambda: apart.pid not in {None, pid})
    check(await apart.sign(pair(8)), 8)


async def test_what_it_cannot_sign_is_told_as_it_would_be_here(apart: Signing):
    with pytest.raises(TypeError):
        await apart.sign([Draft(signer(), "JWT", {"number": 2**70})])
    odd = Draft(signer(), "JWT", {}, bound_by="at_hash")  # bound to a token that is not there
    with pytest.raises(IndexError):
        await apart.sign([odd])
    check(await apart.sign(pair(1)), 1)


async def test_it_leaves_signals_to_the_server_and_ends_with_it(apart: Signing):
    pid = apart.pid
    assert pid is not None
    check(await apart.sign(pair(0)), 0)  # it is up
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(pid, number)
    check(await apart.sign(pair(1)), 1)
    assert apart.pid == pid
    await apart.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    check(await apart.sign(pair(2)), 2)


async def test_stopping_between_two_processes_starts_no_other(apart: Signing):
    pid = apart.pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    await until(lambda: apart.pid is None)
    await apart.stop()
    assert apart.pid is None


async def test_a_process_that_will_not_end_is_ended(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("keys.signing._PATIENCE_SECONDS", 0.1)
    signing = Signing()
    await signing.start()
    pid = signing.pid
    assert pid is not None
    check(await signing.sign(pair(0)), 0)
    os.kill(pid, signal.SIGSTOP)
    await signing.stop()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


# --- the process's own side, read here line by line ----------------------------------------------------


def key_line(kid: str = "kid-1") -> bytes:
    given = signer(kid=kid)
    return orjson.dumps({"kid": kid, "alg": given.alg, "jwk": given.key.as_dict(private=True)})


def test_a_line_of_a_key_has_no_answer_and_a_line_of_drafts_has_one():
    signers: dict[str, Signer] = {}
    assert signing_process.answer(signers, key_line()) == b""
    drafts = [["kid-1", "at+jwt", {"jti": "1"}, None], ["kid-1", "JWT", {"sub": "élise"}, "at_hash"]]
    check(orjson.loads(signing_process.answer(signers, orjson.dumps(drafts))), 1)


@pytest.mark.parametrize("line", [[["unknown", "JWT", {}, None]], [["kid-1"]], [[]]], ids=str)
def test_what_it_cannot_sign_is_null(line: Any):
    signers: dict[str, Signer] = {}
    signing_process.answer(signers, key_line())
    assert signing_process.answer(signers, orjson.dumps(line)) == b"null\n"


def test_lines_cut_anywhere_are_put_together():
    ours, its = socket.socketpair()
    served = threading.Thread(target=signing_process.serve, args=(its,))
    served.start()
    lines = b"\n".join(
        [key_line(), *[orjson.dumps([["kid-1", "JWT", {"n": n}, None]]) for n in range(9)], b""]
    )
    with ours:
        for at in range(0, len(lines), 7):
            ours.sendall(lines[at : at + 7])
        ours.shutdown(socket.SHUT_WR)
        answers = _all(ours)
    served.join(20)
    its.close()
    texts = [orjson.loads(line)[0] for line in answers.splitlines()]
    told = [
        orjson.loads(jws.deserialize_compact(text, app_key("ES256"), algorithms=["ES256"]).payload)
        for text in texts
    ]
    assert told == [{"n": n} for n in range(9)]


def _all(connection: socket.socket) -> bytes:
    received = b""
    connection.settimeout(20)
    while received.count(b"\n") < 9:
        received += connection.recv(4096)
    return received


def test_in_turn_each_is_bound_to_the_one_before():
    check(sign_in_turn(pair(3)), 3)


def test_the_module_runs_as_a_program_and_ends_at_the_end_of_its_input():
    ours, its = socket.socketpair()
    with its:
        command = [sys.executable, "-m", "keys.signing_process", str(its.fileno())]
        process = subprocess.Popen(command, pass_fds=[its.fileno()])  # noqa: S603  # our own module
    ours.close()
    assert process.wait(30) == 0
