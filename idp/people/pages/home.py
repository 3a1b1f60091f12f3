"""/: what Accord is; someone signed in goes to her own first page. /outbox: the demo's mails."""

from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from foundation.text import N_
from foundation.web.templates import render
from idp.people.by_mail import Onward
from idp.people.mails import MailWriter
from idp.people.outbox import Letter
from idp.people.pages.common import destination, notice_of, see_other
from idp.people.room import People

_NOTICES = {"signed-out": N_("Votre session est fermée.")}
_MAILS_SHOWN = 50


class Shown(NamedTuple):
    """A mail on the demo's page."""

    to: str
    locale: str
    subject: str
    before: list[str]  # paragraphs above the link
    link: str
    after: list[str]
    at: int


class HomePages:
    """The first page, and (demo, development) the outbox."""

    def __init__(self, people: People, *, outbox_page: bool) -> None:
        self._people = people
        self._outbox_page = outbox_page

    def routes(self, router: APIRouter) -> None:
        router.add_api_route("/", self.home, methods=["GET"])
        if self._outbox_page:
            router.add_api_route("/outbox", self.outbox, methods=["GET"])

    async def home(self, request: Request) -> Response:
        session = await self._people.access.load_session(request)
        if session is not None and session.signed_in:
            return see_other(destination(session.role, Onward()))
        notice = notice_of(request, _NOTICES)
        return render(request, "people/home.html", notice=notice, outbox_page=self._outbox_page)

    async def outbox(self, request: Request) -> Response:
        """Every mail, to anyone who asks: only ever where mails go nowhere else."""
        await self._people.access.load_session(request)
        async with self._people.server.db.reading() as tx:
            letters = await self._people.outbox.recent(tx, _MAILS_SHOWN)
        writer = MailWriter(request.scope["accord.web"].catalogues)
        return render(request, "people/outbox.html", mails=[_shown(writer, letter) for letter in letters])


def _shown(writer: MailWriter, letter: Letter) -> Shown:
    written = writer.write(letter.template, letter.locale, letter.data)
    link = letter.data["link"]
    above, _, below = written.text.partition(link)
    at = int(letter.id[:12], 16) * 1000
    return Shown(letter.to, letter.locale, written.subject, _paragraphs(above), link, _paragraphs(below), at)


def _paragraphs(text: str) -> list[str]:
    return [part for part in text.strip().split("\n\n") if part]
