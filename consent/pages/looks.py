"""An auditor's look, told to the ledger before it shows anything: what cannot be recorded is not shown."""

from collections.abc import Mapping
from typing import NamedTuple

import orjson
from starlette.requests import Request

from consent.events import AuditorSearched, AuditView
from consent.ledger.events import Event
from consent.pages.host import Host, Member
from foundation.database import Transaction


class Look(NamedTuple):
    """What is looked at. criteria: what was typed, by field. first: no further page of another look."""

    view: AuditView
    criteria: Mapping[str, str]
    first: bool = True


async def record_look(host: Host, request: Request, member: Member, look: Look) -> None:
    """Commit a look."""
    event = AuditorSearched(
        view=look.view,
        filters=" ".join(sorted(look.criteria)),
        first_page=look.first,
        criteria=criteria_text(look.criteria),
    )
    async with host.db.transaction() as tx:
        await tell(host, tx, request, member, event)


async def tell(host: Host, tx: Transaction, request: Request, member: Member, event: Event) -> None:
    """What an auditor does, in the unit that does it."""
    now, trace = host.clock.now(), request.scope["state"]["trace_id"]
    await host.decisions.ledger.append(tx, event, person=member.secrets, now=now, request_id=trace)


def criteria_text(criteria: Mapping[str, str]) -> str:
    """What was typed, as an event seals it."""
    return orjson.dumps(dict(criteria), option=orjson.OPT_SORT_KEYS).decode()
