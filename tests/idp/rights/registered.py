"""A program to be killed: it makes somebody's account, and says with a file when it begins to.

python -m tests.idp.rights.registered <database url> <data folder> <address> <time> <file>
"""

import asyncio
import sys
from pathlib import Path

from foundation.clock import FrozenClock
from idp.context import Server
from idp.people.accounts import Draft
from idp.people.addresses import parse_address
from idp.people.opening import create_account
from idp.running.opening import open_server
from tests.idp.support import settings_for


async def register(server: Server, email: str) -> str:
    """Her account; its id."""
    address = parse_address(email)
    assert address is not None
    async with server.db.transaction() as tx:
        return (await create_account(tx, server, Draft(address, "!"), server.clock.now())).id


async def work(url: str, folder: str, email: str, now: str, begun: str) -> None:
    async with open_server(settings_for(url, Path(folder)), FrozenClock(int(now))) as server:
        Path(begun).touch()
        await register(server, email)


if __name__ == "__main__":
    asyncio.run(work(*sys.argv[1:]))
