"""A small site: the consent room's pages with a host that always knows who is there."""

import re
import tempfile
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
from fastapi import APIRouter, FastAPI, Request
from sqlalchemy import bindparam, insert, update
from sqlmodel import col
from starlette.responses import PlainTextResponse, Response

from consent.acts import Decided
from consent.coverage import Ask
from consent.events import DataRead
from consent.ledger.sequencing.sequencer import Sequencer
from consent.ledger.tables import LedgerEvent
from consent.pages.consent import ConsentPage
from consent.pages.host import Host, Member, Posted
from consent.pages.routers import (
    AUDITOR_LINKS,
    ERRORS,
    FOOTER_LINKS,
    PERSON_LINKS,
    ROOMS,
    account_router,
    audit_router,
)
from consent.profile.document import import_document
from consent.profile.personas import load_persona
from consent.profile.store import load_all, shelf_of
from consent.retention.clocks import Clocks
from consent.rome.subset import ensure_some
from consent.taking.exports import Exports
from consent.taking.means import Means
from foundation.clock import FrozenClock
from foundation.database import Database, Transaction
from foundation.errors import AccordError
from foundation.ids import new_id
from foundation.statements import Write
from foundation.web.csrf import check
from foundation.web.forms import read_form
from foundation.web.guard import Guard
from foundation.web.kit import Frame, NavItem, Web, build_web, install, mount, page_router
from foundation.web.templates import Visitor, page_of
from keys.people import PersonSecrets
from keys.tables import PersonKey
from tests.consent.ledger.support import signer_of
from tests.consent.sharing import Home, answered, asking, first_ask, home, request

ISSUER = "http://accord.test"
LOG = "accord.test/log"
FORM_SECRET = b"f" * 32
TOKEN = re.compile(r'name="form_token" value="([0-9a-f]+)"')


_HELD = Write(insert(PersonKey))
_DAMAGE = Write(
    update(LedgerEvent).where(col(LedgerEvent.id) == bindparam("event_id")).values(leaf='{"v":1}')
)


class Page(HTMLParser):
    """A page taken apart: texts, links, form fields, ids."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.texts: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self._silent = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        self._silent += tag in {"style", "script"}

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._silent:
            self.texts.append(" ".join(data.split()))

    @property
    def text(self) -> str:
        return " ".join(self.texts).replace("\u202f", " ").replace("\xa0", " ")

    def named(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        return [
            attrs
            for name, attrs in self.tags
            if name == tag and all(attrs.get(key.rstrip("_")) == value for key, value in wanted.items())
        ]


class Browser:
    """One reader's requests."""

    def __init__(self, client: httpx.AsyncClient, role: str) -> None:
        self._client = client
        self.role = role
        self.language = "fr"

    async def open(self, path: str, *, status: int = 200) -> Page:
        answer = await self._client.get(path, headers=self._headers())
        assert answer.status_code == status, answer.text
        return Page(answer.text)

    async def get(self, path: str) -> httpx.Response:
        return await self._client.get(path, headers=self._headers())

    async def post(self, path: str, **fields: Any) -> httpx.Response:
        """Send a form with a token of this session, as the browser would."""
        page = await self._client.get("/token", headers=self._headers())
        found = TOKEN.search(page.text)
        assert found
        data = {"form_token": found.group(1), **fields}
        headers = {**self._headers(), "sec-fetch-site": "same-origin"}
        return await self._client.post(path, data=data, headers=headers)

    async def submit(self, path: str, **fields: Any) -> Page:
        """Post, follow the redirect, and read the page it leads to."""
        answer = await self.post(path, **fields)
        assert answer.status_code == 303, answer.text
        return await self.open(answer.headers["location"].partition("#")[0])

    def _headers(self) -> dict[str, str]:
        return {"x-role": self.role, "accept": "text/html", "accept-language": self.language}


@dataclass
class Site:
    """Everything a test of pages touches."""

    home: Home
    host: Host
    web: Web
    app: Guard
    browser: Browser
    auditor: Browser
    member: Member
    sequencer: Sequencer
    means: Means
    question: Ask = field(default_factory=first_ask)  # what /ask shows

    async def share(self, *ticked: str, **words: Any) -> Decided:
        """She agrees to share with the coach."""
        ask = asking(await self.home.ask(request()))
        async with self.home.db.reading() as tx:
            shelf = shelf_of(await load_all(tx, self.member.owner))
        fields = {"duration": ["30d"], **words}
        decided = await self.home.accept(ask, answered(ask, *ticked, shelf=shelf, **fields))
        assert isinstance(decided, Decided)
        return decided

    async def consent_page(self, request: Request) -> ConsentPage:
        """The screen of `question`, for her."""
        request.state.visitor = Visitor(self.member.email, frozenset({"person"}), FORM_SECRET)
        async with self.home.db.reading() as tx:
            shelf = shelf_of(await load_all(tx, self.member.owner))
        return ConsentPage(request, self.question, shelf, self.member.email, "/ask", "https://coach.example")

    async def read(self, dataset: str, count: int = 3, client: str = "coach") -> None:
        """The coach, or another app, reads a dataset."""
        standing = await self.home.standing(client)
        assert standing
        act = self.home.act(notice=None)
        event = DataRead(
            client=client,
            grant=standing.grant_id,
            revision=standing.revision,
            scopes=dataset,
            dataset=dataset,
            fields="label",
            count=count,
            items=("s01",),
        )
        async with self.home.db.transaction() as tx:
            await self.host.decisions.ledger.append(
                tx, event, person=self.member.secrets, now=act.now, request_id="t" * 32
            )

    async def seal_log(self) -> None:
        """Let the sequencer place and sign what is recorded."""
        while await self.sequencer.advance(sign_now=True):
            pass

    async def damage(self, event_id: str) -> None:
        """What someone with the database's password could do to a row."""
        async with self.home.db.transaction() as tx:
            await tx.run(_DAMAGE, event_id=event_id)

    async def grant_id(self) -> str:
        standing = await self.home.standing()
        assert standing
        return standing.grant_id


