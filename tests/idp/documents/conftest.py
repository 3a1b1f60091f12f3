"""A server that takes addresses for apps, and the site behind one."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from foundation.clock import FrozenClock
from foundation.outbound.fetching import Limits, Outbound
from foundation.settings import Settings
from idp.context import Server
from tests.foundation.outbound.servers import Authority, Leading, names, serving
from tests.idp.documents.site import Site
from tests.idp.support import settings_for


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_for(database_url, tmp_path, client_id_documents=True)


@pytest.fixture
async def site(server: Server, tmp_path: Path, clock: FrozenClock) -> AsyncIterator[Site]:
    """Its name leads to a public address, which is this very server's; others lead where they should not."""
    made, authority = Site(), Authority(tmp_path)
    tls = authority.serving("agent.example", "inside.example")
    async with serving(made.serve, tls) as port:
        known = names(agent_example=["93.184.216.34"], inside_example=["10.0.0.7"])
        outbound = Outbound(
            limits=Limits(seconds=30), trust=authority.trusting(), backend=Leading(port), resolve=known
        )
        object.__setattr__(server, "outbound", outbound)  # frozen for everybody else
        yield made
        outbound.close()
