"""Front-Channel Logout: the page between a sign-out and where it leads opens the apps that ask for it."""

import re
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from pydantic import ValidationError

from idp.clients.metadata import ClientMetadata
from tests.idp.logout.app import OUT, agree, end_session, id_token, is_signed_in, leaving_app
from tests.idp.support import ISSUER, REDIRECT, World
from tests.idp.tokens import claims_of
from tests.idp.visitor import Visitor, read
from tests.support.html import html_problems

FRAME = "https://coach.example/frame?tenant=7"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough: which apps are told is tried on both beside this."""
    return sqlite_url


@pytest.fixture
async def leaver(house: World) -> World:
    return await leaving_app(house, frontchannel_logout_uri=FRAME)


def frames_in(page: httpx.Response) -> list[str]:
    found = re.findall(r'<iframe src="([^"]+)"[^>]* sandbox="allow-scripts allow-same-origin"', page.text)
    assert len(found) == page.text.count("<iframe")
    return [address.replace("&amp;", "&") for address in found]


async def test_the_app_is_framed_with_who_says_so_and_which_session(leaver: World, visitor: Visitor) -> None:
    hint = await id_token(leaver, visitor)
    page = await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=OUT, state="s-1"))
    assert page.status_code == 200
    [address] = frames_in(page)
    assert address.startswith("https://coach.example/frame?")
    assert parse_qs(urlsplit(address).query) == {
        "tenant": ["7"],
        "iss": [ISSUER],
        "sid": [claims_of(hint)["sid"]],
    }
    policy = page.headers["content-security-policy"]
    assert "frame-src https://coach.example;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["refresh"] == f"3; url={OUT}&state=s-1"  # without scripts
    assert f'id="onward" href="{OUT}&amp;state=s-1"' in page.text
    assert "Retourner sur Cap Coaching" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert html_problems(page.text) == []
    assert "amina" not in page.text  # nobody is signed in any more
    assert not await is_signed_in(visitor)
    # Again: nothing is left to open.
    again = await visitor.get(end_session(id_token_hint=hint, post_logout_redirect_uri=OUT))
    assert (again.status_code, again.headers["location"]) == (303, OUT)


async def test_every_app_of_the_session_and_no_other(house: World, leaver: World, visitor: Visitor) -> None:
    second = await leaving_app(
        house,
        "second",
        redirect_uris=(REDIRECT, "https://two.example:8443/callback"),
        frontchannel_logout_uri="https://two.example:8443/frame",
    )
    third = await leaving_app(house, "third")  # asked for no frame
    await leaving_app(house, "fourth", frontchannel_logout_uri=FRAME)  # signed nobody in
    for app in (leaver, second, third):
        await id_token(app, visitor)
    page = await agree(visitor, await visitor.get(end_session(client_id="third")))
    assert page.status_code == 200
    assert {urlsplit(address).netloc for address in frames_in(page)} == {
        "coach.example",
        "two.example:8443",
    }
    policy = page.headers["content-security-policy"]
    assert "frame-src https://coach.example https://two.example:8443;" in policy
    assert page.headers["refresh"] == "3; url=/signed-out?client_id=third"


@pytest.mark.parametrize("where", ["/logout", "/account/security/sign-out-everywhere"])
async def test_so_does_her_own_button(leaver: World, visitor: Visitor, where: str) -> None:
    await id_token(leaver, visitor)
    form = read(await visitor.get("/logout"))
    page = await visitor.post(where, form.hidden)
    assert len(frames_in(page)) == 1
    assert page.headers["refresh"] == "3; url=/?notice=signed-out"
    assert "accord" in page.headers["set-cookie"]
    assert not await is_signed_in(visitor)


async def test_no_other_page_frames_anything(leaver: World, visitor: Visitor) -> None:
    await id_token(leaver, visitor)
    for path in ("/account/security", "/end-session?client_id=leaver"):
        assert "frame-src" not in (await visitor.get(path)).headers["content-security-policy"]


# --- what may be registered ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("member", "uri"),
    [
        ("frontchannel_logout_uri", "https://elsewhere.example/frame"),
        ("frontchannel_logout_uri", "https://coach.example:8443/frame"),
        ("frontchannel_logout_uri", "http://coach.example/frame"),
        ("frontchannel_logout_uri", "https://coach.example/frame#x"),
        ("frontchannel_logout_uri", "https://user@coach.example/frame"),
        ("frontchannel_logout_uri", "javascript:alert(1)"),
        ("frontchannel_logout_uri", "https://coach.example;x/frame"),
        ("backchannel_logout_uri", "https://coach.example/out#x"),
        ("backchannel_logout_uri", "javascript:alert(1)"),
        ("backchannel_logout_uri", "file:///etc/passwd"),
        ("backchannel_logout_uri", "https://user@coach.example/out"),
        ("backchannel_logout_uri", "/out"),
    ],
)
def test_what_no_app_may_register(member: str, uri: str) -> None:
    with pytest.raises(ValidationError):
        ClientMetadata(name="Coach", redirect_uris=(REDIRECT,), **{member: uri})


def test_the_standard_port_may_be_written_or_not() -> None:
    uri = "https://coach.example:443/frame"
    metadata = ClientMetadata(name="Coach", redirect_uris=(REDIRECT,), frontchannel_logout_uri=uri)
    assert metadata.frontchannel_logout_uri == uri
