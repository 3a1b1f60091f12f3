"""Whether the signing keys are well: what `accord doctor` says of them."""

from typing import NamedTuple

from consent.records.waiting import backlog
from foundation.clock import DAY, MINUTE, to_datetime
from foundation.errors import AccordError
from idp.context import Server
from idp.running.keyring import cadence
from keys.hardware.access import BACKEND
from keys.hardware.configured import access_of
from keys.hardware.module import HardwareModule
from keys.lifecycle import KeyState, is_old, state_of


class Finding(NamedTuple):
    """A line of the doctor's."""

    check: str
    ok: bool
    says: str


async def key_findings(server: Server) -> list[Finding]:
    """Rotation, the module that holds keys where there is one, and receipts that wait for it."""
    return [_rotation(server), *await _module(server), *await _receipts(server)]


def _rotation(server: Server) -> Finding:
    now, every = server.clock.now(), cadence(server.settings)
    late = [
        f"{row.purpose} {row.alg}"
        for row in server.ring.rows()
        if state_of(row, now) is KeyState.ACTIVE
        # A day late is no server that runs, or one that cannot make keys.
        and is_old(row, every.get(row.purpose, 0) and every[row.purpose] + DAY, now)
    ]
    if late:
        return Finding("rotation", ok=False, says=f"is due for {', '.join(late)}: does a server run?")
    if not every["token"]:
        return Finding("rotation", ok=True, says="by command alone: `accord keys rotate`")
    return Finding("rotation", ok=True, says=f"every {server.settings.key_rotation_days:g} days, none is due")


async def _module(server: Server) -> list[Finding]:
    access = access_of(server.settings)
    if access is None:
        now, held = server.clock.now(), [row for row in server.ring.rows() if row.backend == BACKEND]
        if all(state_of(row, now) is not KeyState.ACTIVE for row in held):
            return []
        return [Finding("module", ok=False, says="holds keys that are to sign: set ACCORD_PKCS11_MODULE")]
    try:
        about = await HardwareModule(access).about()
    except AccordError as error:
        return [Finding("module", ok=False, says=error.detail or error.description)]
    return [Finding("module", ok=True, says=f"{about['manufacturer']} {about['model']} lets us in")]


async def _receipts(server: Server) -> list[Finding]:
    async with server.db.reading() as tx:
        waiting = await backlog(tx)
    if waiting.since is None or server.clock.now() - waiting.since < MINUTE:
        return []
    since = to_datetime(waiting.since).isoformat(timespec="seconds")
    return [Finding("receipts", ok=False, says=f"{waiting.receipts} wait for their signature since {since}")]
