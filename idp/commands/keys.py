"""`accord keys`: the signing keys and their rotation."""

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from rich.table import Table

from foundation.clock import SECOND, to_datetime
from idp.commands.output import AsJson, fail, out, show, with_server
from idp.context import Server
from idp.running.keyring import rotate_keys
from keys.lifecycle import JWKS_MAX_AGE, PUBLISHED_BEFORE_USE, state_of
from keys.rotation import ROTATING, KeyChange, Slot, TooSoon

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
    now: Annotated[
        bool, typer.Option("--now", help="Even if verifiers may not have the next key yet: a key has leaked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Activate the key that stood published ahead, retire the one that signed, stage the next.

    Refused while somebody may hold our key set, as long as we let them, from before the next key was in it.
    """
    slot = Slot(purpose, alg)
    if slot not in ROTATING:
        raise fail(
            "nothing rotates under that name: one of " + ", ".join(f"{s.purpose} {s.alg}" for s in ROTATING)
        )

    async def work(server: Server) -> Sequence[KeyChange] | TooSoon:
        return await rotate_keys(server, slot, insist=now)

    changes = with_server(work)
    if isinstance(changes, TooSoon):
        raise fail(_told(changes))
    if not changes:
        raise fail("another rotation came first; look at `accord keys list`")
    show({change.state: change.kid for change in changes}, as_json=as_json)


def _told(refused: TooSoon) -> str:
    return (
        f"the next key was staged less than {PUBLISHED_BEFORE_USE // SECOND} seconds ago: verifiers may hold "
        f"our key set for {JWKS_MAX_AGE // SECOND} seconds, and would refuse what it signs. "
        f"Try again in {-(-refused.wait // SECOND)} seconds, or insist with --now when a key has leaked"
    )