async def _member(db: Database, clock: FrozenClock, keys: PersonSecrets) -> Member:
    member = Member(new_id(clock.now()), keys, "amina@example.org", verified=True)
    async with db.transaction() as tx:
        await tx.run(_HELD, person_id=member.id, wrapped=b"")
        await import_document(tx, member.owner, load_persona("amina"), clock.now())
    return member


async def _posted(request: Request, member: Member) -> Posted:
    form = await read_form(request)
    check(request, form, FORM_SECRET, ISSUER)
    return Posted(member, form)


async def _app_names(_tx: Transaction, client_ids: Collection[str]) -> dict[str, str]:
    return {name: "Cap Coaching" for name in client_ids if name == "coach"}


def _host(people: Home, members: dict[str, Member]) -> Host:
    """A host that believes the `x-role` header, and checks forms like the real one."""

    async def who(request: Request, role: str) -> Member:
        given = request.headers.get("x-role", "")
        if given not in members:
            raise AccordError("sign_in_required", "Sign in.", status=303, headers={"Location": "/login"})
        if given != role:
            raise AccordError("forbidden", "Not this role.", status=403)
        request.state.visitor = Visitor(members[given].email, frozenset({given}), FORM_SECRET)
        return members[given]

    async def person(request: Request) -> Member:
        return await who(request, "person")

    async def auditor(request: Request) -> Member:
        return await who(request, "auditor")

    async def posted_by_person(request: Request) -> Posted:
        return await _posted(request, await person(request))

    async def posted_by_auditor(request: Request) -> Posted:
        return await _posted(request, await auditor(request))

    return Host(
        people.db,
        people.clock,
        people.decisions,
        LOG,
        person,
        posted_by_person,
        auditor,
        posted_by_auditor,
        _app_names,
    )


def _means(sequencer: Sequencer, clock: FrozenClock) -> Means:
    """What auditors take away from: a folder that comes to be with the first export."""
    folder = Path(tempfile.gettempdir()) / f"accord-exports-{new_id(clock.now())}"

    async def told(_tx: Transaction, _grant_id: str) -> list[dict[str, str]]:
        return [{"event": "grant-changed", "state": "acknowledged"}]

    async def keys() -> dict[str, Any]:
        return {"issuer": ISSUER, "keys": []}

    return Means(Exports(folder, clock), ISSUER, sequencer.verifier.vkey, told, keys, Clocks(12, 5))


def _extra_pages(site: "Site") -> APIRouter:
    """What idp shows in the real server: the consent screen; and a form token."""
    router = page_router()

    @router.get("/token")
    async def token(request: Request) -> Response:
        request.state.visitor = Visitor("", frozenset(), FORM_SECRET)
        return PlainTextResponse(page_of(request).form_token)

    @router.get("/ask")
    async def ask(request: Request) -> Response:
        return (await site.consent_page(request)).response(changed="changed" in request.query_params)

    return router


@cache
def _web() -> Web:
    """Read and compiled once for all tests: nothing of a site is in it."""
    frame = Frame(
        header=(*PERSON_LINKS, *AUDITOR_LINKS),
        menu=(NavItem("Sécurité du compte", "/account/security", "person"),),
        footer=FOOTER_LINKS,
    )
    return build_web(ISSUER, ROOMS, frame=frame, errors=ERRORS, made_up_languages=True)


@asynccontextmanager
async def open_site(db: Database, clock: FrozenClock) -> AsyncIterator[Site]:
    people = home(db, clock)
    await ensure_some(db, clock)
    member = await _member(db, clock, people.person.secrets)
    people.person = replace(people.person, id=member.id)
    inspector = Member(
        new_id(clock.now()), PersonSecrets(b"1" * 32, b"2" * 32), "auditor@example.org", verified=True
    )
    host = _host(people, {"person": member, "auditor": inspector})
    web = _web()
    app = FastAPI()
    install(app)
    mount(app, account_router(host))
    sequencer = Sequencer(db, signer_of(LOG), clock)
    means = _means(sequencer, clock)
    mount(app, audit_router(host, means))
    guard = Guard(app, web)
    transport = httpx.ASGITransport(guard)
    async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
        browsers = Browser(client, "person"), Browser(client, "auditor")
        site = Site(people, host, web, guard, *browsers, member, sequencer, means)
        mount(app, _extra_pages(site))
        yield site
    means.exports.clear()
