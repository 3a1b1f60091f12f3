"""What a hostile server may say: within our limits it ends in our error, soon, and with nothing left open."""

import asyncio
import gzip
import itertools
import random
import zlib

import pytest

from foundation.outbound.problems import OutboundError
from tests.foundation.outbound.servers import document, request_of, saying, serving, way_out

pytestmark = pytest.mark.network

OK = b"HTTP/1.1 200 OK\r\n"
CHUNKED = OK + b"Transfer-Encoding: chunked\r\n\r\n"


def for_ever(head: bytes, part: bytes, pause: float = 0.0):
    """A server that never stops talking."""

    async def script(reader, writer):
        await request_of(reader)
        writer.write(head)
        while True:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause)

    return script


async def ends_in(script, *codes: str, seconds: float = 0.4, most: int = 20_000, at_once: int = 8) -> None:
    """Assert that a fetch from this server ends in one of these errors, in time."""
    async with serving(script) as port:
        with way_out("127.0.0.1", seconds=seconds, at_once=at_once) as outbound:
            loop = asyncio.get_running_loop()
            started = loop.time()
            with pytest.raises(OutboundError) as caught:
                await outbound.fetch(f"http://127.0.0.1:{port}/keys", accept="*/*", most=most)
            assert caught.value.code in codes, caught.value
            assert loop.time() - started < seconds + 0.5


SLOW = {
    "says nothing": for_ever(b"", b"", 0.05),
    "drips its status": for_ever(b"HTTP/1.1 20", b"0", 0.05),
    "drips its headers": for_ever(OK, b"X-A: b\r\n", 0.05),
    "drips its body": for_ever(OK + b"Content-Length: 9999\r\n\r\n", b"x", 0.05),
    "drips its chunks": for_ever(CHUNKED, b"1\r\nx\r\n", 0.05),
    "keeps one waiting": for_ever(b"", b"HTTP/1.1 102 Processing\r\n\r\n", 0.05),
    "promises more than it says": saying(OK + b"Content-Length: 50\r\n\r\nshort", pause=2),
}
ENDLESS = {
    "a body without length": for_ever(OK + b"\r\n", b"x" * 8192),
    "a body of chunks": for_ever(CHUNKED, b"2000\r\n" + b"x" * 0x2000 + b"\r\n"),
    "a body of tiny chunks": for_ever(CHUNKED, b"1\r\nx\r\n" * 999),
    "a body longer than may be": for_ever(OK + b"Content-Length: 99999999999\r\n\r\n", b"x" * 8192),
    "headers": for_ever(OK, b"X-Header: " + b"x" * 500 + b"\r\n"),
    "one header": for_ever(OK + b"X-Header: ", b"x" * 8192),
    "a status line": for_ever(b"HTTP/1.1 200 ", b"O" * 8192),
    "interim answers": for_ever(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 99),
    "a chunk's size": for_ever(CHUNKED, b"0" * 8192),
    "a chunk's extensions": for_ever(CHUNKED + b"5;a=", b"b" * 8192),
    "trailers": for_ever(CHUNKED + b"0\r\n", b"X-Trailer: x\r\n" * 99),
    "line ends": for_ever(b"", b"\r\n" * 999),
}


@pytest.mark.parametrize("what", SLOW)
async def test_a_server_that_is_too_slow(what: str):
    await ends_in(SLOW[what], "outbound_timeout")


