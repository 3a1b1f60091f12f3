"""`python -m bench.decision`: what one decision of a person costs the server, and how much it stores.

By hand, not a timed test. The whole application runs in this process, without a network and with its
sequencer: each round asks, shows the consent page with Amina's profile, and accepts; the POST is timed to
its answer (record, receipt, ledger event, the page kept, the code, all durable), and its unit of work apart.
Once on SQLite and once on PostgreSQL.
"""

import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlencode

import httpx
import typer
from sqlalchemy import func, select
from sqlmodel import col

from bench.databases import HELP, on_each, say, serving
from bench.history import PASSWORD, Took, sign_in, timed
from consent.profile.personas import load_persona
from consent.records.tables import ConsentRecord, NoticeShown, NoticeVersion
from foundation.settings import Settings
from foundation.statements import Statement
from foundation.web.csrf import FIELD
from idp.app import open_app
from idp.authorize.decision import Decider
from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.commands.people import add_account
from idp.context import Server

EMAIL = "amina@example.org"
REDIRECT = "https://coach.example/callback"
AIM = 15  # milliseconds of server time, on the clock
SCOPES = "openid profile email skills experiences trainings offline_access"
ASKED = {
    "client_id": "app", "redirect_uri": REDIRECT, "response_type": "code", "scope": SCOPES, "state": "s",
    "code_challenge": "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM", "code_challenge_method": "S256",
    "prompt": "consent",
}  # fmt: skip


class _Bytes(NamedTuple):
    rows: int
    size: int


def main(
    database: Annotated[str, typer.Option(help=HELP)] = "",
    rounds: Annotated[int, typer.Option(help="Decisions to time.")] = 200,
) -> None:
    """Print p50, p95, worst and processor time, in milliseconds, and the bytes kept per decision."""
    on_each(database, lambda settings: _run(settings, rounds))


async def _run(settings: Settings, rounds: int) -> None:
    async with serving(settings, sequencing=True) as server, _browser(server) as client:
        units = _watch()
        asking, shown, posts = [], [], []
        for number in range(rounds + 10):
            answer, took = await timed(client.get(f"/authorize?{urlencode(ASKED)}"))
            continued, _ = await timed(client.get(answer.headers["location"]))
            page, look = await timed(client.get(continued.headers["location"]))
            form = consent_form(page.text) | {
                "decision": "accept",
                "duration": "30d",
                "scope": ["skills", "email"],
            }
            if number % 2:
                form["scope"] = ["skills", "experiences"]
            decided, post = await timed(
                client.post(page.url.path, data=form, headers={"sec-fetch-site": "same-origin"})
            )
            if not decided.headers.get("location", "").startswith(REDIRECT):
                raise RuntimeError(f"no code: {decided.status_code}")
            if number >= 10:
                asking.append(took)
                shown.append(look)
                posts.append(post)
        say(f"\n{server.db.dialect}, {rounds} decisions")
        _tell("open the request", asking)
        _tell("show the page, kept and recorded", shown)
        _tell("decide: the whole POST", posts)
        _tell("  of it, the unit: record, receipt, event, code", units[10:])
        await _tell_bytes(server)
        p50 = statistics.median(post.wall for post in posts)
        say(f"the figure: a decision takes {p50:.1f} ms at the median (the aim: under {AIM})")


def _watch() -> list[Took]:
    """Time the decision's own unit of work, from its first statement to its durable end."""
    took: list[Took] = []
    accept = Decider.accept

    async def watched(self: Decider, *arguments: Any) -> Any:
        location, one = await timed(accept(self, *arguments))
        took.append(one)
        return location

    Decider.accept = watched  # type: ignore[method-assign, assignment]  # to see inside, for this run alone
    return took


@asynccontextmanager
async def _browser(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Amina, signed in, before an app that may ask what the sample app asks."""
    await add_account(server, EMAIL, PASSWORD, "person", load_persona("amina"))
    metadata = ClientMetadata(
        name="Cap Coaching",
        redirect_uris=(REDIRECT,),
        optional_scopes=("email", "skills", "experiences", "trainings", "offline_access"),
    )
    await register_client(server, "app", metadata, "app-secret")
    async with open_app(server) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=server.issuer) as client:
            client.headers.update({"accept": "text/html", "accept-language": "fr"})
            await sign_in(client, EMAIL)
            yield client


def consent_form(page: str) -> dict[str, Any]:
    """What a consent page carries of its own."""

    def hidden(name: str) -> str:
        return page.split(f'name="{name}" value="', 1)[1].split('"', 1)[0]

    return {FIELD: hidden(FIELD), "page": hidden("page")}


async def _tell_bytes(server: Server) -> None:
    for table, column in (
        (ConsentRecord, "packed"), (NoticeShown, "sealed"), (NoticeVersion, "packed"),
    ):  # fmt: skip
        size = func.coalesce(func.sum(func.length(col(getattr(table, column)))), 0)
        async with server.db.reading() as tx:
            found = await tx.one(Statement(select(func.count(), size), _Bytes))
        each = found.size / max(found.rows, 1)
        say(f"{table.__tablename__:16} {found.rows:6} rows, {each:7.0f} bytes each")


def _tell(name: str, took: list[Took]) -> None:
    wall, cpu = (sorted(getattr(one, kind) for one in took) for kind in ("wall", "cpu"))
    p95 = wall[int(len(wall) * 0.95)]
    say(
        f"{name:48} p50 {statistics.median(wall):6.1f} ms  p95 {p95:6.1f}  worst {wall[-1]:6.1f}"
        f"   cpu p50 {statistics.median(cpu):5.1f}"
    )


if __name__ == "__main__":
    if sys.flags.dev_mode:
        say("development mode: these times mean little")
    typer.run(main)
