"""A house for the tests: the people room and its pages, over one database, with a browser to visit them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs, urlsplit

import httpx
import orjson
from fastapi import FastAPI
from sqlalchemy import select
from sqlmodel import col
from starlette.types import ASGIApp

from consent.ledger.append import Ledger
from consent.ledger.privacy import refuse_personal
from consent.ledger.tables import LedgerEvent
from foundation.clock import FrozenClock
from foundation.database import Database
from foundation.outbound.fetching import Outbound
from foundation.settings import Settings
from foundation.statements import Statement
from foundation.web.guard import Guard
from foundation.web.kit import Frame, build_web, install, mount
from idp.admin.pages import NAVIGATION, AdminPages
from idp.admin.pages import ROOM as ADMIN_ROOM
from idp.clients.published_keys import PublishedKeys
from idp.context import Server
from idp.people.accounts import Holder
from idp.people.callers import Caller
from idp.people.hashing import Hasher
from idp.people.opening import NewAccount, create_account, draft_account
from idp.people.outbox import Letter
from idp.people.pace import Pace
from idp.people.room import Hooks, People
from idp.people.router import ERRORS, MENU, ROOM, people_router
from idp.signals.telling import Telling
from keys.making import Maker
from keys.people import PeopleKeys
from keys.ring import KeyRing
from keys.secrets import ServerSecrets
from keys.signing import Signing

SECRETS = ServerSecrets.from_root(b"the root secret of every test...")
ISSUER = "http://127.0.0.1:8000"
PASSWORD = "papier pomme cerf-volant"


class LeafRow(NamedTuple):
    leaf: str


_LEAVES = Statement(select(col(LedgerEvent.leaf)).order_by(col(LedgerEvent.id)), LeafRow)


def quick_hasher() -> Hasher:
    """The same algorithm, too cheap to protect anyone."""
    return Hasher(memory_kib=8, passes=1)


def make_server(db: Database, clock: FrozenClock, **settings: Any) -> Server:
    return Server(
        settings=Settings(**{"issuer": ISSUER, **settings}),
        clock=clock,
        db=db,
        secrets=SECRETS,
        signing=Signing(),
        ring=KeyRing(SECRETS.signing),
        maker=Maker(SECRETS.signing),
        people=PeopleKeys(SECRETS.people),
        ledger=Ledger(inspect=refuse_personal),
        sequencer=cast("Any", None),  # nothing here waits for a proof
        witnesses=cast("Any", None),
        outbound=(outbound := Outbound()),
        app_keys=PublishedKeys(outbound),
        telling=Telling(SECRETS.signals),
    )


@dataclass
class House:
    """The room over a database. Accounts are made as operators make them."""

    people: People
    clock: FrozenClock
    browsers: list["Browser"] = field(default_factory=list)
    _apps: dict[bool, ASGIApp] = field(default_factory=dict)

    @property
    def db(self) -> Database:
        return self.people.server.db

    def with_hooks(self, hooks: Hooks) -> "House":
        return House(replace(self.people, hooks=hooks), self.clock, self.browsers)

    async def account(self, email: str = "amina@example.org", **more: Any) -> Holder:
        new = NewAccount(email, more.pop("password", PASSWORD), **more)
        draft = await draft_account(self.people.hasher, new)
        async with self.db.transaction() as tx:
            return await create_account(tx, self.people.server, draft, self.clock.now())

    def caller(self, **changes: Any) -> Caller:
        """Somebody nobody knows, unless `changes` say otherwise."""
        session = self.people.sessions.anonymous(self.clock.now())
        caller = Caller(self.clock.now(), session, "0" * 32, b"\x7f\x00\x00\x01", "Firefox – Linux", "fr")
        return replace(caller, **changes)

    async def mails(self, *, of_sign_ins: bool = False) -> list[Letter]:
        """The outbox, the newest first: what tells of a new browser, or all the rest."""
        async with self.db.reading() as tx:
            letters = await self.people.outbox.recent(tx, 100)
        return [letter for letter in letters if letter.template.startswith("new-device") == of_sign_ins]

    async def events(self, name: str = "") -> list[dict[str, Any]]:
        """The leaves recorded so far, or those of one type."""
        async with self.db.reading() as tx:
            leaves = [orjson.loads(row.leaf) for row in await tx.all(_LEAVES)]
        return [leaf for leaf in leaves if name in {"", leaf["event"]}]

    def app(self, *, outbox_page: bool = True) -> ASGIApp:
        if outbox_page not in self._apps:
            self._apps[outbox_page] = self._make_app(outbox_page=outbox_page)
        return self._apps[outbox_page]

    def _make_app(self, *, outbox_page: bool) -> ASGIApp:
        server = self.people.server
        frame = Frame(header=NAVIGATION, menu=MENU)
        web = build_web(server.issuer, (ROOM, ADMIN_ROOM), frame=frame, errors=ERRORS)
        pages = FastAPI()
        install(pages)
        mount(pages, people_router(self.people, outbox_page=outbox_page))
        mount(pages, AdminPages(server, self.people.access).router())
        return Guard(pages, web)

    def browser(self, *, outbox_page: bool = True, host: str = "127.0.0.1", **headers: str) -> "Browser":
        transport = httpx.ASGITransport(self.app(outbox_page=outbox_page), client=(host, 5000))
        browser = Browser(self, transport, headers)
        self.browsers.append(browser)
        return browser

    async def signed_in(self, email: str = "amina@example.org", password: str = PASSWORD) -> "Browser":
        browser = self.browser()
        await browser.sign_in(email, password)
        return browser


class Browser:
    """Reads pages, keeps cookies, sends forms with the hidden fields of the page it read. Follows nothing.

    A millisecond passes before each request, so that what one wrote sorts before what the next writes.
    """

    def __init__(self, house: House, transport: httpx.ASGITransport, headers: dict[str, str]) -> None:
        given = {"accept": "text/html", "accept-language": "fr", **headers}
        origin = house.people.server.issuer
        self.http = httpx.AsyncClient(transport=transport, base_url=origin, headers=given)
        self.clock = house.clock
        self.token = self.link = ""
        self.same_origin = {"sec-fetch-site": "same-origin"}

    async def get(self, path: str, **headers: str) -> httpx.Response:
        self.clock.advance(1000)
        answer = await self.http.get(path, headers=headers)
        self._read(answer)
        return answer

    async def post(self, path: str, **fields: str) -> httpx.Response:
        self.clock.advance(1000)
        own = {"form_token": self.token} | ({"link": self.link} if self.link else {})
        answer = await self.http.post(path, data=own | fields, headers=self.same_origin)
        self._read(answer)
        return answer

    async def open_link(self, link: str) -> httpx.Response:
        """Open a mailed link, and go on to the same page without its token."""
        answer = await self.get(link)
        assert answer.status_code == 303
        assert answer.headers["location"] == urlsplit(link).path
        return await self.get(answer.headers["location"])

    async def sign_in(
        self, email: str = "amina@example.org", password: str = PASSWORD, **fields: str
    ) -> httpx.Response:
        await self.get("/login")
        return await self.post("/login", email=email, password=password, **fields)

    @property
    def cookie(self) -> str:
        """The session cookie's value, "" when there is none."""
        return self.http.cookies.get("accord-8000") or ""

    def plant(self, value: str) -> None:
        """Put a session cookie into the browser, in place of its own."""
        self.http.cookies.clear()
        self.http.cookies.set("accord-8000", value, domain="127.0.0.1")

    def _read(self, answer: httpx.Response) -> None:
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', answer.text)
        if found:
            self.token = found[1]
        held = re.search(r'name="link" value="([0-9a-f]+)"', answer.text)
        self.link = held[1] if held else ""


def token_in(letter: Letter) -> str:
    """The token of the link in a mail."""
    return parse_qs(urlsplit(letter.data["link"]).query)["token"][0]


def texts(answers: Iterable[httpx.Response]) -> set[str]:
    """Pages without what differs between any two: tokens, trace ids."""
    return {re.sub(r'value="[0-9a-f]{32,}"', "", answer.text) for answer in answers}


def plain(answer: httpx.Response) -> str:
    """A page with ordinary spaces where French wants no-break ones."""
    return answer.text.replace("\xa0", " ")


def no_pace() -> Pace:
    return Pace(0)
