"""`accord keys`: the signing keys and their rotation."""

from typing import Annotated, Any

import typer
from rich.table import Table

from foundation.clock import to_datetime
from idp.commands.output import AsJson, fail, out, show, with_server
from idp.context import Server
from idp.running.keyring import rotate_keys
from keys.lifecycle import state_of
from keys.rotation import ROTATING, Slot

group = typer.Typer(no_args_is_help=True, help="Signing keys: one is always published ahead of its use.")


@group.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every key, its purpose and its state."""

    async def work(server: Server) -> list[dict[str, Any]]:
        now = server.clock.now()
        return [
            {
                "kid": row.kid,
                "purpose": row.purpose,
                "alg": row.alg,
                "state": str(state_of(row, now)),
                "staged": to_datetime(row.staged_at).isoformat(timespec="seconds"),
            }
            for row in server.ring.rows()
        ]

    rows = with_server(work)
    if as_json:
        show({"keys": rows}, as_json=True)
        return
    table = Table("kid", "purpose", "alg", "state", "staged")
    for row in rows:
        table.add_row(*row.values())
    out.print(table)


@group.command("rotate")
def rotate(
    purpose: Annotated[str, typer.Option(help="token or receipt.")] = "token",
    alg: Annotated[str, typer.Option(help="ES256 or RS256.")] = "ES256",
    as_json: AsJson = False,
) -> None:
    """Activate the key that stood published ahead, retire the one that signed, stage the next."""
    slot = Slot(purpose, alg)
    if slot not in ROTATING:
        raise fail(
            "nothing rotates under that name: one of " + ", ".join(f"{s.purpose} {s.alg}" for s in ROTATING)
        )

    async def work(server: Server) -> dict[str, Any]:
        changes = await rotate_keys(server.db, server.ledger, server.secrets, slot, server.clock.now())
        return {change.state: change.kid for change in changes}

    result = with_server(work)
    if not result:
        raise fail("another rotation came first; look at `accord keys list`")
    show(result, as_json=as_json)
