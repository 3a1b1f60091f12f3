"""An app that may ask by details."""

import pytest
from sqlalchemy import update

from foundation.statements import Write
from idp.clients.registry import find_client
from idp.clients.tables import Client
from tests.idp.details.rich import MAY_ASK
from tests.idp.support import World


@pytest.fixture
async def world(world: World) -> World:
    metadata = world.client.metadata.model_copy(update=MAY_ASK)
    async with world.server.db.transaction() as tx:
        await tx.run(Write(update(Client).values(metadata_json=metadata.model_dump_json())))
        client = await find_client(tx, world.client.id)
    assert client is not None
    world.client = client
    return world
