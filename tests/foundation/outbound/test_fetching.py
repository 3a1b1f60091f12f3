"""One fetch, from the outside: what is sent, whom it reaches, what comes back."""

import asyncio
import logging
import socket
import threading
from pathlib import Path

import pytest

from foundation.outbound.network import look_up
from foundation.outbound.problems import OutboundError
from tests.foundation.outbound.servers import (
    Authority,
    Leading,
    document,
    names,
    request_of,
    saying,
    serving,
    way_out,
)

pytestmark = pytest.mark.network

JSON = b"Content-Type: application/json; charset=utf-8"
PUBLIC, OTHER = "93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


async def failed(outbound, url: str, **options) -> OutboundError:
    with pytest.raises(OutboundError) as caught:
        await outbound.fetch(url, accept="application/json", **options)
    error = caught.value
    for text in (error.description, error.detail, str(error)):
        assert "s3cret" not in text
        assert "/keys" not in text
    assert error.__cause__ is None
    return error


async def test_a_document_comes_back_with_what_it_said_of_itself(authority: Authority):
    script = saying(document(b'{"keys": []}', JSON, b"Cache-Control: max-age=60", b"cache-control: public"))
    async with serving(script, authority.serving("coach.example")) as port:
        backend = Leading(port)
        with way_out(
            backend=backend, resolve=names(coach_example=[PUBLIC]), trust=authority.trusting()
        ) as outbound:
            answer = await outbound.fetch("https://coach.example/keys", accept="application/json")
    assert answer.media_type == "application/json"
    assert answer.body == b'{"keys": []}'
    assert answer.headers["cache-control"] == "max-age=60, public"
    assert backend.asked == [(PUBLIC, 443)]


async def test_what_is_sent_is_a_bare_get_the_same_every_time(monkeypatch: pytest.MonkeyPatch):
    """No cookie comes back, no proxy, credential or name of ours is taken from the machine."""
    heads: list[str] = []

    async def script(reader, writer):
        heads.append(await request_of(reader))
        writer.write(document(b"{}", JSON, b"Set-Cookie: id=s3cret; Path=/"))

    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    async with serving(script) as port:
        with way_out(f"127.0.0.1:{port}") as outbound:
            for _ in range(2):
                await outbound.fetch(f"http://127.0.0.1:{port}/a%20b?c=d", accept="application/json")
    assert (
        heads[0]
        == heads[1]
        == (
            f"GET /a%20b?c=d HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: Accord\r\n"
            "Accept: application/json\r\nAccept-Encoding: identity\r\nConnection: close\r\n\r\n"
        )
    )


# --- whom it reaches -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["10.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:127.0.0.1"],
        ["fe80::1%eth0"],
        [PUBLIC, "127.0.0.1"],
        [PUBLIC] * 6 + ["192.168.0.1"],
        [PUBLIC, "8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "fd00::1"],
    ],
)
async def test_a_name_with_an_address_off_the_public_internet_is_not_connected_to(addresses: list[str]):
    backend = Leading(1)
    with way_out(backend=backend, resolve=names(coach_example=addresses)) as outbound:
        assert (await failed(outbound, "https://coach.example/keys")).code == "outbound_forbidden"
    assert backend.asked == []


async def test_a_name_is_looked_up_once_and_what_was_checked_is_connected_to(authority: Authority):
    """DNS rebinding: public when it is checked, ours a moment later."""
    looked_up: list[str] = []

    def resolve(host: str, _port: int) -> list[str]:
        looked_up.append(host)
        return [PUBLIC] if len(looked_up) == 1 else ["127.0.0.1"]

    async with serving(saying(document(b"{}", JSON)), authority.serving("coach.example")) as port:
        backend = Leading(port)
        with way_out(backend=backend, resolve=resolve, trust=authority.trusting()) as outbound:
            await outbound.fetch("https://coach.example/keys", accept="application/json")
            assert looked_up == ["coach.example"]
            assert backend.asked == [(PUBLIC, 443)]
            assert (await failed(outbound, "https://coach.example/keys")).code == "outbound_forbidden"
            assert backend.asked == [(PUBLIC, 443)]