@pytest.mark.parametrize("what", ENDLESS)
async def test_a_server_that_does_not_stop(what: str):
    # What no parser would end, our own count of bytes does.
    counted = what.startswith(("a body", "interim"))
    codes = ["outbound_too_big"] if counted else ["outbound_too_big", "outbound_bad_answer"]
    await ends_in(ENDLESS[what], *codes, seconds=4)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"\x00",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"SSH-2.0-OpenSSH_9.9\r\n",
        b"220 mail.example ESMTP\r\n",
        b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 99999 OK\r\n\r\n",
        b"HTTP/1.1\r\n\r\n",
        b"ICY 200 OK\r\n\r\n",
        OK + b"no colon\r\n\r\n",
        OK + b": no name\r\n\r\n",
        OK + b"Bad\x00Name: x\r\n\r\n",
        OK + b"X: \x00\r\n\r\n",
        OK + b"X: a\rb\r\n\r\n",
        OK + b" folded: first\r\n\r\n",
        OK + b"Content-Length: -1\r\n\r\n",
        OK + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}",
        OK + b"Content-Length: two\r\n\r\n{}",
        OK + b"Content-Length: 50\r\n\r\n{}",
        OK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n{}",
        OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        OK + b"Transfer-Encoding: identity\r\n\r\n{}",
        OK + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
        CHUNKED + b"zz\r\n{}\r\n",
        CHUNKED + b"-2\r\n{}\r\n",
        CHUNKED + b"2\r\n{}garbage\r\n0\r\n\r\n",
        CHUNKED + b"5\r\n{}",
        CHUNKED + b"fffffffffffffffff\r\n{}",
        CHUNKED + b"2\r\n{}\r\n",
        CHUNKED + b"2\r\n{}\r\n0\r\nbad trailer\r\n\r\n",
    ],
)
async def test_a_server_that_does_not_speak_sound_http(answer: bytes):
    await ends_in(saying(answer), "outbound_bad_answer", "outbound_unreachable")


@pytest.mark.parametrize("coding", [b"gzip", b"br", b"deflate", b"zstd", b"GZIP", b"identity, gzip", b"x"])
async def test_a_compressed_answer_is_not_unpacked(coding: bytes):
    bomb = gzip.compress(zlib.compress(b"\x00" * 10_000_000))
    await ends_in(saying(document(bomb, b"Content-Encoding: " + coding)), "outbound_bad_answer")


async def test_a_body_may_be_as_long_as_was_said_and_no_longer():
    for length, sound in ((0, True), (1000, True), (1001, False)):
        for answer in (
            document(b"x" * length),
            OK + b"\r\n" + b"x" * length,
            CHUNKED + b"".join(b"1\r\nx\r\n" for _ in range(length)) + b"0\r\n\r\n",
        ):
            if not sound:
                await ends_in(saying(answer), "outbound_too_big", most=1000)
                continue
            async with serving(saying(answer)) as port:
                with way_out("127.0.0.1") as outbound:
                    url = f"http://127.0.0.1:{port}/keys"
                    found = await outbound.fetch(url, accept="*/*", most=1000)
                    assert found.body == b"x" * length
                    assert found.media_type == ""


async def test_a_hundred_headers_and_odd_letters_are_no_harm():
    headers = [b"X-%d: \xff\xe9" % number for number in range(100)]
    types = b"Content-Type: Application/JSON ;charset=utf-8"
    async with serving(saying(document(b"{}", types, *headers))) as port:
        with way_out("127.0.0.1") as outbound:
            found = await outbound.fetch(f"http://127.0.0.1:{port}/keys", accept="*/*")
            assert found.media_type == "application/json"
            assert found.headers["x-7"] == "ÿé"


async def test_noise_always_ends_in_our_error():
    """Sound answers with a few bytes changed, cut or doubled: a document or our error, nothing else."""
    chance = random.Random(7)  # noqa: S311  # noise
    sound = [
        document(b'{"keys": []}', b"Content-Type: application/json"),
        CHUNKED + b'5\r\n{"key\r\n7\r\ns": []}\r\n0\r\nX-T: y\r\n\r\n',
        b"HTTP/1.1 100 Continue\r\n\r\n" + document(b"{}"),
    ]

    def spoiled(answer: bytes) -> bytes:
        noise = bytearray(answer)
        for _ in range(chance.randint(1, 4)):
            where = chance.randrange(len(noise))
            cut = chance.randint(0, 3)
            noise[where : where + cut] = chance.randbytes(chance.randint(0, 3))
            noise = noise or bytearray(b"x")
        return bytes(noise)

    answers = (spoiled(answer) for answer in itertools.cycle(sound))

    async def script(reader, writer):
        await request_of(reader)
        writer.write(next(answers))

    codes = set()
    async with serving(script) as port:
        with way_out("127.0.0.1") as outbound:
            for _ in range(300):
                try:
                    await outbound.fetch(f"http://127.0.0.1:{port}/keys", accept="*/*")
                except OutboundError as error:
                    codes.add(error.code)
    reasons = {"bad_answer", "status", "redirect", "unreachable", "too_big"}
    assert codes <= {f"outbound_{reason}" for reason in reasons}
