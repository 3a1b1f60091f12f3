"""`accord client token`: who may register apps over HTTP, and what these may be (docs/registration.md)."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from foundation.clock import DAY, to_datetime
from foundation.errors import AccordError
from idp.clients.declaration import ALWAYS
from idp.clients.declarations import Hand
from idp.commands.output import AsJson, fail, out, show, with_server
from idp.context import Server
from idp.registration import tokens
from idp.registration.issuing import issue_token, revoke_token
from idp.registration.policy import Policy

group = typer.Typer(no_args_is_help=True, help="Initial access tokens: who may register apps over HTTP.")
_MOST = 1000


@group.command("add")
def add(  # one argument an option, as the command line has them
    scope: Annotated[str, typer.Option(help="What its apps may ask at once, space-separated.")] = ALWAYS,
    required_scope: Annotated[str, typer.Option(help="Those without which they cannot serve.")] = ALWAYS,
    declare: Annotated[
        str | None, typer.Option(help="What they may send to an administrator besides (default: anything).")
    ] = None,
    grant_type: Annotated[list[str] | None, typer.Option(help="Repeat for each they may register.")] = None,
    no_pkce: Annotated[bool, typer.Option("--no-pkce", help="Lift PKCE for its confidential apps.")] = False,
    public_subjects: Annotated[
        bool, typer.Option("--public-subjects", help="Let them know people by names that others know too.")
    ] = False,
    uses: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many apps it registers.")] = 1,
    days: Annotated[int, typer.Option(min=1, max=3660, help="How long it is good.")] = 30,
    secret_days: Annotated[int, typer.Option(min=0, max=3660, help="Life of their secrets; 0: no end.")] = 0,
    contact: Annotated[str, typer.Option(help="Whom you give it to, for you to know.")] = "",
    as_json: AsJson = False,
) -> None:
    """Make a token, and print it once."""
    if len(contact) > tokens.LONGEST_CONTACT or not contact.isprintable():
        raise fail(f"--contact is one line, of at most {tokens.LONGEST_CONTACT} characters")
    fields: dict[str, Any] = {
        "approved": _names(scope),
        "required": _names(required_scope),
        "declarable": None if declare is None else _names(declare),
        "pkce": not no_pkce,
        "public_subjects": public_subjects,
        "secret_seconds": secret_days * 86_400,
    } | ({"grant_types": tuple(grant_type)} if grant_type else {})
    try:
        policy = Policy(**fields)
    except ValidationError as error:
        raise fail("; ".join(one["msg"].removeprefix("Value error, ") for one in error.errors())) from None
    show(with_server(lambda server: _add(server, policy, uses, days, contact)), as_json=as_json)


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text.split()))


async def _add(server: Server, policy: Policy, uses: int, days: int, contact: str) -> dict[str, Any]:
    hand = Hand(server.clock.now())
    wish = tokens.Wish(policy, uses, hand.now + days * DAY, contact)
    async with server.db.transaction() as tx:
        token_id, text = await issue_token(server, tx, wish, hand)
    return {"id": token_id, "token": text, "uses": uses, "expires_at": _moment(wish.expires_at)}


def _moment(at: int) -> str:
    return to_datetime(at).isoformat(timespec="seconds")


@group.command("list")
def list_all(as_json: AsJson = False) -> None:
    """Every token: what it allows, what is left of it. Its text is not kept."""

    async def work(server: Server) -> list[dict[str, Any]]:
        now = server.clock.now()
        async with server.db.reading() as tx:
            rows = await tokens.listed(tx, most=_MOST)
        return [_told(row, now) for row in rows]

    rows = with_server(work)
    if as_json:
        show({"tokens": rows}, as_json=True)
        return
    for row in rows:
        show(row, as_json=False)
        out.print()
    if not rows:
        out.print("No token yet: make one with `accord client token add --help`.")


def _told(row: tokens.TokenRow, now: int) -> dict[str, Any]:
    policy = row.policy
    return {
        "id": row.id,
        "contact": row.contact,
        "state": row.state(now),
        "used": row.used,
        "uses_left": row.uses_left,
        "expires_at": _moment(row.expires_at),
        "scope": " ".join(policy.approved),
        "declare": "anything" if policy.declarable is None else " ".join(policy.declarable),
        "grant_types": list(policy.grant_types),
        "pkce": policy.pkce,
        "public_subjects": policy.public_subjects,
    }


@group.command("revoke")
def revoke(token_id: str, as_json: AsJson = False) -> None:
    """Nobody registers by a token any more; the apps that did stay."""

    async def work(server: Server) -> dict[str, Any]:
        async with server.db.transaction() as tx:
            if not await revoke_token(server, tx, token_id, Hand(server.clock.now())):
                raise AccordError("unknown_token", f"{token_id} is not the id of a token that is still good.")
        return {"id": token_id, "revoked": True}

    show(with_server(work), as_json=as_json)
