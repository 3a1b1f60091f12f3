"""`accord ledger`: prove the log, take it away."""

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from consent.ledger.export import follow
from consent.ledger.files.writing import write_files
from consent.ledger.notes.note import Verifier
from consent.ledger.public import vkey_text
from consent.ledger.verifying.verdict import Fault, Verdict
from consent.ledger.verifying.verify import verify
from consent.taking.formats import FormatName
from idp.commands.ledger_files import Pins, offline, pinned_key, progress_bar, report
from idp.commands.ledger_taking import check, export_as
from idp.commands.output import AsJson, err, fail, with_server
from idp.context import Server
from idp.running.log_care import log_standing
from idp.running.payloads import PayloadKeys

group = typer.Typer(no_args_is_help=True, help="The audit log.")
HashesOnly = Annotated[
    bool, typer.Option(help="With --files: the tree without its leaves, as the public sees it.")
]
OlderCheckpoint = Annotated[
    Path | None,
    typer.Option("--pinned", help="With --files: an older checkpoint, which the log must extend."),
]
Opaque = Annotated[
    bool, typer.Option(help="With --files: leaves of any kind, as in logs of others; else format v1.")
]


@group.command("verify")
def verify_ledger(
    vkey: Annotated[
        str | None,
        typer.Option(help="The log's public key, as you pinned it; else the one of this database."),
    ] = None,
    payloads: Annotated[
        bool, typer.Option(help="Hold sealed payloads to their commitments too (people not erased).")
    ] = True,
    files: Annotated[
        Path | None,
        typer.Option(help="Verify this directory (`export --layout tiles`) offline, and no database."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="With --files: your policy file, logs and witnesses (tlog-policy).")
    ] = None,
    pinned_checkpoint: Annotated[
        Path | None,
        typer.Option("--pinned", help="With --files: an older checkpoint, which the log must extend."),
    ] = None,
    hashes_only: HashesOnly = False,
    opaque: Opaque = False,
    as_json: AsJson = False,
) -> None:
    """Recompute everything from the raw rows; name the first row that lies; exit 1 when one does."""
    if files is not None:
        pins = Pins(vkey, policy, pinned_checkpoint)
        offline(files, pins, hashes_only=hashes_only, opaque=opaque, as_json=as_json)
        return
    pinned = None if vkey is None else pinned_key(vkey)

    async def work(server: Server) -> Verdict:
        log = await log_standing(server)
        key = pinned or server.sequencer.verifier
        verifiers = [Verifier(name, key.public) for name in {key.name, *log.origins}]
        secrets_of = PayloadKeys(server).of if payloads else None
        with progress_bar() as bar:
            task = bar.add_task("recomputing", total=None)
            found = await verify(
                server.db,
                verifiers,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
                secrets_of=secrets_of,
            )
        if log.missing is None or not found.ok:
            return found
        return found._replace(fault=Fault("ledger_head", f"origin={log.missing.origin}", log.message()))

    verdict = with_server(work)
    report(verdict, as_json=as_json)


class Layout(StrEnum):
    """How a log is written."""

    JSONL = "jsonl"
    TILES = "tiles"


@group.command("export")
def export(
    to: Annotated[
        Path | None, typer.Option(help="File, or directory for tiles; standard output when left out.")
    ] = None,
    layout: Annotated[
        Layout,
        typer.Option(help="jsonl: one event a line. tiles: C2SP tlog-tiles, with all that proves it."),
    ] = Layout.JSONL,
    form: Annotated[
        FormatName | None,
        typer.Option(
            "--format", help="Instead: what the console exports, with proof and manifest, to a directory."
        ),
    ] = None,
    filters: Annotated[
        list[str] | None,
        typer.Option(
            "--filter", help="With --format: name=value, as the console's address has it; repeatable."
        ),
    ] = None,
) -> None:
    """Write the events that have their place in the log, in order. All but JSONL: what was cut goes on."""
    if form is not None:
        export_as(form, filters or [], to)
    elif filters:
        raise fail("--filter goes with --format", code=2)
    elif layout is Layout.JSONL:
        _export_lines(to)
    elif to is None:
        raise fail("tiles are many files: name a directory with --to")
    else:
        _export_tiles(to)


group.command("check")(check)


def _export_tiles(to: Path) -> None:
    async def work(server: Server) -> int:
        verifier = server.sequencer.verifier
        with progress_bar() as bar:
            task = bar.add_task("writing", total=None)
            written = await write_files(
                server.db,
                verifier.name,
                to,
                lambda done, total: bar.update(task, completed=done, total=total),
            )
        (to / "log.vkey").write_text(vkey_text(verifier), "utf-8")
        if server.settings.ledger_policy is not None:
            (to / "policy").write_bytes(server.settings.ledger_policy.read_bytes())
        return written

    written = with_server(work)
    err.print(f"{written} events written.")


def _export_lines(to: Path | None) -> None:
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
