"""Health: alive says that the process answers, ready that it can do its work (database, keys, ledger)."""

from starlette.requests import Request
from starlette.responses import Response

from consent.ledger.append import LAG_LIMIT
from foundation.clock import SECOND
from foundation.errors import StorageUnavailableError
from foundation.web.lean import Table, json_response
from idp.context import Server
from keys.lifecycle import KeyState
from keys.making import Slot
from keys.rotation import WANTED, current
from keys.secrets import has_secrets


def health_table(server: Server) -> Table:
    """The lean endpoints of this module."""

    async def alive(_request: Request) -> Response:
        return json_response({"alive": True})

    async def ready(_request: Request) -> Response:
        checks = await readiness(server)
        return json_response({"ready": all(checks.values()), **checks}, 200 if all(checks.values()) else 503)

    return {"/health/alive": {"GET": alive}, "/health/ready": {"GET": ready}}


async def readiness(server: Server) -> dict[str, bool]:
    """What must hold for this process to serve, each by itself."""
    try:
        async with server.db.reading() as tx:
            database = await has_secrets(tx)
    except StorageUnavailableError:
        database = False
    return {
        "database": database,
        "keys": all(server.ring.has(*slot) for slot in WANTED),
        "ledger": server.sequencer.lag(server.clock.now()) <= LAG_LIMIT,
    }


def key_age_seconds(server: Server, slot: Slot) -> float:
    """How long the key of a purpose and algorithm has signed; 0 where none does yet."""
    now = server.clock.now()
    active = current(server.ring.rows(), slot, KeyState.ACTIVE, now)
    return 0.0 if active is None or active.activated_at is None else (now - active.activated_at) / SECOND


def lag_seconds(server: Server) -> float:
    """How far the ledger is behind, for people and metrics."""
    return server.sequencer.lag(server.clock.now()) / SECOND
