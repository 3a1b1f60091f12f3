"""`python -m bench.revoking`: what ending a grant costs that let out a hundred thousand tokens, beside a few.

By hand, not a timed test. The whole application runs in this process, without a network, with its sequencer.
One person agreed to two apps; one of them holds tokens of a great many sign-ins. In turn, each gives a token
back (RFC 7009), and the person ends each grant with one tap; each round is made of fresh tokens, and what
was ended is refused by the very next call, or this ends with an error. Once on SQLite and once
on a PostgreSQL server of the bench's own, or on the empty database that `--database` names.
"""

import logging
import statistics
from collections import namedtuple
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any, NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import structlog
import typer
from sqlalchemy import bindparam, select, update
from sqlmodel import SQLModel, col

from bench.databases import HELP, on_each, say, serving
from bench.decision import EMAIL, consent_form
from bench.history import PASSWORD, Took, sign_in, timed
from bench.rows import PIECE
from bench.works import CHALLENGE, REDIRECT_URI, VERIFIER, Client
from consent.profile.personas import load_persona
from consent.tables import Grant
from foundation.ids import new_id
from foundation.settings import Settings
from foundation.statements import Bulk, Statement, Write
from foundation.web.csrf import FIELD
from idp.app import open_app
from idp.clients.metadata import ClientMetadata
from idp.commands.clients import register_client
from idp.commands.people import add_account
from idp.context import Server
from idp.token.tables import AccessToken, Line

SAME_SITE = {"sec-fetch-site": "same-origin"}
SCOPES = "openid skills offline_access"


class App(NamedTuple):
    """An app that has a grant of hers."""

    client: Client
    grant_id: str


class _Id(NamedTuple):
    id: str


_GRANT_OF = Statement(select(col(Grant.id)).where(col(Grant.client_id) == bindparam("client_id")), _Id)
_AGAIN = Write(
    update(Grant).where(col(Grant.id) == bindparam("grant_id")).values(revoked_at=None, end_reason=None)
)


def main(
    database: Annotated[str, typer.Option(help=HELP)] = "",
    tokens: Annotated[int, typer.Option(help="Issued under the larger grant.", min=1)] = 100_000,
    rounds: Annotated[int, typer.Option(help="Of each; medians count.", min=1)] = 41,
) -> None:
    """Print the medians of both, few tokens beside many, in milliseconds."""
    # Each refusal is one that is looked for: no line of the log.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    on_each(database, lambda settings: _measure(settings, tokens, rounds))


async def _measure(settings: Settings, tokens: int, rounds: int) -> None:
    async with serving(settings, sequencing=True) as server, _browser(server) as browser:
        apps = [await _agreed(server, browser, f"app-{number}") for number in range(2)]
        await _issue(server, browser, apps[1], tokens)
        given_back: list[list[Took]] = [[], []]
        ended: list[list[Took]] = [[], []]
        for _ in range(rounds):
            for app, one, other in zip(apps, given_back, ended, strict=True):
                one.append(await _give_back(browser, app))
                other.append(await _end(server, browser, app))
    say(f"{server.db.dialect}, medians of {rounds}: ms of CPU (ms on the clock)")
    say(f"{'':34}{'a few tokens':>18}{f'{tokens:,} tokens':>18}")
    for what, took in (("POST /revoke", given_back), ("the person ends the grant", ended)):
        figures = [Took(*map(statistics.median, zip(*each, strict=True))) for each in took]
        say(f"{what:34}" + "".join(f"{one.cpu:9.1f} ({one.wall:6.1f})" for one in figures))


async def _give_back(browser: httpx.AsyncClient, app: App) -> Took:
    token = await _tokens(browser, app)
    form = {"token": token["refresh_token"], **_secret(app)}
    answer, took = await timed(browser.post("/revoke", data=form))
    answer.raise_for_status()
    await _refused(browser, app, token)
    return took


async def _end(server: Server, browser: httpx.AsyncClient, app: App) -> Took:
    """One tap; then the grant is opened again, as nobody ever does, for the next round."""
    token = await _tokens(browser, app)
    page = (await browser.get(f"/account/apps/{app.grant_id}")).text
    form = {FIELD: page.split(f'name="{FIELD}" value="', 1)[1].split('"', 1)[0]}
    path = f"/account/apps/{app.grant_id}/revoke"
    answer, took = await timed(browser.post(path, data=form, headers=SAME_SITE))
    if answer.status_code != 303:
        raise RuntimeError(f"not ended: {answer.status_code}")
    await _refused(browser, app, token)
    async with server.db.transaction() as tx:
        await tx.run(_AGAIN, grant_id=app.grant_id)
    return took


