"""Redirect URIs: what may be registered, and that only the very same text is ever redirected to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from foundation.web.headers import page_policy
from idp.authorize.answer import redirect_origin
from idp.clients.addresses import check_redirect_uri
from idp.clients.metadata import ClientMetadata
from idp.clients.registry import Client

WEB = "https://coach.example/callback"


def allows(uri: str, *registered: str) -> bool:
    metadata = ClientMetadata(name="x", redirect_uris=registered or (WEB,))
    return Client("app", metadata, None, suspended=False).allows_redirect(uri)


NOT_THE_SAME = (
    "https://coach.example/callback/",
    "https://coach.example//callback",
    "https://coach.example/Callback",
    "https://COACH.example/callback",
    "HTTPS://coach.example/callback",
    "http://coach.example/callback",
    "https://coach.example:443/callback",
    "https://coach.example/callback?",
    "https://coach.example/callback?x=1",
    "https://coach.example/callback#",
    "https://coach.example/callback#code",
    "https://coach.example/./callback",
    "https://coach.example/x/../callback",
    "https://coach.example/%63allback",
    "https://coach.example/callback%2f",
    "https://coach.example/callback%00",
    "https://coach.example/callback\n",
    "https://coach.example/callback ",
    " https://coach.example/callback",
    "https://coach.example./callback",
    "https://coachxexample/callback",
    "https://coach.example.evil.example/callback",
    "https://evil.example/https://coach.example/callback",
    "https://coach.example@evil.example/callback",
    "https://user@coach.example/callback",
    "https://user:pw@coach.example/callback",
    "https://evil.example\\@coach.example/callback",
    "https://coach.example\\callback",
    "https:\\\\coach.example\\callback",
    "//coach.example/callback",
    "/callback",
    "callback",
    "https://coach.example",
    "https://coаch.example/callback",  # a Cyrillic а
    "https://coach。example/callback",  # an ideographic full stop
    "https://ⓒoach.example/callback",
    "javascript:alert(1)//https://coach.example/callback",
    "data:text/html,x",
    "",
)


@pytest.mark.parametrize("uri", NOT_THE_SAME)
def test_only_the_very_same_text_is_the_registered_one(uri: str) -> None:
    assert allows(WEB)
    assert not allows(uri)


@given(st.text(max_size=80))
def test_no_other_text_ever_passes(uri: str) -> None:
    assert allows(uri) == (uri == WEB)
    assert not allows(WEB + uri) or uri == ""
    assert not allows(uri + WEB) or uri == ""


@pytest.mark.parametrize(
    ("registered", "same", "other"),
    [
        (
            "http://127.0.0.1:8001/callback",
            (
                "http://127.0.0.1:8001/callback",
                "http://127.0.0.1:1/callback",
                "http://127.0.0.1:65535/callback",
                "http://127.0.0.1/callback",
            ),
            (
                "http://127.0.0.1:8001/other",
                "http://127.0.0.1:8001/callback/",
                "http://127.0.0.1:/callback",
                "http://127.0.0.1:+80/callback",
                "http://127.0.0.1:80 /callback",
                "http://127.0.0.1:８0/callback",
                "http://127.0.0.1:123456/callback",
                "http://127.0.0.1:80@evil.example/callback",
                "http://127.0.0.1@evil.example:80/callback",
                "http://127.0.0.1.evil.example:80/callback",
                "http://127.0.0.2:8001/callback",
                "http://localhost:8001/callback",
                "https://127.0.0.1:8001/callback",
                "http://127.0.0.1:8001/x/callback",
                "http://127.0.0.1:80/evil?/callback",
            ),
        ),
        (
            "http://[::1]:8001/callback",
            ("http://[::1]:9/callback", "http://[::1]/callback"),
            ("http://[::2]:9/callback", "http://::1:9/callback", "http://[::1%25x]:9/callback"),
        ),
        (
            "http://localhost/cb?x=1",
            ("http://localhost:49152/cb?x=1",),
            ("http://localhost:49152/cb", "http://localhost:49152/cb?x=2", "http://localhost.:1/cb?x=1"),
        ),
        ("http://127.0.0.1:7000", ("http://127.0.0.1:7001", "http://127.0.0.1"), ("http://127.0.0.1:7001/",)),
    ],
)
def test_on_the_loopback_the_port_is_free_and_nothing_else(
    registered: str, same: tuple[str, ...], other: tuple[str, ...]
) -> None:
    """RFC 8252 section 7.3: a native app cannot know its port in advance."""
    for uri in same:
        assert allows(uri, registered), uri
    for uri in other:
        assert not allows(uri, registered), uri


def test_a_free_port_is_for_the_loopback_alone() -> None:
    assert not allows("https://coach.example:8443/callback", "https://coach.example:443/callback")
    assert not allows("https://127.0.0.1:2/cb", "https://127.0.0.1:1/cb")


REFUSED = (
    "",
    "callback",
    "/callback",
    "//coach.example/callback",
    "http://coach.example/callback",
    "http://192.168.1.1/callback",
    "http://127.0.0.1.evil.example/callback",
    "http://localhost.evil.example/callback",
    "http://0.0.0.0/callback",
    "http://[::ffff:8.8.8.8]/callback",
    "http://2130706433/callback",
    "http://0x7f.1/callback",
    "https:///callback",
    "https:callback",
    "https://*.example.org/callback",
    "https://user@coach.example/callback",
    "https://user:pw@coach.example/callback",
    "https://@coach.example/callback",
    "https://coach.example/callback#",
    "https://coach.example/callback#x",
    "https://coach.example\\evil/callback",
    "https://coach.example/call back",
    "https://coach.example/call\tback",
    "https://coach.example/call\nback",
    "https://coach.example/é",
    "https://coаch.example/callback",
    "https://coach;x.example/callback",
    "https://coach,x.example/callback",
    "https://coach'x.example/callback",
    "https://coach%2eexample/callback",
    "https://coach.example:port/callback",
    "https://coach.example:99999/callback",
    "https://coach.example:0/callback",
    "https://coach.example:/callback",
    "https://[::1/callback",
    "https://[zz]/callback",
    "javascript:alert(1)",
    "JavaScript:alert(1)",
    "data:text/html,x",
    "vbscript:x",
    "file:///etc/passwd",
    "blob:https://coach.example/x",
    "about:blank",
    "ftp://coach.example/",
    "ws://coach.example/",
    "myapp:/callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "chrome-extension://x/callback",
    "intent://x#Intent;end",
)


@pytest.mark.parametrize("uri", REFUSED)
def test_what_can_never_be_a_safe_redirect_is_not_registered(uri: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        check_redirect_uri(uri)


@pytest.mark.parametrize(
    "uri",
    [
        WEB,
        "https://coach.example",
        "https://coach.example:8443/callback?tenant=1",
        "https://xn--caf-dma.example/callback",
        "https://192.0.2.1/callback",
        "https://[2001:db8::1]:8443/callback",
        "http://127.0.0.1:8001/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:8001/callback",
        "http://localhost/callback",
        "com.example.app:/callback",
        "com.example.app://callback",
    ],
)
def test_what_is_registered_may_stand_in_our_pages_policy(uri: str) -> None:
    check_redirect_uri(uri)
    assert redirect_origin(uri) in page_policy(scripts=False, form_action=[redirect_origin(uri)])


@given(
    st.text(max_size=60),
    st.sampled_from(["https://", "http://127.0.0.1", "com.example:", "https://x.example/"]),
)
def test_whatever_passes_registration_cannot_break_our_pages_policy(rest: str, start: str) -> None:
    try:
        check_redirect_uri(start + rest)
    except ValueError:
        return
    page_policy(scripts=False, form_action=[redirect_origin(start + rest)])
