"""`accord person erase`, at a person's request; `accord evidence`: what may still be read afterwards."""

from typing import Annotated, Any

import typer

from consent.rights.events import Ground  # noqa: TC001  # the type of a value made here
from foundation.errors import AccordError
from idp.commands.output import AsJson, err, show, with_server
from idp.context import Server
from idp.people.accounts import find_by_digest
from idp.people.addresses import digest_of_text
from idp.rights.erasure import Eraser, Order
from idp.rights.reading import Reading, read_evidence
from idp.rights.replaying import see_through
from idp.rights.settling import forget

evidence_group = typer.Typer(no_args_is_help=True, help="Proof of past consents of people who were erased.")


def erase_person(
    email: Annotated[str, typer.Option(help="The address of the account.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Erase someone at her request: account, profile, grants, tokens and keys. It cannot be undone."""
    if not yes:
        typer.confirm(f"Erase {email} for good?", abort=True, err=True)
    show(with_server(lambda server: _erase(server, email)), as_json=as_json)


async def _erase(server: Server, email: str) -> dict[str, Any]:
    async with server.db.transaction() as tx:
        account = await find_by_digest(tx, digest_of_text(server.secrets.lookup, email))
        if account is None:
            raise AccordError("no_such_account", f"{email} has no account.")
        if account.role != "person":
            raise AccordError(
                "not_a_person", f"{email} is a {account.role}: staff accounts are locked instead."
            )
        order = Order(account.id, "operator", server.clock.now())
        erased = await Eraser(server, server.decisions).erase(tx, order)
    if erased is None:
        raise AccordError("no_such_account", f"{email} has no account.")
    if not await see_through(server, account.id, erased, order.now):
        apart = server.settings.erasures_path
        err.print(f"[yellow]{apart} cannot be written: the server will try again within minutes.[/]")
    if not await forget(server):
        err.print("[yellow]The journal is in use: the server will cut it within minutes.[/]")
    return {
        "event_id": erased.event_id,
        "grants_ended": erased.ended,
        "evidence_kept": erased.kept.pieces,
        "evidence_until": erased.kept.until,
    }


@evidence_group.command("open")
def open_evidence(
    grant: Annotated[str, typer.Option(help="The grant's id, as its receipt and the ledger say it.")],
    case: Annotated[str, typer.Option(help="Reference of the claim, request or audit: A-Z, 0-9, - and /.")],
    ground: Annotated[str, typer.Option(help="claim, authority or audit.")] = "claim",
    as_json: AsJson = False,
) -> None:
    """Read what proves one past consent. The ledger keeps that it was read, and why."""
    grounds: dict[str, Ground] = {"claim": "claim", "authority": "authority", "audit": "audit"}

    async def work(server: Server) -> dict[str, Any]:
        if ground not in grounds:
            raise AccordError("bad_ground", "--ground is claim, authority or audit.")
        return await read_evidence(server, Reading(grant, grounds[ground], case, server.clock.now()))

    show(with_server(work), as_json=as_json)
