"""A polled request under way in a small world: kept, answered by amina, asked about."""

from typing import NamedTuple

import httpx

from consent.grants import find_standing
from foundation.clock import MINUTE
from idp.authorize.issue import Occasion, let_go_on
from idp.polling import store
from idp.polling.asking import asking, polled
from idp.polling.kinds import DEVICE
from tests.idp.support import SCOPES, World, add_app

APP = {"grant_types": (DEVICE.grant_type, "refresh_token"), "redirect_uris": ()}


class Waiting(NamedTuple):
    """text: what its app polls with."""

    world: World
    text: str
    row: store.PolledRow

    async def poll(self, **fields: str) -> httpx.Response:
        form = {"grant_type": DEVICE.grant_type, "device_code": self.text} | fields
        return await self.world.post("/token", form)

    async def agree(self) -> str:
        """She agrees; the grant's id."""
        world = self.world
        decided = await world.grant()
        async with world.server.db.transaction() as tx:
            standing = await find_standing(tx, world.person_id, world.client.id)
            assert standing is not None
            assert await store.answer(tx, self.row.id, world.clock.now())
            occasion = Occasion(self.row.request, standing, world.session, world.clock.now(), "t" * 32)
            await let_go_on(world.server, tx, occasion)
        return decided.standing.grant_id

    async def refuse(self) -> bool:
        async with self.world.server.db.transaction() as tx:
            return await store.answer(tx, self.row.id, self.world.clock.now())

    async def kept(self) -> store.PolledRow:
        """Its row now."""
        async with self.world.server.db.reading() as tx:
            row = await store.find(tx, self.row.id)
        assert row is not None
        return row


async def kiosk(world: World, client_id: str = "kiosk", **metadata: object) -> World:
    """The world seen by an app that polls."""
    client = await add_app(world.server, client_id, "app-secret", **APP | metadata)
    return world.of(client, "app-secret")


async def start(world: World, **form: str) -> Waiting:
    """The world's app makes a request."""
    now = world.clock.now()
    asked = asking(DEVICE, world.client, {"scope": SCOPES} | form, ("scope", "dpop_jkt"), now)
    text, row = polled(asked, world.server.secrets.token_hash, expires_at=now + 10 * MINUTE)
    async with world.server.db.transaction() as tx:
        assert await store.keep(tx, row)
    return Waiting(world, text, row)
