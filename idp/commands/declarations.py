"""`accord client show|approve|refuse`: what an app declares, and the operator's decisions on it."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import typer

from consent.purposes import CONSENT, LAWFUL_BASES
from foundation.clock import to_datetime
from foundation.database import Transaction
from foundation.errors import AccordError
from idp.admin.telling import tell_partner
from idp.clients.declaration import declared_in
from idp.clients.declarations import Declarations, Hand, Stale
from idp.clients.registry import find_client
from idp.clients.versions import Version, history_of, in_state
from idp.commands.output import AsJson, fail, show, with_server
from idp.context import Server

# (steps, unit, the version that waits, who acts) -> what became of it.
Deciding = Callable[[Declarations, Transaction, Version, Hand], Awaitable[Version | Stale]]


def show_one(client_id: str, as_json: AsJson = False) -> None:
    """An app: what it asks now, what waits for a decision, every version with its state."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.reading() as tx:
            client = await find_client(tx, client_id)
            versions = await history_of(tx, client_id)
        if client is None:
            raise AccordError("unknown_client", f"{client_id} is not a registered app.")
        waits = next((one for one in versions if one.state == "submitted"), None)
        return {
            "client_id": client.id,
            "name": client.metadata.name,
            "legal_entity": client.metadata.legal_entity,
            "state": "suspended" if client.suspended else "active",
            "declares": declared_in(client.metadata).model_dump(mode="json"),
            "waiting": waits.declared.model_dump(mode="json") if waits else None,
            "versions": [_told(one) for one in versions],
        }

    show(with_server(work), as_json=as_json)


def approve(
    client_id: str,
    basis: Annotated[str, typer.Option(help="Lawful basis of Accord's own disclosure.")] = CONSENT,
    as_json: AsJson = False,
) -> None:
    """Let an app ask people by the declaration that waits; it holds from then on."""
    if basis not in LAWFUL_BASES:
        raise fail(f"--basis is one of {', '.join(LAWFUL_BASES)}")

    async def decide(steps: Declarations, tx: Transaction, waits: Version, hand: Hand) -> Version | Stale:
        return await steps.approve(tx, client_id, waits.version, basis, hand)

    show(with_server(lambda server: _decided(server, client_id, decide)), as_json=as_json)


def refuse(
    client_id: str,
    reason: Annotated[str, typer.Option(help="Why, for its partner to read.")],
    as_json: AsJson = False,
) -> None:
    """Refuse the declaration that waits; the app goes on asking as before."""
    if not reason.strip():
        raise fail("--reason is what the partner will read: say why")

    async def decide(steps: Declarations, tx: Transaction, waits: Version, hand: Hand) -> Version | Stale:
        return await steps.refuse(tx, client_id, waits.version, reason.strip(), hand)

    show(with_server(lambda server: _decided(server, client_id, decide)), as_json=as_json)


async def _decided(server: Server, client_id: str, decide: Deciding) -> dict[str, Any]:
    now = server.clock.now()
    async with server.db.transaction() as tx:
        waits = await in_state(tx, client_id, "submitted")
        outcome: Version | Stale = Stale()
        if waits is not None:
            outcome = await decide(Declarations(server.ledger), tx, waits, Hand(now))
        if isinstance(outcome, Version):
            await tell_partner(server, tx, outcome, now)
    if isinstance(outcome, Stale):
        raise AccordError("nothing_waiting", f"No declaration of {client_id} waits for a decision.")
    return {"client_id": client_id} | _told(outcome)


def _told(one: Version) -> dict[str, Any]:
    def moment(at: int | None) -> str | None:
        return None if at is None else to_datetime(at).isoformat(timespec="seconds")

    return {
        "version": one.version,
        "state": one.state,
        "submitted_at": moment(one.submitted_at),
        "decided_at": moment(one.decided_at),
        "reason": one.reason,
    }