async def _refused(browser: httpx.AsyncClient, app: App, token: dict[str, str]) -> None:
    """The next call with either token: nothing is read, nothing refreshed, and the app is told so."""
    bearer = {"authorization": f"Bearer {token['access_token']}"}
    form = {"grant_type": "refresh_token", "refresh_token": token["refresh_token"], **_secret(app)}
    read = await browser.get("/v1/me/skills", headers=bearer)
    asked = await browser.post("/introspect", data={"token": token["access_token"], **_secret(app)})
    refreshed = await browser.post("/token", data=form)
    told = (read.status_code, asked.json(), refreshed.status_code)
    if told != (401, {"active": False}, 400):
        raise RuntimeError(f"what was ended is still taken: {told}")


async def _tokens(browser: httpx.AsyncClient, app: App) -> dict[str, str]:
    """Fresh ones of another sign-in, which work."""
    answer = await browser.get(f"/authorize?{urlencode(_asked(app.client))}")
    if not answer.headers["location"].startswith(REDIRECT_URI):
        answer = await browser.get(answer.headers["location"])
    code = parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": REDIRECT_URI,
        "code_verifier": VERIFIER, **_secret(app),
    }  # fmt: skip
    token: dict[str, str] = (await browser.post("/token", data=form)).raise_for_status().json()
    bearer = {"authorization": f"Bearer {token['access_token']}"}
    (await browser.get("/v1/me/skills", headers=bearer)).raise_for_status()
    return token


def _asked(client: Client) -> dict[str, str]:
    return {
        "client_id": client.client_id, "redirect_uri": REDIRECT_URI, "response_type": "code",
        "scope": SCOPES, "state": "s", "code_challenge": CHALLENGE, "code_challenge_method": "S256",
    }  # fmt: skip


def _secret(app: App) -> dict[str, str]:
    return {"client_id": app.client.client_id, "client_secret": app.client.secret}


@asynccontextmanager
async def _browser(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    """Of Amina, signed in."""
    await add_account(server, EMAIL, PASSWORD, "person", load_persona("amina"))
    async with open_app(server) as app:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url=server.issuer) as browser:
            await sign_in(browser, EMAIL)
            yield browser


async def _agreed(server: Server, browser: httpx.AsyncClient, name: str) -> App:
    """An app, and the person's yes to all that it asks."""
    metadata = ClientMetadata(
        name=name, redirect_uris=(REDIRECT_URI,), optional_scopes=("skills", "offline_access"),
        auth_method="client_secret_post",
    )  # fmt: skip
    client = Client(name, f"{name}-secret")
    await register_client(server, name, metadata, client.secret)
    answer = await browser.get(f"/authorize?{urlencode(_asked(client))}")
    while answer.is_redirect:
        answer = await browser.get(answer.headers["location"])
    form = consent_form(answer.text) | {"decision": "accept", "duration": "180d", "scope": ["skills"]}
    answer = await browser.post(answer.url.path, data=form, headers=SAME_SITE)
    if not answer.headers.get("location", "").startswith(REDIRECT_URI):
        raise RuntimeError(f"no code: {answer.status_code}")
    async with server.db.reading() as tx:
        return App(client, (await tx.one(_GRANT_OF, client_id=name)).id)


async def _issue(server: Server, browser: httpx.AsyncClient, app: App, count: int) -> None:
    """Rows of so many redeemed sign-ins, each with its access token: copies of a real one's."""
    await _tokens(browser, app)
    async with server.db.reading() as tx:
        token = await tx.one(_TOKEN_OF, client_id=app.client.client_id)
        line = await tx.one(_LINE_OF, line_id=token.line_id)
    now = server.clock.now()
    for begun in range(0, count, PIECE):
        ids = [(new_id(now), new_id(now)) for _ in range(min(PIECE, count - begun))]
        async with server.db.transaction() as tx:
            await tx.insert(_LINES, [line._replace(id=line_id) for line_id, _ in ids])
            await tx.insert(
                _TOKENS, [token._replace(id=token_id, line_id=line_id) for line_id, token_id in ids]
            )


def _table_row(model: type[SQLModel]) -> Any:
    return namedtuple(model.__name__, list(model.model_fields))  # whatever its columns


_LINE_OF = Statement(select(Line).where(col(Line.id) == bindparam("line_id")), _table_row(Line))
_TOKEN_OF = Statement(
    select(AccessToken).where(col(AccessToken.client_id) == bindparam("client_id")), _table_row(AccessToken)
)
_LINES, _TOKENS = Bulk(Line), Bulk(AccessToken)


if __name__ == "__main__":
    typer.run(main)
