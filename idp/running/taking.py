"""What auditors take away, as this server has it: where exports stand, what goes with a dossier."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from consent.taking.exports import Exports
from consent.taking.means import Means
from foundation.clock import to_datetime
from foundation.database import Transaction
from idp.context import Server
from idp.receipts.published import key_file
from idp.running.retiring import clocks_of
from idp.signals.state import Shown, told_of

Job = Callable[[], Awaitable[object]]

_EVERY = 1.0


def exports_of(server: Server) -> Exports:
    """The exports under the data directory: nodes that share it share them."""
    return Exports(server.settings.data_dir / "exports", server.clock)


def means_of(server: Server) -> Means:
    """For the pages."""

    async def told(tx: Transaction, grant_id: str) -> Sequence[Mapping[str, Any]]:
        found = await told_of(server, tx, grant_id, server.clock.now())
        return [_notification(one) for one in found.events] if found else []

    return Means(
        exports=exports_of(server),
        issuer=server.issuer,
        vkey=server.sequencer.verifier.vkey,
        told=told,
        keys=lambda: key_file(server),
        clocks=clocks_of(server),
    )


def jobs(server: Server) -> Mapping[str, tuple[float, Job]]:
    """How often, in seconds, and what; by name."""
    exports = exports_of(server)
    return {"exports": (_EVERY, lambda: exports.work(server.db))}


def _notification(one: Shown) -> dict[str, Any]:
    times = {
        "occurred_at": one.occurred_at,
        "acknowledged_at": one.acknowledged_at,
        "erase_by": one.due,
        "erased_at": one.erased_at,
        "attested_at": one.attested_at,
    }
    told = {"id": one.id, "event": one.name, "state": one.state_name, "attempts": one.attempts}
    told |= {name: None if at is None else to_datetime(at).isoformat() for name, at in times.items()}
    return told | {"error": one.error, "statement": one.statement or None}
