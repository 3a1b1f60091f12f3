"""`accord ledger retention` and `retire`: what of the log may go, and letting it go."""

import asyncio
import contextlib
import re
from typing import Annotated

import typer
from rich.table import Table

from consent.ledger.leaf import LOGS
from consent.ledger.retiring.retired import Period
from consent.ledger.tiles import TileError
from consent.retention.report import Standing, full_survey, standing_of
from foundation.clock import to_datetime
from foundation.database import ConflictError
from foundation.errors import StorageUnavailableError
from idp.commands.output import AsJson, err, fail, out, show, with_server
from idp.commands.progress import watched
from idp.context import Server
from idp.running.retiring import clocks_of, retire

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])", re.ASCII)
_SETTLE_SECONDS = 0.25


def retention(as_json: AsJson = False) -> None:
    """Show, for each class of the log and month, how much there is, when it may go and what keeps it."""

    async def work(server: Server) -> list[Standing]:
        return await full_survey(server.db, clocks_of(server), server.clock.now())

    standings = with_server(work)
    if as_json:
        show({"periods": [one.as_dict() for one in standings]}, as_json=True)
    else:
        out.print(_table(standings))


def retire_month(
    log: Annotated[str, typer.Option(help="The class: security or consent.")],
    period: Annotated[str, typer.Option(help="The calendar month (UTC), such as 2025-10.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
) -> None:
    """Retire a class and a month whole: leaves, payloads and what they are found by go, hashes stay."""
    if log not in LOGS or not _MONTH.fullmatch(period):
        raise fail("--log is security or consent, --period a month such as 2025-10", code=2)
    wanted = Period(log, period)
    shown = with_server(lambda server: _look(server, wanted))
    if shown is None or shown.state not in {"due", "going"}:
        why: str = "it has no event" if shown is None else shown.state
        why += (
            f" by {shown.kept_by}, until {to_datetime(shown.may_go):%Y-%m-%d}"
            if shown and shown.kept_by
            else ""
        )
        raise fail(f"{log} {period} cannot be retired: {why}")
    err.print(_table([shown]))
    if not yes:
        typer.confirm(f"Retire {log} {period} for good?", abort=True, err=True)
    events = with_server(lambda server: _retire(server, wanted))
    out.print(f"Retired {log} {period}: {events} events went, their hashes and proofs stay.")


async def _look(server: Server, period: Period) -> Standing | None:
    return await standing_of(server.db, clocks_of(server), server.clock.now(), period)


async def _retire(server: Server, period: Period) -> int:
    async def settle() -> None:
        # Beside a server that leads, or is faster, this does nothing, or fails: it is asked again.
        with contextlib.suppress(ConflictError, StorageUnavailableError, TileError):
            await server.sequencer.advance(sign_now=True)
        await asyncio.sleep(_SETTLE_SECONDS)

    with watched("events") as progress:
        return await retire(server, period, settle, progress)


def _table(standings: list[Standing]) -> Table:
    table = Table("log", "period", "state", "events", "bytes", "may go", "kept by")
    for one in standings:
        may_go = f"{to_datetime(one.may_go):%Y-%m-%d}"
        row = (*one.period, one.state, f"{one.events:,}", f"{one.bytes:,}", may_go, one.kept_by or "")
        table.add_row(*row)
    return table
