"""`accord ledger figures`: how far the log is counted, and counting it again."""

from typing import Annotated

import typer

from consent.looking.adding import add_new, forget
from idp.commands.output import AsJson, show, with_server
from idp.commands.progress import watched
from idp.context import Server


def figures(
    again: Annotated[
        bool, typer.Option("--again", help="Drop them all and count the log from its beginning.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the figures of the log up to date; cut short, this goes on where it was.

    Figures are what /audit/figures, /audit/flags and /audit/retention show. What was retired is counted no
    more once they are made again. A server beside goes on working, and counting.
    """

    async def work(server: Server) -> int:
        if again:
            async with server.db.transaction() as tx:
                await forget(tx)
        with watched("events") as progress:
            return await add_new(server.db, progress)

    show({"counted": with_server(work)}, as_json=as_json)
