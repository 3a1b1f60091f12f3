"""/admin/register and /admin/breach: what the administrator owes the authority, made on the spot."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from consent.catalogue import CATALOGUE
from consent.mirror.words import dataset_label, field_label
from consent.profile.fields import DATASETS
from foundation.clock import DAY, MINUTE
from foundation.errors import AccordError
from foundation.text import N_
from foundation.web.errors import ErrorWords
from foundation.web.forms import Form
from foundation.web.i18n import Translator
from foundation.web.kit import NavItem, Room, page_router
from foundation.web.templates import render, translator_for
from idp.context import Server
from idp.duties.asking import LONGEST_REASON, Administrator, ask, begin_list, every_client, list_people
from idp.duties.breach import Part, Place, Question, Tally, moment_in
from idp.duties.events import RegisterExported
from idp.duties.people import HEADING, as_lines
from idp.duties.register import Reader, register
from idp.duties.register import as_csv as register_csv
from idp.people.access import Access
from idp.people.session import Session

ROOM = Room("duties", Path(__file__).parent)
REGISTER, BREACH = "/admin/register", "/admin/breach"
NAVIGATION = (
    NavItem(N_("Registre"), REGISTER, "administrator"),
    NavItem(N_("Violations"), BREACH, "administrator"),
)
ERRORS = (
    ErrorWords(
        "reason_missing",
        N_("Dites pourquoi vous posez cette question"),
        N_("Une phrase ou deux : elles sont inscrites au journal avec votre demande."),
    ),
    ErrorWords(
        "bad_interval",
        N_("Cette période ne convient pas"),
        N_("Elle finit avant de commencer. Vérifiez les deux dates."),
    ),
    ErrorWords(
        "bad_place",
        N_("Cette suite n’existe pas"),
        N_("Posez la question à nouveau depuis la page."),
    ),
)
_SAID = {
    "client": N_("Choisissez une application."),
    "since": N_("Donnez le début, comme 2026-03-31T14:00."),
    "until": N_("Donnez la fin, après le début."),
    "reason": N_("Dites pourquoi : une phrase ou deux."),
}
_CSV = "text/csv; charset=utf-8"
MOST_AT_ONCE = 5_000  # reads that a page counts: under a second, then it says where it stopped
_MANY = 10**15


class Counted(NamedTuple):
    """What a page says: this part of the answer, and the sums with the parts before it, as they said."""

    tally: Tally
    people: int
    erased: int
    reads: int
    later: bool

    @classmethod
    def of(cls, tally: Tally, before: Form | None) -> "Counted":
        """before: the form that asked for more, with the sums so far; what is no number counts as none."""
        told = [_number(before.single(name)) if before else 0 for name in ("people", "erased", "reads")]
        return cls(
            tally, told[0] + tally.people, told[1] + tally.erased, told[2] + tally.reads, before is not None
        )


class DutyPages:
    """The administrator's."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._administrator = access.require_role("administrator")

    def router(self) -> APIRouter:
        """Their routes."""
        router = page_router()
        router.add_api_route(REGISTER, self.register, methods=["GET"])
        router.add_api_route(REGISTER, self.take_register, methods=["POST"])
        router.add_api_route(BREACH, self.form, methods=["GET"])
        router.add_api_route(BREACH, self.answer, methods=["POST"])
        return router

    async def register(self, request: Request) -> Response:
        """The register, to read."""
        await self._administrator(request)
        return render(request, "duties/register.html", register=await self._register(request))

    async def take_register(self, request: Request) -> Response:
        """The register, to keep: as JSON or as CSV."""
        await self._administrator(request)
        session, form = await self._access.posted(request)
        document = await self._register(request)
        as_csv = form.single("format") == "csv"
        event = RegisterExported(format="csv" if as_csv else "json", activities=len(document["activities"]))
        trace, now = request.scope["state"]["trace_id"], self._server.clock.now()
        async with self._server.db.transaction() as tx:
            await self._server.ledger.append(tx, event, person=session.person, now=now, request_id=trace)
        if as_csv:
            return _file(register_csv(document), _CSV, "accord-register.csv")
        body = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        return _file(body, "application/json", "accord-register.json")

    async def form(self, request: Request) -> Response:
        """The question, empty: the last thirty days."""
        await self._administrator(request)
        now, t = self._server.clock.now(), translator_for(request)
        given = {"since": _typed(now - 30 * DAY, t), "until": _typed(now + MINUTE, t)}
        return await self._page(request, given, {})

    async def answer(self, request: Request) -> Response:
        """How many and what; with `list`, their names too, in a file."""
        await self._administrator(request)
        session, form = await self._access.posted(request)
        t = translator_for(request)
        given = {
            name: form.single(name) for name in ("client", "dataset", "field", "since", "until", "reason")
        }
        question = _question(given, t)
        known = {client.id for client in await every_client(self._server)}
        errors = _errors(given, question, known, t)
        if errors or question is None:
            return await self._page(request, given, errors)
        who = _who(request, session, form)
        if form.single("list"):
            asked = await begin_list(self._server, question, who)
            lines = _lines(list_people(self._server, question, asked))
            return StreamingResponse(lines, media_type=_CSV, headers=_saved_as("accord-breach.csv"))
        after = Place.read(form.single("after"))
        tally = await ask(self._server, question, who, Part(after, MOST_AT_ONCE))
        return await self._page(request, given, {}, Counted.of(tally, form if after else None))

    async def _register(self, request: Request) -> dict[str, Any]:
        t = translator_for(request)
        clients = await every_client(self._server)
        return register(self._server.settings, clients, self._server.clock.now(), Reader(t.gettext, t.tag))

    async def _page(
        self, request: Request, given: dict[str, str], errors: dict[str, str], answer: Counted | None = None
    ) -> Response:
        t = translator_for(request)
        clients = [(client.id, client.metadata.name) for client in await every_client(self._server)]
        return render(
            request,
            "duties/breach.html",
            status=400 if errors else 200,
            given={"client": "", "dataset": "", "field": "", "reason": ""} | given,
            errors=errors,
            clients=[("", t.gettext(N_("Choisir…"))), *clients],
            datasets=[("", t.gettext(N_("Toutes les données"))), *_datasets(t)],
            answer=answer,
            fields=_fields(answer.tally, t) if answer else [],
            longest=LONGEST_REASON,
            place=t.dates.place(),
        )


