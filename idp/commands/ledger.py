"""`accord ledger`: prove the log, take it away."""

import sys
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from consent.ledger.export import follow
from consent.ledger.note import NoteError, Verifier
from consent.ledger.verdict import Verdict
from consent.ledger.verify import verify
from idp.commands.output import AsJson, err, fail, out, show, with_server
from idp.context import Server
from idp.running.payloads import PayloadKeys

group = typer.Typer(no_args_is_help=True, help="The audit log.")


@group.command("verify")
def verify_ledger(
    vkey: Annotated[
        str | None,
        typer.Option(help="The log's public key, as you pinned it; else the one of this database."),
    ] = None,
    payloads: Annotated[
        bool, typer.Option(help="Hold sealed payloads to their commitments too (people not erased).")
    ] = True,
    as_json: AsJson = False,
) -> None:
    """Recompute everything from the raw rows; name the first row that lies; exit 1 when one does."""
    pinned = None if vkey is None else _pinned(vkey)

    async def work(server: Server) -> Verdict:
        verifiers = [pinned or server.sequencer.verifier]
        secrets_of = PayloadKeys(server).of if payloads else None
        with _bar() as bar:
            task = bar.add_task("recomputing", total=None)
            return await verify(
                server.db,
                verifiers,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
                secrets_of=secrets_of,
            )

    verdict = with_server(work)
    if as_json:
        show(verdict.as_dict(), as_json=True)
    else:
        (out if verdict.ok else err).print(verdict.message(), highlight=False, soft_wrap=True)
    if not verdict.ok:
        raise typer.Exit(1)


@group.command("export")
def export(
    to: Annotated[Path | None, typer.Option(help="File to write; standard output when left out.")] = None,
) -> None:
    """Write every event that has its place in the log, in order, one JSON object a line."""

    async def work(server: Server) -> int:
        written = 0
        with to.open("wb") if to else _standard_output() as file:
            async for row in follow(server.db):
                line: dict[str, Any] = {
                    "index": row.position,
                    "leaf": row.leaf,
                    "leaf_hash": row.leaf_hash.hex(),
                }
                file.write(orjson.dumps(line) + b"\n")
                written += 1
        return written

    written = with_server(work)
    err.print(f"{written} events written.")


def _standard_output() -> Any:  # noqa: ANN401  # a binary stream that closing must leave open
    return open(sys.stdout.fileno(), "wb", closefd=False)  # a descriptor, not a path


def _pinned(vkey: str) -> Verifier:
    try:
        return Verifier.from_vkey(vkey.strip())
    except NoteError as error:
        raise fail(f"--vkey: {error}") from None


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
