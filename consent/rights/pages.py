"""/account/data: her rights in plain words, each with where to use it; the archive that she takes along."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from consent.pages.host import Host, Member
from consent.profile.fields import DATASETS
from consent.profile.store import load_all, shelf_of
from consent.rights.archive import Leaver, consented, parts
from consent.rights.document import SCHEMA_PATH, export_schema
from consent.rights.events import DataExported
from consent.rights.zipping import zipped
from foundation.clock import to_datetime
from foundation.database import Transaction
from foundation.web.templates import render
from keys.holding import hold_person
from keys.people import PersonSecrets

DATA = "/account/data"
EXPORT = f"{DATA}/export"


class Known(NamedTuple):
    """What the archive takes from another room. facts: of the account. since: her first day, microseconds.

    receipt_keys: JWK Set of every key that signed receipts. vkey: the log's public key.
    """

    facts: Mapping[str, Any]
    since: int
    receipt_keys: Mapping[str, Any]
    vkey: str


# (unit, person id, her keys, her address)
AccountFacts = Callable[[Transaction, str, PersonSecrets, str], Awaitable[Known]]


class DataPages:
    """The overview, and the export."""

    def __init__(self, host: Host, account_facts: AccountFacts) -> None:
        self._host = host
        self._account_facts = account_facts

    def mount(self, router: APIRouter) -> None:
        router.add_api_route(DATA, self.overview, methods=["GET"])
        router.add_api_route(EXPORT, self.offer, methods=["GET"])
        router.add_api_route(EXPORT, self.take, methods=["POST"])
        router.add_api_route(SCHEMA_PATH, self.schema, methods=["GET"])

    async def overview(self, request: Request) -> Response:
        """Every right, with a link to use it at once."""
        await self._host.person(request)
        return render(request, "rights/data.html")

    async def offer(self, request: Request) -> Response:
        """What is in the archive."""
        member = await self._host.person(request)
        async with self._host.db.reading() as tx:
            kept = await load_all(tx, member.owner)
        grants = await consented(self._host.db, member.id)
        return render(
            request,
            "rights/export.html",
            items=sum(len(one.items) for one in kept.values()),
            datasets=sum(bool(one.items) for one in kept.values()),
            every=len(DATASETS),
            grants=len(grants),
            receipts=sum(len(one.states) for one in grants),
        )

    async def take(self, request: Request) -> Response:
        """The archive itself, sent as it is made; told to the ledger before the first byte leaves."""
        posted = await self._host.posted_by_person(request)
        member, now = posted.member, self._host.clock.now()
        grants = await consented(self._host.db, member.id)
        event = DataExported(format="zip", grants=len(grants))
        trace = request.scope["state"]["trace_id"]
        async with self._host.db.transaction() as tx:
            await hold_person(tx, member.id)  # an erasure has the last word
            leaver = await self._leaver(tx, member, now)
            await self._host.decisions.ledger.append(
                tx, event, person=member.secrets, now=now, request_id=trace
            )
        name = f"accord-{to_datetime(now).date().isoformat()}.zip"
        return StreamingResponse(
            zipped(parts(leaver, grants), now),
            media_type="application/zip",
            headers={"content-disposition": f'attachment; filename="{name}"'},
        )

    async def schema(self) -> Response:
        """The JSON Schema of the complete document, for anyone."""
        issuer = self._host.decisions.issuer
        headers = {"cache-control": "public, max-age=3600"}
        return JSONResponse(export_schema(issuer), headers=headers, media_type="application/schema+json")

    async def _leaver(self, tx: Transaction, member: Member, now: int) -> Leaver:
        known = await self._account_facts(tx, member.id, member.secrets, member.email)
        return Leaver(
            db=self._host.db,
            secrets=member.secrets,
            shelf=shelf_of(await load_all(tx, member.owner)),
            email=member.email,
            account=known.facts,
            issuer=self._host.decisions.issuer,
            receipt_keys=known.receipt_keys,
            vkey=known.vkey,
            since=known.since,
            now=now,
        )
