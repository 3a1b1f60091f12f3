"""`accord signals`, `accord client signals`: how apps are told, what they were told, telling them again."""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import typer
from rich.table import Table

from foundation.clock import SECOND, to_datetime
from foundation.ids import is_id
from idp.clients.registry import find_client
from idp.commands.clients import group as clients
from idp.commands.output import AsJson, fail, out, show, with_server
from idp.context import Server
from idp.signals.erasure import is_overdue
from idp.signals.overview import every_app
from idp.signals.replay import Replay, replay
from idp.signals.state import Shown, page_of_app
from idp.signals.streams import Wish, check_wish, configure, find_stream

group = typer.Typer(no_args_is_help=True, help="What apps are told of changes that they did not make.")


@clients.command("signals")
def deliver(
    client_id: str,
    push_url: Annotated[str | None, typer.Option(help="Push to this address (RFC 8935).")] = None,
    authorization: Annotated[
        str,
        typer.Option(
            help="What the Authorization header of a push says.", envvar="ACCORD_PUSH_AUTHORIZATION"
        ),
    ] = "",
    poll: Annotated[bool, typer.Option("--poll", help="Let the app poll (RFC 8936): the default.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how an app is told; without an option, show it."""
    if poll and push_url:
        raise fail("give --push-url or --poll, not both")
    if authorization and not push_url:
        raise fail("--authorization goes with --push-url")

    async def work(server: Server) -> dict[str, Any]:
        wish = Wish(push_url or "", authorization, "operator")
        check_wish(server, wish)
        now = server.clock.now()
        async with server.db.transaction() as tx:
            if await find_client(tx, client_id) is None:
                raise fail(f"{client_id} is no registered app")
            if push_url or poll:
                await configure(server, tx, client_id, wish, now)
            stream = await find_stream(tx, client_id)
            late = await is_overdue(tx, client_id, now)
        return {
            "client_id": client_id,
            "delivery": "poll" if stream is None else stream.delivery,
            "push_url": None if stream is None else stream.push_url,
            "authorization": stream is not None and stream.sealed_authorization is not None,
            "failures": 0 if stream is None else stream.failures,
            "failure": None if stream is None else stream.failure,
            "overdue": late,
        }

    show(with_server(work), as_json=as_json)


@group.command("list")
def list_signals(
    client: Annotated[str, typer.Option(help="The events of this app; without it, a line an app.")] = "",
    before: Annotated[str, typer.Option(help="Those older than this one: the last `jti` of a page.")] = "",
    as_json: AsJson = False,
) -> None:
    """What apps were told, and what came of it; the newest first."""

    async def of_app(server: Server) -> list[dict[str, Any]]:
        async with server.db.reading() as tx:
            events, _ = await page_of_app(server, tx, client, before, server.clock.now())
        return [_told(event) for event in events]

    async def of_all(server: Server) -> list[dict[str, Any]]:
        async with server.db.reading() as tx:
            states = await every_app(tx, server.clock.now())
        return [one._asdict() | {"oldest_waiting": _moment(one.oldest_waiting)} for one in states]

    rows = with_server(of_app if client else of_all)
    if as_json:
        show({"signals" if client else "clients": rows}, as_json=True)
        return
    if not rows:
        out.print("Nothing was told yet.")
        return
    table = Table(*rows[0])
    for row in rows:
        table.add_row(*["" if value is None else str(value) for value in row.values()])
    out.print(table)


@group.command("replay")
def replay_signals(
    client: Annotated[str, typer.Option(help="The app to tell again.")],
    since: Annotated[str, typer.Option(help="Everything since this day (YYYY-MM-DD, UTC).")] = "",
    jti: Annotated[str, typer.Option(help="This event alone.")] = "",
    as_json: AsJson = False,
) -> None:
    """Tell an app again, with the same `jti`: it knows what it has already."""
    if bool(since) == bool(jti) or (jti and not is_id(jti)):
        raise fail("give --since YYYY-MM-DD or --jti ID, one of them")
    start = 0 if jti else _day(since)

    async def work(server: Server) -> dict[str, Any]:
        again = gone = 0
        more, at = True, start
        while more:
            async with server.db.transaction() as tx:
                if await find_client(tx, client) is None:
                    raise fail(f"{client} is no registered app")
                part = await replay(server, tx, Replay(client, "operator", jti, at), server.clock.now())
            again, gone = again + part.again, gone + part.gone
            more, at = part.more, part.until
        return {"client_id": client, "replayed": again, "gone": gone}

    show(with_server(work), as_json=as_json)


def _day(text: str) -> int:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise fail("--since is a day, YYYY-MM-DD") from None
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * SECOND


def _told(event: Shown) -> dict[str, Any]:
    return {
        "jti": event.id,
        "event": event.name,
        "grant_id": event.grant_id,
        "occurred_at": _moment(event.occurred_at),
        "state": event.state_name,
        "attempts": event.attempts,
        "acknowledged_at": _moment(event.acknowledged_at),
        "error": event.error,
        "erase_by": _moment(event.due),
        "erased_at": _moment(event.erased_at),
    }


def _moment(at: int | None) -> str | None:
    return None if at is None else to_datetime(at).isoformat(timespec="seconds")
