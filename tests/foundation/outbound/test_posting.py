"""One document sent, from the outside: what is written, what is judged, what is never reached."""

import asyncio

import pytest

from foundation.outbound.fetching import Parcel, Reply
from foundation.outbound.problems import OutboundError
from tests.foundation.outbound.servers import (
    Leading,
    document,
    names,
    request_of,
    saying,
    serving,
    way_out,
)

pytestmark = pytest.mark.network

JSON = b"Content-Type: Application/JSON; charset=utf-8"
SET = Parcel("application/secevent+jwt", b"a.b.c", "application/json", {"Authorization": "Bearer s3cret"})


async def posted(script, **options) -> Reply:
    async with serving(script) as port:
        with way_out(f"127.0.0.1:{port}", **options) as outbound:
            return await outbound.post(f"http://127.0.0.1:{port}/signals?a=b", SET)


async def failed(script, **options) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        await posted(script, **options)
    error = caught.value
    for text in (error.description, error.detail, str(error)):
        assert "s3cret" not in text
        assert "/signals" not in text
    return error


async def test_what_is_sent_is_the_document_and_what_it_is():
    heard: list[str] = []

    async def script(reader, writer):
        heard.append(await request_of(reader) + (await reader.readexactly(5)).decode())
        writer.write(document(b"", status=b"202 Accepted"))

    assert (await posted(script)).status == 202
    (said,) = heard
    head, body = said.split("\r\n\r\n")
    lines = head.split("\r\n")
    assert lines[0] == "POST /signals?a=b HTTP/1.1"
    assert lines[1].startswith("Host: 127.0.0.1:")
    assert lines[2:] == [
        "User-Agent: Accord",
        "Accept: application/json",
        "Content-Type: application/secevent+jwt",
        "Content-Length: 5",
        "Authorization: Bearer s3cret",
        "Accept-Encoding: identity",
        "Connection: close",
    ]
    assert body == "a.b.c"


@pytest.mark.parametrize("status", [b"200 OK", b"202 Accepted", b"400 Bad Request", b"503 Later"])
async def test_a_status_is_for_the_caller_to_judge(status: bytes):
    reply = await posted(saying(document(b'{"err":"x"}', JSON, b"Retry-After: 7", status=status)))
    assert reply == Reply(
        int(status[:3]),
        "application/json",
        {"content-length": "11", "content-type": "Application/JSON; charset=utf-8", "retry-after": "7"},
        b'{"err":"x"}',
    )


async def test_an_answer_that_comes_before_the_body_was_read_is_an_answer():
    async def script(reader, writer):
        writer.write(document(b"no", status=b"401 Unauthorized"))
        await writer.drain()
        await asyncio.sleep(0.05)

    assert (await posted(script)).status == 401


async def test_a_redirect_takes_the_secret_nowhere():
    reached = False

    async def elsewhere(reader, writer):
        nonlocal reached
        reached = True

    async with serving(elsewhere) as port:
        target = b"Location: http://127.0.0.1:%d/" % port
        error = await failed(saying(document(b"", target, status=b"307 Temporary Redirect")))
        await asyncio.sleep(0.05)
    assert error.code == "outbound_redirect"
    assert not reached


async def test_who_hangs_or_floods_is_left():
    async def hang(reader, writer):
        await asyncio.sleep(5)

    assert (await failed(hang, seconds=0.2)).code == "outbound_timeout"
    flood = document(b"x" * 70_000, status=b"202 Accepted")
    assert (await failed(saying(flood))).code == "outbound_too_big"
    assert (await failed(saying(b"garbage\r\n\r\n"))).code == "outbound_bad_answer"
    assert (await failed(saying(b""))).code == "outbound_bad_answer"


async def test_nothing_is_sent_to_a_private_host():
    backend = Leading(1)
    with way_out(backend=backend, resolve=names(coach_example=["10.0.0.8"])) as outbound:
        for url, code in (
            ("https://coach.example/", "outbound_forbidden"),
            ("https://127.0.0.1/", "outbound_forbidden"),
            ("http://coach.example/", "outbound_bad_url"),
        ):
            with pytest.raises(OutboundError) as caught:
                await outbound.post(url, SET)
            assert caught.value.code == code
    assert backend.asked == []


def test_a_parcel_does_not_show_its_secrets():
    assert "s3cret" not in repr(SET)
