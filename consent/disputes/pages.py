"""/account/history/disputes: what a person does about an access that she does not recognise."""

from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from consent.disputes.disputing import Desk, Disputing, find_doubted
from consent.disputes.life import LONGEST, checked_action, checked_words
from consent.disputes.rows import FIND_HERS, LEAF, PAGE, PAGE_OF_HERS, DisputeRow
from consent.disputes.views import show, told
from consent.ledger.leaf import LeafError, parse_leaf
from consent.mirror.names import names_of
from consent.pages.host import Host, Member
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.text import N_
from foundation.web.forms import parse_query
from foundation.web.kit import NavItem, Room
from foundation.web.templates import render, translator_for

ROOM = Room("disputes", Path(__file__).parent)
DISPUTES = "/account/history/disputes"
QUEUE = "/admin/disputes"  # the desk, which idp mounts
DESK_LINKS = (NavItem(N_("Signalements"), QUEUE, "administrator"),)
_AFTER_EVERY_ID = "g"  # ids are hexadecimal


class DisputePages:
    """Her disputes."""

    def __init__(self, host: Host) -> None:
        self._host = host
        self._disputing = Disputing(host.decisions)

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(DISPUTES, self.list, methods=["GET"])
        router.add_api_route(DISPUTES + "/new", self.ask, methods=["GET"])
        router.add_api_route(DISPUTES + "/new", self.open, methods=["POST"])
        router.add_api_route(DISPUTES + "/{dispute_id}", self.show, methods=["GET"])
        router.add_api_route(DISPUTES + "/{dispute_id}/close", self.close, methods=["POST"])

    async def list(self, request: Request) -> Response:
        """All of them, the newest first."""
        member, t = await self._host.person(request), translator_for(request)
        before = parse_query(request).single("before")
        async with self._host.db.reading() as tx:
            values = {"person_id": member.id, "before": before or _AFTER_EVERY_ID, "most": PAGE + 1}
            rows = await tx.all(PAGE_OF_HERS, **values)
            names = await names_of(tx, member.id, [row.grant_id for row in rows])
        return render(
            request,
            "disputes/list.html",
            disputes=[show(row, names.get(row.grant_id, ""), t) for row in rows[:PAGE]],
            older=f"{DISPUTES}?before={rows[PAGE - 1].id}" if len(rows) > PAGE else "",
            now=self._host.clock.now(),
        )

    async def ask(self, request: Request) -> Response:
        """The form, about one event of her history."""
        member, t = await self._host.person(request), translator_for(request)
        now = self._host.clock.now()
        async with self._host.db.reading() as tx:
            doubted = await find_doubted(tx, member.id, parse_query(request).single("event"))
            names = await names_of(tx, member.id, [doubted.grant.id])
        text, detail = told(doubted.leaf, t)
        return render(
            request,
            "disputes/new.html",
            event_id=doubted.leaf.id,
            at=doubted.leaf.time,
            app=names[doubted.grant.id],
            text=text,
            detail=detail,
            living=doubted.grant.lives(now),
            paused=doubted.grant.paused_at is not None,
            longest=LONGEST,
            now=now,
        )

    async def open(self, request: Request) -> Response:
        """Open a dispute about the event; and stop the access, if she says so."""
        posted = await self._host.posted_by_person(request)
        form = posted.form
        action, note = checked_action(form.single("action")), checked_words(form.single("note"))
        async with self._host.db.transaction() as tx:
            doubted = await find_doubted(tx, posted.member.id, form.single("event"))
            act = self._host.act(request, posted.member, doubted.grant.subject)
            dispute_id = await self._disputing.open(tx, doubted, action, note, act)
        return RedirectResponse(f"{DISPUTES}/{dispute_id}", 303)

    async def show(self, request: Request, dispute_id: str) -> Response:
        """One: its code, where it stands, what was answered."""
        member, t = await self._host.person(request), translator_for(request)
        async with self._host.db.reading() as tx:
            row = await self._found(tx, member, dispute_id)
            names = await names_of(tx, member.id, [row.grant_id])
            leaf = await tx.first(LEAF, event_id=row.event_id)
        try:
            text, detail = told(parse_leaf("" if leaf is None else leaf.leaf), t)
        except LeafError:
            text, detail = "", ""  # damaged since: left to the auditors
        return render(
            request,
            "disputes/dispute.html",
            dispute=show(row, names.get(row.grant_id, ""), t, member.secrets),
            text=text,
            detail=detail,
            now=self._host.clock.now(),
        )

    async def close(self, request: Request, dispute_id: str) -> Response:
        """She says that it is settled."""
        posted = await self._host.posted_by_person(request)
        trace = request.scope["state"]["trace_id"]
        desk = Desk(posted.member.secrets, self._host.clock.now(), trace)
        async with self._host.db.transaction() as tx:
            row = await self._found(tx, posted.member, dispute_id)
            await self._disputing.close(tx, row, "person", desk)
        return RedirectResponse(f"{DISPUTES}/{row.id}", 303)

    async def _found(self, tx: Transaction, member: Member, dispute_id: str) -> DisputeRow:
        row = None
        if is_id(dispute_id):
            row = await tx.first(FIND_HERS, dispute_id=dispute_id, person_id=member.id)
        if row is None:
            raise AccordError("not_found", "There is no such report on this account.", status=404)
        return row
