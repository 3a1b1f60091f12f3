"""Invariants 1 and 2: nothing leaves before its event is durable; what cannot be recorded does not happen."""

from collections.abc import Callable
from typing import Any, NamedTuple, NoReturn

import pytest
from sqlalchemy import bindparam, select, update
from sqlmodel import col

from consent.ledger.append import Ledger
from consent.ledger.tables import LedgerEvent
from consent.tables import ProfileDataset
from foundation.clock import SECOND
from foundation.database import open_database
from foundation.errors import StorageUnavailableError
from foundation.statements import Statement, Write
from tests.idp.support import World
from tests.idp.tokens import refused


class Found(NamedTuple):
    id: str


FIND_EVENT = Statement(select(col(LedgerEvent.id)).where(col(LedgerEvent.id) == bindparam("event_id")), Found)
PATHS = ("/v1/me", "/v1/me/skills", "/userinfo")


class Failing(Ledger):
    """A ledger that fails to write an event, before or after its row was written."""

    def __init__(self, failure: Callable[[], Exception], *, after: bool) -> None:
        super().__init__()
        self.failure = failure
        self.after = after

    async def append(self, *what: Any, **more: Any) -> NoReturn:
        if self.after:
            await super().append(*what, **more)
        raise self.failure()

    async def keep(self, *what: Any, **more: Any) -> NoReturn:
        if self.after:
            await super().keep(*what, **more)
        raise self.failure()


def break_ledger(world: World, failure: Callable[[], Exception], *, after: bool = False) -> None:
    object.__setattr__(world.server, "ledger", Failing(failure, after=after))


def full() -> Exception:
    return StorageUnavailableError("disk is full")


@pytest.mark.parametrize("after", [False, True])
async def test_a_read_that_cannot_be_recorded_lets_nothing_out(world: World, after: bool) -> None:
    token = (await world.tokens())["access_token"]
    sound = world.server.ledger
    break_ledger(world, full, after=after)
    for path in PATHS:
        answer = await world.read(path, token)
        said = refused(answer, "temporarily_unavailable", 503)
        assert answer.headers["retry-after"] == "2"
        assert "Benali" not in answer.text
        assert "disk" not in str(said)
    object.__setattr__(world.server, "ledger", sound)
    # On PostgreSQL the one statement of a read is its own transaction: what fails after it undoes it no more.
    before = len(PATHS) if after and world.server.db.dialect == "postgresql" else 0
    assert len(await world.events("data.read")) == before
    assert (await world.read("/v1/me/skills", token)).status_code == 200
    assert len(await world.events("data.read")) == before + 1


async def test_a_defect_of_ours_says_nothing_and_lets_nothing_out(world: World) -> None:
    token = (await world.tokens())["access_token"]
    break_ledger(world, lambda: RuntimeError("amina@example.org"), after=True)
    answer = await world.read("/v1/me/skills", token)
    refused(answer, "server_error", 500)
    assert "amina" not in answer.text


async def test_tokens_that_cannot_be_recorded_are_not_given(world: World) -> None:
    await world.grant()
    code, body = await world.code(), (await world.redeem(await world.code())).json()
    sound = world.server.ledger
    # On PostgreSQL each is one statement, which leaves all or nothing; on SQLite the last of several fails.
    break_ledger(world, full, after=world.server.db.dialect == "sqlite")
    refused(await world.redeem(code), "temporarily_unavailable", 503)
    refused(await world.refresh(body["refresh_token"]), "temporarily_unavailable", 503)
    alone = await world.post("/token", {"grant_type": "client_credentials"})
    refused(alone, "temporarily_unavailable", 503)
    object.__setattr__(world.server, "ledger", sound)
    # Nothing was half written: code and refresh token are as they were.
    assert (await world.redeem(code)).status_code == 200
    assert (await world.refresh(body["refresh_token"])).status_code == 200
    assert [event["facts"]["retry"] for event in await world.events("token.refreshed")] == [False]


async def test_a_ledger_that_lags_stops_reads_and_says_when_to_come_back(world: World) -> None:
    token = (await world.tokens())["access_token"]
    lagging = Ledger(lag=lambda _now: 61 * SECOND)
    object.__setattr__(world.server, "ledger", lagging)
    answer = await world.read("/v1/me/skills", token)
    refused(answer, "ledger_lagging", 503)
    assert answer.headers["retry-after"] == "5"


async def test_a_database_that_is_gone_is_told_plainly(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    token = (await world.tokens())["access_token"]

    def gone(*_: object, **__: object) -> Any:
        raise StorageUnavailableError("connection refused at 10.0.0.1")

    monkeypatch.setattr(type(world.server.db), "transaction", gone)
    answer = await world.read("/v1/me/skills", token)
    refused(answer, "temporarily_unavailable", 503)
    assert "10.0.0.1" not in answer.text
    monkeypatch.setattr(type(world.server.db), "reading", gone)
    for path in ("/token", "/introspect", "/revoke"):
        fields = {"grant_type": "client_credentials", "token": "x"}
        refused(await world.post(path, fields), "temporarily_unavailable", 503)


async def test_the_event_is_durable_before_the_answer(world: World) -> None:
    """Seen over another connection the moment the answer is there."""
    token = (await world.tokens())["access_token"]
    elsewhere = open_database(world.server.settings.storage_url)
    await elsewhere.start()
    try:
        for _ in range(3):
            body = (await world.read("/v1/me/skills", token)).json()
            async with elsewhere.reading() as tx:
                assert await tx.first(FIND_EVENT, event_id=body["event_id"]) is not None
    finally:
        await elsewhere.stop()


async def test_a_poisoned_row_is_a_clear_error_and_no_data(world: World) -> None:
    """A dataset put back from an older revision, or another's, does not open."""
    token = (await world.tokens())["access_token"]
    async with world.server.db.transaction() as tx:
        await tx.run(Write(update(ProfileDataset).values(revision=7)))
    answer = await world.read("/v1/me/skills", token)
    refused(answer, "server_error", 500)
    assert await world.events("data.read") == []
