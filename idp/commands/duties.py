"""`accord register export` and `accord breach query`: what whoever runs the server owes the authority."""

import re
import sys
from collections.abc import AsyncIterator
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer

from foundation.errors import AccordError
from idp.clients.registry import find_client
from idp.commands.output import AsJson, err, fail, show, with_server
from idp.commands.progress import authorizations
from idp.context import Server
from idp.duties.asking import ask, begin_list, every_client, list_people
from idp.duties.breach import Question, moment_in
from idp.duties.breach_rows import count_grants
from idp.duties.people import HEADING, as_lines, summary
from idp.duties.register import as_csv as register_csv
from idp.duties.register import register

register_group = typer.Typer(no_args_is_help=True, help="The register of processing (GDPR art. 30).")
breach_group = typer.Typer(no_args_is_help=True, help="Who a breach affects (GDPR art. 33-34).")
_CASE = re.compile(r"[A-Za-z0-9][A-Za-z0-9./-]{0,39}", re.ASCII)


@register_group.command("export")
def export(
    as_json: AsJson = False,
    csv: Annotated[bool, typer.Option("--csv", help="Print a table instead (UTF-8 with BOM).")] = False,
) -> None:
    """Print the register, made of the registered apps, the catalogue and the settings; JSON unless --csv."""
    if as_json and csv:
        raise fail("--json or --csv, not both")

    async def work(server: Server) -> dict[str, Any]:
        return register(server.settings, await every_client(server), server.clock.now())

    document = with_server(work)
    if csv:
        sys.stdout.buffer.write(register_csv(document))
    else:
        sys.stdout.buffer.write(orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n")


@breach_group.command("query")
def query(  # one argument an option, as the command line has them
    client: Annotated[str, typer.Option(help="client_id of the app.")],
    since: Annotated[str, typer.Option("--from", help="ISO 8601; UTC unless it says otherwise.")],
    until: Annotated[str, typer.Option(help="ISO 8601, not included.")],
    case: Annotated[str, typer.Option(help="Reference of the incident; the ledger keeps it.")],
    dataset: Annotated[str, typer.Option(help="A dataset, such as contact; any when left out.")] = "",
    field: Annotated[str, typer.Option(help="A field of it, such as email; any when left out.")] = "",
    to: Annotated[
        Path | None, typer.Option("--list", help="Write those affected to this file (CSV).")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Count the people whose data an app read in an interval, by field; with --list, name them."""
    if not _CASE.fullmatch(case):
        raise fail("--case is a reference: letters, digits, . / and -, 40 at most; no name, no sentence")
    interval = _moment("--from", since), _moment("--until", until)

    async def work(server: Server) -> dict[str, Any]:
        question = Question(client, *interval, dataset, field)
        async with server.db.reading() as tx:
            if await find_client(tx, client) is None:
                raise AccordError("unknown_client", f"{client} is not a registered app.")
        with authorizations(await count_grants(server.db, client)) as watch:
            if to is None:
                return summary(question, await ask(server, question, case, watch=watch))
            asked = await begin_list(server, question, case)
            await _write(to, list_people(server, question, asked, watch))
        err.print(f"{asked.tally.people} people written to {to}.")
        return summary(question, asked.tally)

    show(with_server(work), as_json=as_json)


async def _write(to: Path, people: AsyncIterator[list[dict[str, Any]]]) -> None:
    """Line by line, as they are found; a list that was cut has no end in the ledger."""
    to.touch(mode=0o600)  # noqa: ASYNC240  # a command's own loop: nobody else waits
    with to.open("wb") as file:
        file.write(HEADING)
        async for some in people:
            file.write(as_lines(some))


def _moment(option: str, text: str) -> int:
    moment = moment_in(text, UTC)
    if moment is None:
        raise fail(f"{option} is a date and time such as 2026-03-31T14:00")
    return moment
