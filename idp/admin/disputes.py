"""/admin/disputes: the queue of accesses that people do not recognise, and the desk where one is answered.

An administrator sees an app, an event and what was written to her; not who wrote it. Opening one is recorded.
"""

from typing import NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.disputes.disputing import Desk, Disputing
from consent.disputes.life import LONGEST, OUTCOMES, STATES, checked_outcome, checked_words
from consent.disputes.pages import DESK_LINKS, QUEUE
from consent.disputes.rows import FIND, LEAF, PAGE, PAGE_OF_STATE, DisputeRow
from consent.disputes.views import STATES as STATE_WORDS
from consent.disputes.views import show, told
from consent.ledger.leaf import LeafError, parse_leaf
from consent.mirror.names import names_of
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.kit import page_router
from foundation.web.templates import render, translator_for
from idp.admin.pages import NAVIGATION as PAGES
from idp.context import Server
from idp.people.access import Access

NAVIGATION = (*PAGES, *DESK_LINKS)


class _Open(NamedTuple):
    """A dispute at the desk; no desk where its person erased her account."""

    row: DisputeRow
    app: str
    leaf: str
    desk: Desk | None


class DisputeDesk:
    """The administrator's pages about disputes."""

    def __init__(self, server: Server, access: Access) -> None:
        self._server = server
        self._access = access
        self._administrator = access.require_role("administrator")
        self._disputing = Disputing(server.decisions)

    def router(self) -> APIRouter:
        """Its routes."""
        router = page_router()
        router.add_api_route(QUEUE, self.queue, methods=["GET"])
        router.add_api_route(QUEUE + "/{dispute_id}", self.show, methods=["GET"])
        router.add_api_route(QUEUE + "/{dispute_id}/answer", self.answer, methods=["POST"])
        router.add_api_route(QUEUE + "/{dispute_id}/close", self.close, methods=["POST"])
        return router

    async def queue(self, request: Request) -> Response:
        """Those of one state, who waits longest first. `after`: the last id of the page before."""
        await self._administrator(request)
        query, t = parse_query(request), translator_for(request)
        asked, after = query.single("state"), query.single("after")
        state = asked if asked in STATES else STATES[0]
        async with self._server.db.reading() as tx:
            rows = await tx.all(
                PAGE_OF_STATE, of_state=state, after=after if is_id(after) else "", most=PAGE + 1
            )
            shown = [show(row, await _app(tx, row), t) for row in rows[:PAGE]]
        return render(
            request,
            "disputes/queue.html",
            disputes=shown,
            state=state,
            states=[(name, t.gettext(STATE_WORDS[name][0])) for name in STATES],
            older=f"{QUEUE}?state={state}&after={rows[PAGE - 1].id}" if len(rows) > PAGE else "",
            now=self._server.clock.now(),
        )

    async def show(self, request: Request, dispute_id: str) -> Response:
        """One dispute, with what its person wrote; that it was opened is recorded."""
        await self._administrator(request)
        t = translator_for(request)
        async with self._server.db.transaction() as tx:
            found = await self._find(tx, request, dispute_id)
            if found.desk is not None:
                await self._disputing.read(tx, found.row, found.desk)
        text, detail = _told(found.leaf, t)
        return render(
            request,
            "disputes/desk.html",
            dispute=show(found.row, found.app, t, None if found.desk is None else found.desk.person),
            client_id=found.row.client_id,
            event_id=found.row.event_id,
            text=text,
            detail=detail,
            gone=found.desk is None,
            outcomes=[(name, t.gettext(label)) for name, label in OUTCOMES.items()],
            longest=LONGEST,
            now=self._server.clock.now(),
        )

    async def answer(self, request: Request, dispute_id: str) -> Response:
        """Answer with what was found, and words."""
        await self._administrator(request)
        _, form = await self._access.posted(request)
        outcome, words = checked_outcome(form.single("outcome")), checked_words(form.single("answer"))
        async with self._server.db.transaction() as tx:
            found = await self._find(tx, request, dispute_id)
            if found.desk is not None:
                await self._disputing.answer(tx, found.row, outcome, words, found.desk)
        return RedirectResponse(f"{QUEUE}/{found.row.id}", 303)

    async def close(self, request: Request, dispute_id: str) -> Response:
        """Nothing more is expected."""
        await self._administrator(request)
        await self._access.posted(request)
        async with self._server.db.transaction() as tx:
            found = await self._find(tx, request, dispute_id)
            if found.desk is not None:
                await self._disputing.close(tx, found.row, "administrator", found.desk)
        return RedirectResponse(f"{QUEUE}/{found.row.id}", 303)

    async def _find(self, tx: Transaction, request: Request, dispute_id: str) -> _Open:
        row = await tx.first(FIND, dispute_id=dispute_id) if is_id(dispute_id) else None
        if row is None:
            raise AccordError("not_found", "There is no such report.", status=404)
        leaf = await tx.first(LEAF, event_id=row.event_id)
        person = await self._server.people.find(tx, row.person_id)
        desk = None
        if person is not None:
            desk = Desk(person, self._server.clock.now(), request.scope["state"]["trace_id"])
        return _Open(row, await _app(tx, row), "" if leaf is None else leaf.leaf, desk)


async def _app(tx: Transaction, row: DisputeRow) -> str:
    return (await names_of(tx, row.person_id, [row.grant_id])).get(row.grant_id, "")


def _told(leaf: str, t: Translator) -> tuple[str, str]:
    try:
        return told(parse_leaf(leaf), t)
    except LeafError:
        return "", ""  # damaged since: left to the auditors
