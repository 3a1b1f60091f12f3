"""One whole server for a module of tests: every endpoint and page, an app that may do everything, amina.

Most of what is asked of it is refused; what is not changes nothing that another test there counts on.
"""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from consent.catalogue import CATALOGUE
from foundation.clock import FrozenClock
from idp.app import open_app
from idp.people import room
from idp.people.accounts import replace_password
from idp.people.pace import Pace
from idp.registration.registering import REGISTRATION_PATH
from idp.running.opening import open_server
from idp.signals import poll
from keys import making
from tests.hostile.test_token_kinds import ALL_GRANTS
from tests.idp.grants.test_resource import own_token
from tests.idp.receipts.papers import seal_log
from tests.idp.registration.newcomer import LEAST, bearer, initial_token
from tests.idp.support import ISSUER, World, add_app, settings_for
from tests.idp.tokens import quick_generate
from tests.idp.visitor import PASSWORD, Visitor, quick_hasher
from tests.support.schema import copy_database

SECRET = "app-secret"
_GIVEN = {"openid", "profile", "offline_access"}
ASKED = tuple(CATALOGUE)


@dataclass
class Whole:
    """credentials: an Authorization header of each kind that somewhere is a good one. live: ids that are
    good in a path, by the name they have there."""

    world: World
    visitor: Visitor
    credentials: dict[str, str]
    live: dict[str, str]


@asynccontextmanager
async def whole_server(template: Path, folder: Path, **fields: Any) -> AsyncIterator[Whole]:
    """template: an empty SQLite database with every table. fields: settings of its own."""
    copy_database(template, folder / "accord.sqlite3")
    clock, settings = FrozenClock(), settings_for(f"sqlite:///{folder}/accord.sqlite3", folder, **fields)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "_generate", quick_generate)
        patch.setattr(room, "Hasher", quick_hasher)
        patch.setattr(room, "Pace", lambda: Pace(0))
        patch.setattr(poll, "WAIT_SECONDS", 0.0)
        async with open_server(settings, clock) as server, open_app(server) as app:
            visitor = Visitor(app, clock)
            async with (
                visitor.http,
                httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=ISSUER) as http,
            ):
                yield await _lived_in(await World.make(server, http, clock), visitor)


async def _lived_in(world: World, visitor: Visitor) -> Whole:
    hasher = quick_hasher()
    hashed = await hasher.hash(PASSWORD)
    hasher.close()
    async with world.server.db.transaction() as tx:
        assert await replace_password(tx, world.person_id, "!", hashed)
    optional = tuple(name for name in ASKED if name not in {"openid", "profile"})
    app = world.of(
        await add_app(world.server, "all", SECRET, optional_scopes=optional, grant_types=ALL_GRANTS), SECRET
    )
    ticked = [name for name in ASKED if name not in _GIVEN]
    decided = await app.grant(app.client, asked=" ".join(ASKED), scope=ticked)
    body = (await app.redeem(await app.code(app.client, scope=" ".join(ASKED)))).json()
    _, initial = await initial_token(world.server)
    said = (await world.http.post(REGISTRATION_PATH, json=LEAST, headers=bearer(initial))).json()
    await seal_log(world)
    tokens = {
        "person": body["access_token"],
        "own": await own_token(app),
        "initial": initial,
        "registration": said["registration_access_token"],
        "nonsense": "a.b.c",
    }
    credentials = {name: f"Bearer {text}" for name, text in tokens.items()}
    credentials["app"] = f"Basic {b64encode(f'all:{SECRET}'.encode()).decode()}"
    live = {"grant_id": decided.standing.grant_id, "client_id": said["client_id"]}
    return Whole(app, visitor, credentials, live)
