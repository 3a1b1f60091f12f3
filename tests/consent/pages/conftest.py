"""The pages of one person and one auditor, over a real database, without a server or a session."""

import pytest

from foundation.database import open_database
from tests.consent.pages.site import Site, open_site


@pytest.fixture
async def site(sqlite_url, clock):
    """A person with amina's profile, an auditor, and a browser for each."""
    database = open_database(sqlite_url)
    await database.start()
    async with open_site(database, clock) as opened:
        yield opened
    await database.stop()


@pytest.fixture
async def shared(site: Site) -> Site:
    """The same, after she shared skills and experiences with the coach for 30 days, and it read twice."""
    await site.share("skills", "experiences")
    await site.read("skills")
    await site.read("experiences")
    return site
