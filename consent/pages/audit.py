"""/audit: search in the ledger, one event with its proof, the dossier of a grant.

Each look is itself an event, committed before anything is shown.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from consent.ledger.public import proof_answer
from consent.ledger.searching.search import Row, dossier, search
from consent.ledger.store import read_head
from consent.ledger.witnessing.witnessed import read_watched
from consent.looking.views import LONGEST_NAME, views_of
from consent.pages.console import (
    FILTERS,
    AuditLine,
    audit_lines,
    event_choices,
    fact,
    purpose_choices,
    read_query,
    scope_choices,
    short_root,
    wrong_words,
)
from consent.pages.host import Host
from consent.pages.looks import Look, record_look
from consent.pages.stored import read_event, why_not
from consent.records.dossier import notices_of_grant
from consent.retention.report import any_retired
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.templates import render, translator_for

AUDIT = "/audit"
_PAGE = 50


def _nothing() -> AccordError:
    return AccordError("not_found", "The ledger holds nothing under this id.", status=404)


class AuditPages:
    """The console."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(AUDIT, self.journal, methods=["GET"])
        router.add_api_route(AUDIT + "/events/{event_id}", self.event, methods=["GET"])
        router.add_api_route(AUDIT + "/events/{event_id}/proof", self.proof, methods=["GET"])
        router.add_api_route(AUDIT + "/grants/{grant_id}", self.grant, methods=["GET"])

    async def journal(self, request: Request) -> Response:
        """Events by filter, newest first."""
        member = await self._host.auditor(request)
        form, t = parse_query(request), translator_for(request)
        query, cursor = read_query(form, t.dates.zone), form.single("after")
        await record_look(self._host, request, member, Look("search", query.values, not cursor))
        origin = self._host.log_origin
        async with self._host.db.reading() as tx:
            page = await search(tx, origin, query.filters, cursor=cursor or None, limit=_PAGE)
            head = await read_head(tx, origin)
            lines = await self._lines(tx, request, page.rows)
            views = await views_of(tx, member)
            watched = await read_watched(tx, origin)
            retired = not page.cursor and await any_retired(tx, query.filters)
        return render(
            request,
            "consent/audit.html",
            views=views,
            witnesses=watched.seen_by(self._host.clock.now()),
            longest_name=LONGEST_NAME,
            status=422 if query.wrong else 200,
            lines=lines,
            query=query,
            errors=wrong_words(query, t),
            filters=FILTERS,
            events=event_choices(t),
            scopes=scope_choices(t),
            purposes=purpose_choices(t),
            looked_to=page.looked_to,
            older=_address({**query.values, "after": page.cursor}) if page.cursor else "",
            newest=_address(query.values) if cursor else "",
            export=_address(query.values, "/export"),
            retired=retired,
            head=head,
            root=short_root(head.root) if head else "",
            now=self._host.clock.now(),
        )

    async def event(self, request: Request, event_id: str) -> Response:
        """One event: its leaf word for word, and what proves it."""
        member = await self._host.auditor(request)
        if not is_id(event_id):
            raise _nothing()
        await record_look(self._host, request, member, Look("search", {"event_id": event_id}))
        async with self._host.db.reading() as tx:
            head = await read_head(tx, self._host.log_origin)
            found = await read_event(tx, head, event_id)
            if found is None:
                raise await why_not(tx, event_id, _nothing())
            (line,) = await self._lines(tx, request, [found.row])
            proof = await proof_answer(tx, self._host.log_origin, event_id)
        leaf, t = found.row.leaf, translator_for(request)
        said = leaf.facts if leaf else {}
        return render(
            request,
            "consent/event.html",
            line=line,
            leaf=leaf,
            facts=[(name, fact(name, value, t)) for name, value in sorted(said.items())],
            text=found.text,
            proof=proof.body,
        )

    async def proof(self, request: Request, event_id: str) -> Response:
        """The leaf and its proof as one file: enough to check offline with our public key."""
        member = await self._host.auditor(request)
        if not is_id(event_id):
            raise _nothing()
        await record_look(self._host, request, member, Look("search", {"event_id": event_id}))
        async with self._host.db.reading() as tx:
            answer = await proof_answer(tx, self._host.log_origin, event_id)
            found = await read_event(tx, None, event_id)
        body = {"leaf": found.text if found else "", **answer.body}
        return Response(
            orjson.dumps(body, option=orjson.OPT_INDENT_2),
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="accord-proof-{event_id}.json"'},
        )

    async def grant(self, request: Request, grant_id: str) -> Response:
        """The dossier of a grant, oldest first: given, read, withdrawn."""
        member = await self._host.auditor(request)
        cursor = parse_query(request).single("after")
        if not is_id(grant_id):
            raise _nothing()
        await record_look(self._host, request, member, Look("dossier", {"grant": grant_id}, not cursor))
        async with self._host.db.reading() as tx:
            page = await dossier(tx, self._host.log_origin, grant_id, cursor=cursor or None, limit=_PAGE)
            lines = await self._lines(tx, request, page.rows)
            notices = [] if cursor else await notices_of_grant(tx, grant_id)
        if not lines:
            raise _nothing()
        return render(
            request,
            "consent/dossier.html",
            lines=lines,
            grant=grant_id,
            notices=notices,
            next=f"{AUDIT}/grants/{grant_id}?after={page.cursor}" if page.cursor else "",
            first=not cursor,
        )

    async def _lines(self, tx: Transaction, request: Request, rows: Sequence[Row]) -> list[AuditLine]:
        clients = {row.leaf.client for row in rows if row.leaf is not None and row.leaf.client}
        names = await self._host.app_names(tx, sorted(clients))
        return audit_lines(rows, names, translator_for(request))


def _address(values: Mapping[str, str], below: str = "") -> str:
    return f"{AUDIT}{below}?{urlencode(values)}"
