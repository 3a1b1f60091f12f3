"""Over random lives of a grant, what leaves is what the model lets out: both databases, every reader."""

import itertools

import httpx
import pytest
from hypothesis import HealthCheck, given, settings

from foundation.clock import SECOND, FrozenClock
from idp.context import Server
from tests.idp.releases import moves
from tests.idp.releases.face import EVERY_READER
from tests.idp.releases.life import Life
from tests.idp.releases.readers import OPTIONAL, Reader

_MARK = itertools.count()
LIVES = settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.timeout(600)  # hundreds of reads on each database, beside whatever else the machine does
@LIVES
@given(life=moves.LIVES)
@pytest.mark.parametrize("reader", EVERY_READER, ids=lambda reader: reader.name)
async def test_what_leaves_is_what_the_grant_allows(
    server: Server, http: httpx.AsyncClient, clock: FrozenClock, reader: Reader, life: tuple
) -> None:
    first, others = life
    one = Life(await reader.settle(server, http, clock, f"p{next(_MARK)}"), reader)
    await one.make(first)
    await one.look(("profile", *OPTIONAL))
    assert one.let_out > 0  # who she is at least: nothing is proved by refusals alone
    for episode, looks in others:
        for move in episode:
            await one.make(move)
            clock.advance(SECOND)
        await one.look(["profile", "skills", *looks])
    await one.look(OPTIONAL)
