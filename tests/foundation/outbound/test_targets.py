"""What is an address to fetch, which hosts are public, and whom an operator exempts."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.outbound.addresses import is_public, may_be_public
from foundation.outbound.fetching import Outbound
from foundation.outbound.problems import OutboundError
from foundation.outbound.targets import Place, Target, is_exempt, read_exempt, read_target


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://coach.example", Target("https", "coach.example", 443, "/", "coach.example")),
        (
            "HTTPS://Coach.Example/Keys?a=B",
            Target("https", "coach.example", 443, "/Keys?a=B", "coach.example"),
        ),
        ("https://coach.example:8443/", Target("https", "coach.example", 8443, "/", "coach.example:8443")),
        ("http://[::1]:9000/k", Target("http", "::1", 9000, "/k", "[::1]:9000")),
        ("https://[2A00:0:0::1]", Target("https", "2a00::1", 443, "/", "[2a00:0:0::1]")),
        ("https://8.8.8.8/%2e%2e", Target("https", "8.8.8.8", 443, "/%2e%2e", "8.8.8.8")),
    ],
)
def test_addresses_that_are(url: str, target: Target):
    assert read_target(url) == target


NO_ADDRESSES = [
    "",
    "coach.example",
    "//coach.example/keys",
    "/keys",
    "ftp://coach.example",
    "file:///etc/passwd",
    "gopher://coach.example",
    "javascript:alert(1)",
    "data:application/json,{}",
    "https:",
    "https://",
    "https:///keys",
    "https:coach.example",
    "https://user@coach.example",
    "https://user:secret@coach.example",
    "https://@coach.example",
    "https://coach.example#keys",
    "https://coach.example/#",
    "https://coach.example:0",
    "https://coach.example:65536",
    "https://coach.example:",
    "https://coach.example:https",
    "https://coach.example\\@127.0.0.1/",
    "https://coach.example /",
    " https://coach.example",
    "https://coach.example\n",
    "https://coach.example/\r\nHost: x",
    "https://coach\t.example",
    "https://cöach.example",
    "https://coach.example/é",
    "https://127.0.0.1%2f.example",
    "https://.example",
    "https://coach..example",
    "https://coach.example.",
    "https://localhost.",
    "https://127.1",
    "https://2130706433",
    "https://0x7f000001",
    "https://0x7f.0.0.1",
    "https://017700000001",
    "https://127.0.0.01",
    "https://256.0.0.1",
    "https://coach.example.1",
    "https://[::1",
    "https://[fe80::1%25eth0]",
    "https://[::ffff:127.0.0.1.1]",
    "https://[1.2.3.4]x",
    "https://coach.example/" + "x" * 2000,
]


@pytest.mark.parametrize("url", NO_ADDRESSES)
def test_addresses_that_are_not(url: str):
    with pytest.raises(ValueError) as refused:  # noqa: PT011  # each has a sentence of its own
        read_target(url)
    assert "secret" not in str(refused.value)


@given(st.text(max_size=60).map("https://".__add__) | st.text(max_size=60))
def test_any_text_is_an_address_or_refused(text: str):
    try:
        target = read_target(text)
    except ValueError:
        return
    assert target.host
    assert target.path.startswith("/")
    assert 0 < target.port < 65536
    assert target.netloc.isascii()


# fmt: off
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104  # refused, not bound
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "127.0.0.1",
    "127.255.255.254", "168.63.129.16", "169.254.169.254", "169.254.170.2", "172.16.0.1", "172.31.255.255",
    "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255",
    "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::",
    "::1", "::7f00:1", "::127.0.0.1", "::ffff:127.0.0.1", "::ffff:8.8.8.8", "::ffff:0:8.8.8.8",
    "64:ff9b::7f00:1", "64:ff9b::8.8.8.8", "64:ff9b:1::1", "100::1", "2001::1", "2001:0:7f00:1::",
    "2001:2::1", "2001:10::1", "2001:20::1", "2001:db8::1", "2002:7f00:1::", "2002:808:808::", "3fff::1",
    "4000::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fd20:ce::254", "fe80::1", "fe80::1%eth0", "fec0::1",
    "ff02::1", "ff0e::1",
]
PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255",
    "128.0.0.1", "168.63.129.15", "169.253.255.255", "172.15.255.255", "172.32.0.1", "191.255.255.255",
    "192.0.1.1", "192.167.255.255", "192.169.0.1", "198.17.0.1", "198.20.0.1", "203.0.112.1",
    "223.255.255.255", "2001:200::1", "2001:4860:4860::8888", "2003::1", "2600::1", "2a00:1450::1",
    "3ffe::1",
]
# fmt: on


@pytest.mark.parametrize("text", NOT_PUBLIC)
def test_hosts_off_the_public_internet(text: str):
    assert not is_public(ip_address(text))
    assert not may_be_public(text)


@pytest.mark.parametrize("text", PUBLIC)
def test_hosts_of_the_public_internet(text: str):
    assert is_public(ip_address(text))
    assert may_be_public(text)


@pytest.mark.parametrize(
    ("name", "public"),
    [
        ("coach.example", True),
        ("a-b_c.coach.example", True),
        ("localhost", False),
        ("intranet", False),
        ("app.localhost", False),
        ("printer.local", False),
        ("metadata.google.internal", False),
        ("local.example", True),
    ],
)
def test_names_that_could_be_public(name: str, public: bool):
    assert may_be_public(name) is public


def test_exempt_hosts_are_named_exactly():
    exempt = read_exempt(" localhost:9000, Keys.Test ,[::1]:9001,10.0.0.7,,")
    assert exempt == {
        Place("localhost", 9000),
        Place("keys.test", None),
        Place("::1", 9001),
        Place("10.0.0.7", None),
    }
    for url in (
        "http://localhost:9000/keys",
        "https://keys.test:1234",
        "http://[0:0:0:0:0:0:0:1]:9001",
        "http://10.0.0.7",
    ):
        assert is_exempt(read_target(url), exempt), url
    for url in (
        "http://localhost:9001",
        "http://localhost",
        "https://x.keys.test",
        "https://keys.test.example",
        "http://[::1]",
        "http://10.0.0.70",
        "http://127.0.0.1:9000",
    ):
        assert not is_exempt(read_target(url), exempt), url
    assert read_exempt("") == read_exempt(" , ") == frozenset()


@pytest.mark.parametrize(
    "entry", ["*", "*.test", "http://localhost", "a b", "localhost:", "localhost:0", "::1"]
)
def test_an_entry_that_is_no_host_is_refused(entry: str):
    with pytest.raises(ValueError):  # noqa: PT011  # each has a sentence of its own
        read_exempt(f"good.test,{entry}")


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("not an address", "outbound_bad_url"),
        ("http://coach.example", "outbound_bad_url"),
        ("http://127.0.0.1:9001", "outbound_bad_url"),
        ("https://127.0.0.1:9001", "outbound_forbidden"),
        ("https://localhost", "outbound_forbidden"),
        ("https://169.254.169.254/latest/meta-data", "outbound_forbidden"),
        ("https://[::ffff:169.254.169.254]/", "outbound_forbidden"),
        ("https://metadata.google.internal/computeMetadata/v1/", "outbound_forbidden"),
    ],
)
def test_what_no_fetch_is_tried_for(url: str, code: str):
    outbound = Outbound(read_exempt("127.0.0.1:9000"))
    with pytest.raises(OutboundError) as refused:
        outbound.check(url)
    assert refused.value.code == code
    outbound.check("http://127.0.0.1:9000/keys")
    outbound.check("https://coach.example/keys")
    outbound.close()
