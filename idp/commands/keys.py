"""`accord keys`: the signing keys, their rotation and their end."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from foundation.clock import SECOND, to_datetime
from foundation.errors import AccordError
from idp.commands.output import AsJson, err, fail, guarded, out, settings_or_exit, show, with_server
from idp.commands.progress import counted
from idp.context import Server
from idp.running.keyring import rotate_keys
from idp.running.opening import prepare_schema
from idp.running.resealing import reseal
from idp.running.revoking import FOLLOWED_SECONDS, Revoked, end_tokens, find_key, revoke, who_verifies
from keys.lifecycle import JWKS_MAX_AGE, PUBLISHED_BEFORE_USE, state_of
from keys.making import FILE, Slot
from keys.ring import KeyRow
from keys.rotation import ROTATING, KeyChange, TooSoon

group = typer.Typer(no_args_is_help=True, help="Signing keys: one is always published ahead of its use.")
_LONGEST_REASON = 200
_AFTER_RESEALING = [
    "Give every process the new key (ACCORD_MASTER_KEY or ACCORD_MASTER_KEY_FILE) and restart it.",
    "Then take the old key away from where processes find it.",
    "Backups made before open with the old key alone: keep it apart from them, and destroy both together.",
]


@group.command("list")
def list_keys(as_json: AsJson = False) -> None:
    """Every key: what it is for, where it stands in its life and since when, and where it is kept."""

    async def work(server: Server) -> list[dict[str, Any]]:
        return [_shown(row, server.clock.now()) for row in server.ring.rows()]

    rows = with_server(work)
    if as_json:
        show({"keys": rows}, as_json=True)
        return
    table = Table("kid", "purpose", "alg", "state", "since", "kept in")
    for row in rows:
        since = row["revoked"] or row["retired"] or row["activated"] or row["staged"]
        table.add_row(row["kid"], row["purpose"], row["alg"], row["state"], since, row["backend"])
    out.print(table)


def _shown(row: KeyRow, now: int) -> dict[str, Any]:
    dates = {
        "staged": row.staged_at,
        "activated": row.activated_at,
        "retired": row.retired_at,
        "revoked": row.revoked_at,
    }
    return {
        "kid": row.kid,
        "purpose": row.purpose,
        "alg": row.alg,
        "state": str(state_of(row, now)),
        "backend": row.backend,
        **{name: None if date is None else _moment(date) for name, date in dates.items()},
        "reason": row.revoked_for,
    }


@group.command("rotate")
def rotate(
    purpose: Annotated[str, typer.Option(help="token or receipt.")] = "token",
    alg: Annotated[str, typer.Option(help="ES256, RS256, PS256 or EdDSA.")] = "ES256",
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


@group.command("revoke")
def revoke_key(
    kid: Annotated[str, typer.Argument(help="As `accord keys list` names it.")],
    reason: Annotated[str, typer.Option(help="Why, in a few words; the ledger holds its hash.")],
    as_json: AsJson = False,
) -> None:
    """End a key that somebody else may have: it leaves the key set at once, and a successor signs.

    The access tokens it signed are ended too; apps refresh them. Run it again if it was interrupted.
    """
    if not reason.strip() or len(reason) > _LONGEST_REASON or not reason.isprintable():
        raise fail(f"--reason is one line of {_LONGEST_REASON} characters at most")
    show(with_server(lambda server: _revoke(server, kid, reason)), as_json=as_json)


@group.command("reseal")
def reseal_database(
    to: Annotated[
        Path, typer.Option("--to", help="File with the new master key, as ACCORD_MASTER_KEY_FILE has one.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Try both keys, do all of it, and keep nothing of it.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Change the master key: what stands sealed under the one set now is sealed under another.

    At once whatever the size of the database, all of it or nothing; again is no harm. Servers go on.
    """
    settings = settings_or_exit()
    renewed = settings.model_copy(update={"master_key": None, "master_key_file": to})

    def work() -> bool:
        prepare_schema(settings)
        return asyncio.run(reseal(settings, renewed, rehearse=dry_run))

    done = guarded(work)
    said = "could be" if dry_run else "is"
    state = f"{said} sealed under the new key" if done else "was sealed under that key already"
    show({"database": state, "next": [] if dry_run else _AFTER_RESEALING}, as_json=as_json)


async def _revoke(server: Server, kid: str, reason: str) -> dict[str, Any]:
    row = await find_key(server, kid)
    if row is None:
        raise AccordError("unknown_key", "No key has this kid: see `accord keys list`.", status=404)
    if Slot(row.purpose, row.alg) not in ROTATING:
        raise AccordError("key_stays", "The ledger's key is pinned by its verifiers: it ends with its log.")
    revoked = await revoke(server, row, reason)
    err.print(f"{kid} is revoked, and in no key set of ours any more.", highlight=False)
    ended = 0
    if revoked.tokens is not None:
        err.print("Waiting until every process signs with its successor …")
        await asyncio.sleep(FOLLOWED_SECONDS)
        ended = await end_tokens(server, revoked.tokens, lambda total: counted("access tokens", total))
    apps = await who_verifies(server, revoked.row.alg) if revoked.row.purpose == "token" else []
    return {
        **{change.state: change.kid for change in revoked.changes},
        "revoked": kid,
        "tokens_ended": ended,
        "apps_that_verify": apps,
        "held_until": _moment(server.clock.now() + JWKS_MAX_AGE),
        "next": _next(revoked, server.issuer),
    }


def _next(revoked: Revoked, issuer: str) -> list[str]:
    """What whoever runs the server does now."""
    row, seconds = revoked.row, JWKS_MAX_AGE // SECOND
    kept = (
        "If database and master key leaked together, every key did: revoke each, then `accord keys reseal`."
        if row.backend == FILE
        else "Destroy the key in its token with the module's own tools."
    )
    if row.purpose == "receipt":
        return [
            f"Tell who keeps {issuer}/receipts/jwks apart from us to fetch it again.",
            "What this key signed counts from now on only where its place in the ledger is proved.",
            kept,
        ]
    return [
        f"Whoever verifies by themselves may hold the old key set for {seconds} seconds.",
        f"Apps and APIs that keep it longer must be told to fetch {issuer}/jwks again, or restarted.",
        "Look in the ledger for what was done under the names of those whom a forged token could name.",
        kept,
    ]


def _moment(microseconds: int) -> str:
    return to_datetime(microseconds).isoformat(timespec="seconds")