def _number(text: str) -> int:
    return min(int(text), _MANY) if text.isascii() and text.isdecimal() and len(text) < len(str(_MANY)) else 0


def _who(request: Request, session: Session, form: Form) -> Administrator:
    if session.person is None:
        raise AccordError("forbidden", "Nobody is signed in.", status=403)
    return Administrator(session.person, form.single("reason"), request.scope["state"]["trace_id"])


def _question(given: dict[str, str], t: Translator) -> Question | None:
    since, until = _moment(given["since"], t), _moment(given["until"], t)
    if since is None or until is None or since >= until:
        return None
    dataset = given["dataset"] if given["dataset"] in DATASETS else ""
    return Question(given["client"], since, until, dataset, given["field"].strip()[:100])


def _errors(
    given: dict[str, str], question: Question | None, known: set[str], t: Translator
) -> dict[str, str]:
    wrong = [] if given["client"] in known else ["client"]
    if question is None:
        wrong.append("until" if _moment(given["since"], t) is not None else "since")
    if not given["reason"].strip() or len(given["reason"]) > LONGEST_REASON:
        wrong.append("reason")
    return {name: t.gettext(_SAID[name]) for name in wrong}


def _moment(text: str, t: Translator) -> int | None:
    """Microseconds of what a date-and-time field sends, in the reader's zone; None for anything else."""
    return moment_in(text, t.dates.zone)


def _typed(moment: int, t: Translator) -> str:
    return t.dates.local(moment).strftime("%Y-%m-%dT%H:%M")


def _datasets(t: Translator) -> list[tuple[str, str]]:
    return [
        (scope.dataset.name, t.gettext(scope.label))
        for scope in CATALOGUE.values()
        if scope.dataset is not None
    ]


def _fields(tally: Tally, t: Translator) -> list[tuple[str, int]]:
    """(what, how many people), in the words that people read in their history, the most first."""
    parts = [(name.partition("."), count) for name, count in tally.by_field().items()]
    return [
        (f"{dataset_label(dataset, t)} – {field_label(dataset, field, t)}", count)
        for (dataset, _, field), count in parts
    ]


async def _lines(people: AsyncIterator[list[dict[str, Any]]]) -> AsyncIterator[bytes]:
    yield HEADING
    async for some in people:
        if some:
            yield as_lines(some)


def _file(body: bytes, media: str, name: str) -> Response:
    return Response(body, media_type=media, headers=_saved_as(name))


def _saved_as(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}