async def test_each_address_of_a_name_is_tried_a_few_at_most(authority: Authority):
    dead = tuple(f"8.8.8.{number}" for number in range(10))
    async with serving(saying(document(b"{}", JSON)), authority.serving("coach.example")) as port:
        backend = Leading(port, dead=dead)
        known = names(coach_example=[*dead[:2], OTHER], lost_example=list(dead))
        with way_out(backend=backend, resolve=known, trust=authority.trusting()) as outbound:
            await outbound.fetch("https://coach.example/keys", accept="application/json")
            assert backend.asked == [(dead[0], 443), (dead[1], 443), (OTHER, 443)]
            assert (await failed(outbound, "https://lost.example/keys")).code == "outbound_unreachable"
            assert len(backend.asked) == 3 + 4


async def test_an_exempt_host_may_be_anywhere_and_no_other(authority: Authority):
    async with serving(saying(document(b"{}", JSON))) as port:
        known = names(keys_test=["127.0.0.1"], other_test=["127.0.0.1"])
        with way_out(f"keys.test:{port}", resolve=known) as outbound:
            await outbound.fetch(f"http://keys.test:{port}/keys", accept="application/json")
            assert (await failed(outbound, f"http://keys.test:{port + 1}/keys")).code == "outbound_bad_url"
            assert (await failed(outbound, f"https://other.test:{port}/keys")).code == "outbound_forbidden"
            assert (await failed(outbound, f"https://127.0.0.1:{port}/keys")).code == "outbound_forbidden"


async def test_a_redirect_to_the_loopback_is_not_followed():
    reached = []

    async def inside(reader, writer):
        reached.append(await request_of(reader))
        writer.write(document(b"{}", JSON))

    async with serving(inside) as target:
        for status in (b"301 Moved", b"302 Found", b"303 See Other", b"307 Temporary", b"308 Permanent"):
            to_inside = b"Location: http://127.0.0.1:%d/keys" % target
            async with serving(saying(document(b"", to_inside, status=status))) as port:
                with way_out(f"127.0.0.1:{port},127.0.0.1:{target}") as outbound:
                    error = await failed(outbound, f"http://127.0.0.1:{port}/keys?s3cret")
                    assert error.code == "outbound_redirect"
    assert reached == []


async def test_names_that_have_no_address_or_that_no_resolver_takes():
    with way_out(resolve=names()) as outbound:
        assert (await failed(outbound, "https://nowhere.example/keys")).code == "outbound_unreachable"
    with way_out() as outbound:
        too_long = f"https://{'x' * 64}.example/keys"
        assert (await failed(outbound, too_long)).code == "outbound_unreachable"


def test_a_look_up_is_the_machines_own(monkeypatch: pytest.MonkeyPatch):
    assert "127.0.0.1" in look_up("localhost", 443)
    assert look_up("127.0.0.1", 443) == ["127.0.0.1"]
    assert socket.gaierror.__mro__[1] is OSError


# --- who answers -----------------------------------------------------------------------------------------


async def test_a_certificate_must_be_trusted_of_the_host_and_in_time(authority: Authority, tmp_path: Path):
    (tmp_path / "stranger").mkdir()
    stranger = Authority(tmp_path / "stranger")
    sides = {
        "unknown authority": stranger.serving("coach.example"),
        "another host": authority.serving("other.example"),
        "expired": authority.serving("coach.example", days=-2),
        "an address for a name": authority.serving(PUBLIC),
    }
    for what, side in sides.items():
        async with serving(saying(document(b"{}", JSON)), side) as port:
            known = names(coach_example=[PUBLIC])
            with way_out(backend=Leading(port), resolve=known, trust=authority.trusting()) as outbound:
                error = await failed(outbound, "https://coach.example/keys")
                assert error.code == "outbound_untrusted", what
                assert error.detail.startswith("coach.example: "), what


