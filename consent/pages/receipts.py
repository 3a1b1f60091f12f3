"""A receipt, for its holder: in words, and as the signed document that stands without us."""

from datetime import datetime
from typing import Any

import orjson
from fastapi import APIRouter
from joserfc import jws
from starlette.requests import Request
from starlette.responses import Response

from consent.catalogue import CATALOGUE
from consent.choices import Choice, read_choice
from consent.grants import RevisionRow, find_grant, list_revisions
from consent.pages.apps import APPS, checked_id, gone
from consent.pages.cards import terms_of
from consent.pages.host import Host, Member
from consent.pages.words import KINDS
from foundation.clock import SECOND
from foundation.web.i18n import Translator
from foundation.web.templates import render, translator_for

_LONGEST_NUMBER = 9


class ReceiptPages:
    """One receipt a decision."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(APPS + "/{grant_id}/receipts/{revision}", self.show, methods=["GET"])
        router.add_api_route(APPS + "/{grant_id}/receipts/{revision}/signed", self.signed, methods=["GET"])

    async def show(self, request: Request, grant_id: str, revision: str) -> Response:
        """In words, to print or keep."""
        member = await self._host.person(request)
        name, row = await self._find(member, grant_id, revision)
        t = translator_for(request)
        claims = read_claims(row.receipt)
        return render(
            request,
            "consent/receipt.html",
            app=name,
            row=row,
            kind=KINDS[row.kind],
            record=claims["record"],
            claims=claims,
            since=_moment(claims["record"]["terms"]["valid_from"]),
            until=_moment(claims["record"]["terms"]["expires_at"]),
            lines=_lines(read_choice(row.choice_json), t),
            leaf_hash=row.leaf_hash.hex(),
            address=f"{APPS}/{grant_id}",
            issuer=claims["iss"],
        )

    async def signed(self, request: Request, grant_id: str, revision: str) -> Response:
        """The compact JWS with what it says, as one JSON file to keep."""
        member = await self._host.person(request)
        _, row = await self._find(member, grant_id, revision)
        document = {"receipt": row.receipt, "claims": read_claims(row.receipt)}
        name = f"accord-{grant_id}-{row.revision}.json"
        return Response(
            orjson.dumps(document, option=orjson.OPT_INDENT_2),
            media_type="application/json",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    async def _find(self, member: Member, grant_id: str, revision: str) -> tuple[str, RevisionRow]:
        async with self._host.db.reading() as tx:
            grant = await find_grant(tx, member.id, checked_id(grant_id))
            rows = await list_revisions(tx, member.id, grant_id) if grant else []
        if grant is None or not (
            revision.isascii() and revision.isdigit() and len(revision) < _LONGEST_NUMBER
        ):
            raise gone()
        for row in rows:
            if row.revision == int(revision):
                return terms_of(grant)["recipient"]["name"], row
        raise gone()


def read_claims(receipt: str) -> dict[str, Any]:
    """What a receipt of our own database says; its signature is for others to check."""
    claims: dict[str, Any] = orjson.loads(jws.extract_compact(receipt.encode()).payload)
    return claims


def _moment(text: str) -> int:
    """Microseconds of a record's ISO 8601 time."""
    return int(datetime.fromisoformat(text).timestamp()) * SECOND


def _lines(choice: Choice, t: Translator) -> list[tuple[str, bool, int]]:
    """(label, shared, items held back) of every scope that was answered."""
    found = []
    for name, scope in CATALOGUE.items():
        shared = choice.scopes.get(name)
        if shared is not None or name in choice.declined:
            found.append((t.gettext(scope.label), shared is not None, len(shared.hidden) if shared else 0))
    return found
