"""`accord ledger proof`: the proof of one event as a file, to be checked without us."""

from pathlib import Path
from typing import Annotated

import typer

from consent.ledger.public import tlog_proof_text
from idp.commands.output import err, out, with_server
from idp.context import Server


def proof(
    event_id: Annotated[str, typer.Argument(help="As receipts, answers and the console name it.")],
    to: Annotated[
        Path | None, typer.Option(help="File to write, a .tlog-proof; standard output when left out.")
    ] = None,
) -> None:
    """Write the proof of one event (C2SP tlog-proof), once a signed head covers it."""

    async def work(server: Server) -> str:
        async with server.db.reading() as tx:
            return await tlog_proof_text(tx, server.sequencer.verifier.name, event_id)

    text = with_server(work)
    if to is None:
        out.file.write(text)
        return
    to.write_text(text, "utf-8")
    err.print(f"{to} written.", highlight=False)
