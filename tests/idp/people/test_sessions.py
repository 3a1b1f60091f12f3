"""Sessions and cookies below the pages."""

import asyncio
from typing import NamedTuple

import pytest
from sqlalchemy import select
from sqlmodel import col

from foundation.clock import MINUTE, SECOND, FrozenClock
from foundation.database import Database
from foundation.errors import StorageUnavailableError
from foundation.settings import Settings
from foundation.statements import Statement
from idp.people.agents import describe_agent
from idp.people.cookies import Cookies, Credential, parse_credential
from idp.people.pace import Pace
from idp.people.room import People
from idp.people.session import Session
from idp.people.tables import Session as SessionRow
from tests.idp.people.house import House, make_server, no_pace, quick_hasher


class Seen(NamedTuple):
    last_seen_at: int
    secret_hash: bytes


ROWS = Statement(select(col(SessionRow.last_seen_at), col(SessionRow.secret_hash)), Seen)


async def rows(house: House) -> list[Seen]:
    async with house.db.reading() as tx:
        return await tx.all(ROWS)


@pytest.mark.parametrize(
    ("issuer", "name"),
    [
        ("https://accord.example", "__Host-accord"),
        ("https://accord.example:8443/sub", "__Host-accord"),
        ("http://127.0.0.1:8000", "accord-8000"),
        ("http://[::1]:9000", "accord-9000"),
        ("http://localhost", "accord-80"),
    ],
)
def test_the_cookies_name(issuer: str, name: str):
    assert Cookies(Settings(issuer=issuer), b"k" * 32).name == name


async def test_cookies_behind_https(db: Database, clock: FrozenClock):
    server = make_server(db, clock, issuer="https://accord.example")
    people = People.open(server, hasher=quick_hasher(), pace=no_pace())
    house = House(people, clock)
    await house.account()
    browser = house.browser()
    browser.same_origin = {"origin": "https://accord.example"}
    page = await browser.get("/login")
    anonymous = page.headers["set-cookie"]
    answer = await browser.sign_in()
    await browser.get("/account/security")
    out = await browser.post("/logout")
    for header in (anonymous, answer.headers["set-cookie"], out.headers["set-cookie"]):
        assert header.startswith("__Host-accord=")
        for flag in ("; Secure", "; HttpOnly", "; SameSite=lax", "; Path=/"):
            assert flag in header
        assert "Domain" not in header
    assert "Max-Age=0" in out.headers["set-cookie"]
    assert "max-age" in page.headers["strict-transport-security"]
    await browser.http.aclose()
    people.close()


@pytest.mark.parametrize(
    "text",
    [
        "",
        ".",
        "0" * 32,
        "0" * 32 + ".",
        "0" * 32 + "." + "A" * 42,
        "0" * 32 + "." + "A" * 44,
        "g" * 32 + "." + "A" * 43,
        "0" * 32 + "." + "A" * 42 + "é",
        "0" * 32 + "." + "A" * 43 + "\n",
        "٠" * 32 + "." + "A" * 43,
        "A" * 1_000_000,
    ],
)
def test_what_is_no_cookie_of_ours(text: str):
    assert parse_credential(text) is None


async def test_a_strangers_browser_costs_no_row_and_proves_itself(house: House):
    browser = house.browser()
    await browser.get("/login")
    assert await rows(house) == []
    session_id, secret = browser.cookie.split(".")
    cookies = house.people.sessions.cookies
    assert cookies.is_anonymous(Credential(session_id, secret))
    assert not cookies.is_anonymous(Credential("0" * 32, secret))
    assert not cookies.is_anonymous(Credential(session_id, "A" * 43))


async def test_a_strangers_browser_gets_old_too(house: House):
    browser = house.browser()
    await browser.get("/login")
    before = browser.cookie
    house.clock.advance(house.people.server.settings.session_seconds * SECOND)
    await browser.get("/login")
    assert browser.cookie != before


async def test_a_cookie_with_another_secret_is_nobody(house: House):
    await house.account()
    browser = await house.signed_in()
    session_id = browser.cookie.split(".")[0]
    browser.plant(f"{session_id}.{'A' * 43}")
    assert (await browser.get("/account/security")).status_code == 303
    browser.plant("rubbish")
    assert (await browser.get("/account/security")).status_code == 303


async def test_the_secret_is_not_stored_and_a_sign_of_life_once_a_minute_at_most(house: House):
    await house.account()
    browser = await house.signed_in()
    [first] = await rows(house)
    assert browser.cookie.split(".")[1].encode() not in first.secret_hash
    house.clock.advance(59 * SECOND)
    await browser.get("/account/security")
    assert [row.last_seen_at for row in await rows(house)] == [first.last_seen_at]
    house.clock.advance(SECOND)
    await browser.get("/account/security")
    assert [row.last_seen_at for row in await rows(house)] == [house.clock.now()]


async def test_a_sign_of_life_that_cannot_be_kept_stops_nobody(house: House, monkeypatch: pytest.MonkeyPatch):
    await house.account()
    browser = await house.signed_in()
    house.clock.advance(MINUTE)

    async def full(*_: object) -> None:
        raise StorageUnavailableError("disk full")

    monkeypatch.setattr(house.people.sessions, "seen", full)
    assert (await browser.get("/account/security")).status_code == 200


async def test_a_role_opens_its_own_pages(house: House):
    for role in ("person", "administrator"):
        await house.account(f"{role}@example.org", role=role)
    person, admin = (
        await house.signed_in("person@example.org"),
        await house.signed_in("administrator@example.org"),
    )
    assert (await person.get("/admin")).status_code == 403
    assert (await admin.get("/admin")).status_code == 200
    assert (await house.browser().get("/admin")).headers["location"] == "/login?next=/admin"


def test_nothing_of_a_session_shows_in_a_repr():
    session = Session("0" * 32, "the secret", "1" * 32, email="amina@example.org")
    assert "secret" not in repr(session).replace("secret=", "")
    assert "amina" not in repr(session)


@pytest.mark.parametrize(
    ("header", "described"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox – Linux"),
        (
            "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121 Safari/537",
            "Samsung Internet – Android",
        ),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130.0 Safari/537.36 Edg/130.0",
            "Edge – Windows",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
            "Safari – iPhone",
        ),
        ("curl/8.5.0", ""),
        ("", ""),
        ("x" * 100_000 + "Firefox/1", ""),
    ],
)
def test_a_browser_is_named_coarsely(header: str, described: str):
    assert describe_agent(header) == described


@pytest.mark.parametrize(("work", "told_after"), [(0.004, 0.02), (0.051, 0.06), (0.0, 0.0)])
async def test_answers_that_could_tell_leave_on_a_beat(monkeypatch, work: float, told_after: float):
    """Seconds of a clock of the test's own: how busy the machine is changes nothing."""
    now = 1000.0

    async def sleep(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr(asyncio, "sleep", sleep)
    monkeypatch.setattr(Pace, "start", lambda _pace: now)
    pace = Pace(0.02)
    started = pace.start()
    now += work
    await pace.hold(started)
    assert now - started == pytest.approx(told_after)
