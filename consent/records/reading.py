"""Receipts for their holder: in words, as the signed document that stands without us; and what she read."""

from typing import Any

import orjson
from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.grants import find_grant, list_revisions
from consent.ledger.public import proof_answer
from consent.pages.abroad import transfers_words
from consent.pages.apps import APPS, checked_id, gone
from consent.pages.host import Host, Member
from consent.pages.stored import read_event
from consent.records.notices import read_version, replay
from consent.records.receipts import is_signed, read_claims
from consent.records.store import RecordRow, find_record, records_of_person
from consent.records.telling import Told, told
from consent.records.words import DECISIONS, STATES
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id
from foundation.web.forms import parse_query
from foundation.web.i18n import Translator
from foundation.web.templates import render, translator_for
from keys.sign import SignerUnavailableError

RECEIPTS = "/account/receipts"
_PAGE = 20
_LONGEST_NUMBER = 9


class ReceiptPages:
    """One receipt a decision, a question or an end."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        # By grant and revision first: the address that dashboards and mails give.
        router.add_api_route(APPS + "/{grant_id}/receipts/{revision}", self.of_revision, methods=["GET"])
        router.add_api_route(
            APPS + "/{grant_id}/receipts/{revision}/signed", self.signed_of_revision, methods=["GET"]
        )
        router.add_api_route(
            APPS + "/{grant_id}/receipts/{revision}/seen", self.seen_of_revision, methods=["GET"]
        )
        router.add_api_route(RECEIPTS, self.every, methods=["GET"])
        router.add_api_route(RECEIPTS + "/{event_id}", self.show, methods=["GET"])
        router.add_api_route(RECEIPTS + "/{event_id}/signed", self.signed, methods=["GET"])
        router.add_api_route(RECEIPTS + "/{event_id}/seen", self.seen, methods=["GET"])

    async def every(self, request: Request) -> Response:
        """All of hers, refusals and questions too, newest first."""
        member = await self._host.person(request)
        before = parse_query(request).single("before")
        if before and not is_id(before):
            raise AccordError("bad_cursor", "before is an id that a page of this list gave.")
        async with self._host.db.reading() as tx:
            rows = await records_of_person(tx, member.id, before=before or None, most=_PAGE + 1)
        shown = rows[:_PAGE]
        return render(
            request,
            "records/receipts.html",
            lines=[(row.event_id, told(read_claims(row.receipt)["record"])) for row in shown],
            states=STATES,
            older=f"{RECEIPTS}?before={shown[-1].event_id}" if len(rows) > _PAGE else "",
            first=not before,
        )

    async def show(self, request: Request, event_id: str) -> Response:
        """In words, to print or keep."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            row = await _record(tx, member, event_id)
        return _page(request, row)

    async def of_revision(self, request: Request, grant_id: str, revision: str) -> Response:
        member = await self._host.person(request)
        return _page(request, await self._revision(member, grant_id, revision))

    async def signed(self, request: Request, event_id: str) -> Response:
        """One JSON file to keep: the signed receipt, what it says, and its place in the ledger."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            row = await _record(tx, member, event_id)
        return await self._file(row)

    async def signed_of_revision(self, request: Request, grant_id: str, revision: str) -> Response:
        member = await self._host.person(request)
        return await self._file(await self._revision(member, grant_id, revision))

    async def seen(self, request: Request, event_id: str) -> Response:
        """The very page she was shown, byte for byte."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            row = await _record(tx, member, event_id)
        return await self._replayed(request, member, row)

    async def seen_of_revision(self, request: Request, grant_id: str, revision: str) -> Response:
        member = await self._host.person(request)
        return await self._replayed(request, member, await self._revision(member, grant_id, revision))

    async def _replayed(self, request: Request, member: Member, row: RecordRow) -> Response:
        record = told(read_claims(row.receipt)["record"])
        async with self._host.db.reading() as tx:
            text = await replay(tx, member.id, member.secrets, record.notice_sha256)
        if text is None:
            raise AccordError("notice_not_kept", "No page was kept for this decision.", status=404)
        return render(
            request,
            "records/seen.html",
            record=record,
            notice=Markup(text),  # noqa: S704  # what a template of ours escaped, its hash just checked
            back=f"{RECEIPTS}/{row.event_id}",
            shown=(record.notice or {}).get("shown", True),
        )

    async def _file(self, row: RecordRow) -> Response:
        if not is_signed(row.receipt):
            raise SignerUnavailableError("the receipt waits for its signature")
        async with self._host.db.reading() as tx:
            event = await read_event(tx, None, row.event_id)
            proof = await proof_answer(tx, self._host.log_origin, row.event_id)
        document = {
            "receipt": row.receipt,
            "claims": read_claims(row.receipt),
            "ledger": {
                "leaf": event.text if event else "",
                "proof": proof.body if proof.status == 200 else None,
            },
        }
        return Response(
            orjson.dumps(document, option=orjson.OPT_INDENT_2),
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="accord-{row.event_id}.json"'},
        )

    async def _revision(self, member: Member, grant_id: str, revision: str) -> RecordRow:
        async with self._host.db.reading() as tx:
            grant = await find_grant(tx, member.id, checked_id(grant_id))
            rows = await list_revisions(tx, member.id, grant_id) if grant else []
            if revision.isascii() and revision.isdigit() and len(revision) < _LONGEST_NUMBER:
                for one in rows:
                    if one.revision == int(revision):
                        return await _record(tx, member, one.event_id)
        raise gone()


class NoticePages:
    """A notice without anybody's values, for whoever holds a receipt that names it."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route("/notices/{version}", self.show, methods=["GET"])

    async def show(self, request: Request, version: str) -> Response:
        async with self._host.db.reading() as tx:
            found = await read_version(tx, version)
        if found is None:
            raise AccordError("unknown_notice", "No notice was kept under this hash.", status=404)
        notice = Markup(found.text)  # noqa: S704  # what a template of ours escaped, its hash just checked
        return render(request, "records/version.html", version=found, notice=notice)


async def _record(tx: Transaction, member: Member, event_id: str) -> RecordRow:
    row = await find_record(tx, member.id, event_id) if is_id(event_id) else None
    if row is None:
        raise gone()
    return row


def _page(request: Request, row: RecordRow) -> Response:
    claims, t = read_claims(row.receipt), translator_for(request)
    record = told(claims["record"])
    return render(
        request,
        "records/receipt.html",
        record=record,
        state=STATES[record.state],
        lines=_lines(record, t),
        transfers=transfers_words(record.transfers, t) if record.transfers else "",
        claims=claims,
        row=row,
        app_page=f"{APPS}/{row.grant_id}" if row.grant_id else "",
        address=f"{RECEIPTS}/{row.event_id}",
    )


def _lines(record: Told, t: Translator) -> list[dict[str, Any]]:
    """Each scope that was asked, in words."""
    found: list[dict[str, Any]] = []
    for one in record.scopes:
        scope = CATALOGUE.get(one.scope)
        words, look = DECISIONS[one.decision]
        label = t.gettext(scope.label) if scope else one.scope
        found.append({"label": label, "words": t.gettext(words), "look": look, "held_back": one.held_back})
    return found