async def test_the_machines_authorities_are_trusted_unless_others_are_given(authority: Authority):
    async with serving(saying(document(b"{}", JSON)), authority.serving("127.0.0.1")) as port:
        with way_out("127.0.0.1") as outbound:
            error = await failed(outbound, f"https://127.0.0.1:{port}/keys")
            assert error.code == "outbound_untrusted"
        with way_out("127.0.0.1", trust=authority.trusting()) as outbound:
            await outbound.fetch(f"https://127.0.0.1:{port}/keys", accept="application/json")


async def test_a_server_without_tls_or_without_anybody():
    async with serving(saying(document(b"{}", JSON))) as port:
        with way_out("127.0.0.1") as outbound:
            error = await failed(outbound, f"https://127.0.0.1:{port}/keys")
            assert error.code in {"outbound_untrusted", "outbound_timeout"}
    with way_out("127.0.0.1") as outbound:
        assert (await failed(outbound, f"http://127.0.0.1:{port}/keys")).code == "outbound_unreachable"


@pytest.mark.parametrize(
    "status", [b"204 No Content", b"400 Bad", b"404 Not Found", b"500 Oops", b"600 What"]
)
async def test_only_200_is_a_document(status: bytes):
    async with serving(saying(document(b"", JSON, status=status))) as port:
        with way_out("127.0.0.1") as outbound:
            error = await failed(outbound, f"http://127.0.0.1:{port}/keys")
            assert (error.code, error.status) == ("outbound_status", 502)


# --- how many, how long ----------------------------------------------------------------------------------


async def test_never_more_than_so_many_at_once():
    running, most = 0, 0

    async def script(reader, writer):
        nonlocal running, most
        await request_of(reader)
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running -= 1
        writer.write(document(b"{}", JSON))

    async with serving(script) as port:
        with way_out("127.0.0.1", at_once=3) as outbound:
            url = f"http://127.0.0.1:{port}/keys"
            answers = await asyncio.gather(*(outbound.fetch(url, accept="*/*") for _ in range(12)))
    assert len(answers) == 12
    assert most == 3


async def test_waiting_for_a_turn_is_part_of_the_time():
    async def script(reader, writer):
        await asyncio.sleep(30)

    async with serving(script) as port:
        with way_out("127.0.0.1", seconds=0.2, at_once=1) as outbound:
            started = asyncio.get_running_loop().time()
            url = f"http://127.0.0.1:{port}/keys"
            errors = await asyncio.gather(*(failed(outbound, url) for _ in range(50)))
            assert {error.code for error in errors} == {"outbound_timeout"}
            assert asyncio.get_running_loop().time() - started < 5  # one after another: 10 seconds


async def test_a_name_server_that_hangs_holds_up_only_ourselves():
    release = threading.Event()

    def resolve(_host: str, _port: int) -> list[str]:
        release.wait(60)
        return [PUBLIC]

    with way_out(seconds=0.2, at_once=2, resolve=resolve) as outbound:
        errors = await asyncio.gather(*(failed(outbound, "https://coach.example/keys") for _ in range(6)))
        assert {error.code for error in errors} == {"outbound_timeout"}
        # The loop's own threads are free: a commit does not wait for somebody's name server.
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "free"), 30) == "free"
        release.set()


async def test_a_fetch_that_is_given_up_leaves_its_turn_to_the_next():
    async def script(reader, writer):
        await asyncio.sleep(30)

    async with serving(script) as slow, serving(saying(document(b"{}", JSON))) as quick:
        with way_out("127.0.0.1", at_once=1) as outbound:
            waiting = asyncio.create_task(outbound.fetch(f"http://127.0.0.1:{slow}/keys", accept="*/*"))
            await asyncio.sleep(0.05)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            await outbound.fetch(f"http://127.0.0.1:{quick}/keys", accept="*/*")


async def test_the_library_below_logs_nothing_of_a_path(caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.INFO)
    async with serving(saying(document(b"{}", JSON))) as port:
        with way_out("127.0.0.1") as outbound:
            await outbound.fetch(f"http://127.0.0.1:{port}/keys?s3cret", accept="*/*")
    assert "s3cret" not in caplog.text
