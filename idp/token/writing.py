"""What a plan of the token endpoint writes with: its unit, and what is written whatever was decided."""

from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from consent.ledger.events import Event
from foundation.database import Transaction
from foundation.series import Series, Spent, spending
from idp.context import Server
from idp.token.mint import Minted
from keys.people import PersonSecrets


class Refused(NamedTuple):
    """An OAuth error that the writes found out."""

    error: str
    description: str


class Work(NamedTuple):
    """What each plan is given to write with. now: microseconds; token_hash: of the access token to store.

    spent: what the very statement that issues is to use up; none where that was done before.
    """

    tx: Transaction
    server: Server
    now: int
    request_id: str
    token_hash: bytes = b""
    spent: tuple[Spent, ...] = ()


# Writes in the plan's unit, once the plan was carried out.
Recorder = Callable[[Work], Awaitable[None]]


async def issue(
    work: Work,
    series: Series,
    minted: Minted,
    event: Event,
    *,
    person: PersonSecrets | None,
    **values: Any,  # noqa: ANN401  # column values
) -> bool:
    """Store an access token with the event that tells of it; False, and nothing, where the claim fails.

    So it does where what it is to use up was used before.

    series: of lines.py; values: its client_id and line_id, and those of its claim.
    """
    drafted = work.server.ledger.draft(event, person=person, now=work.now, request_id=work.request_id)
    token = {
        "id": minted.id,
        "token_hash": work.token_hash,
        "scope": minted.scope,
        "details": minted.opened.details,
        "cnf": None if minted.binding is None else minted.binding.stored,
        "issued_at": minted.issued_at,
        "expires_at": minted.expires_at,
        "revoked_at": None,
    }
    series, values = spending(series, token | values, work.spent)
    return await work.server.ledger.keep(work.tx, drafted, series, **values) is not None


async def record(work: Work, event: Event, person: PersonSecrets | None) -> None:
    """Record an event in the plan's unit. person: her keys; None for one about nobody."""
    await work.server.ledger.append(work.tx, event, person=person, now=work.now, request_id=work.request_id)
