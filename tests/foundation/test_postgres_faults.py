"""PostgreSQL on a bad day: connections cut or all taken, the server restarted, read-only, silent."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg
import pytest
import sqlalchemy as sa

from foundation import postgres_pool
from foundation.database import ConflictError, Database, UnitSuspendedError, open_database
from foundation.errors import StorageUnavailableError
from foundation.postgres import PostgresDatabase
from foundation.statements import Statement
from tests.foundation.probes import ADD, CLAIM, INSERT, SELECT, create_probes, ids, row, write
from tests.support.postgres import Cluster

pytestmark = pytest.mark.postgres


class Number(NamedTuple):
    value: int


MY_BACKEND = Statement(sa.text("SELECT pg_backend_pid()"), Number)
SLEEP = Statement(sa.text("SELECT 1 FROM pg_sleep(30)"), Number)
LOCK = Statement(sa.text("SELECT 1 FROM probe WHERE id = :id FOR UPDATE"), Number)


@pytest.fixture
async def store(postgres_url: str) -> AsyncIterator[Database]:
    db = open_database(postgres_url, pool_size=4)
    await db.start()
    await create_probes(db)
    yield db
    await db.stop()


@asynccontextmanager
async def administrator(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    connection = await asyncpg.connect(url)
    yield connection
    await connection.close()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  # what it waits for has no event
            await asyncio.sleep(0.01)


def sessions(db: Database) -> postgres_pool.Sessions:
    assert isinstance(db, PostgresDatabase)
    return db._sessions


async def open_transactions(url: str) -> int:
    async with administrator(url) as admin:
        found: int = await admin.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND xact_start IS NOT NULL AND pid <> pg_backend_pid()"
        )
        return found


async def test_a_connection_lost_in_a_unit_is_said_and_the_next_unit_works(
    store: Database, postgres_url: str
):
    with pytest.raises(StorageUnavailableError):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("lost"))
            backend = (await tx.one(MY_BACKEND)).value
            async with administrator(postgres_url) as admin:
                await admin.execute(f"SELECT pg_terminate_backend({backend}, 5000)")
            await tx.run(INSERT, **row("lost too"))
    await write(store, "after")
    assert await ids(store) == {"after"}


async def test_a_connection_lost_before_the_commit_keeps_nothing(store: Database, postgres_url: str):
    with pytest.raises(StorageUnavailableError):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("lost"))
            backend = (await tx.one(MY_BACKEND)).value
            async with administrator(postgres_url) as admin:
                await admin.execute(f"SELECT pg_terminate_backend({backend}, 5000)")
    assert await ids(store) == set()


async def test_a_units_own_error_wins_over_the_connection_lost_with_it(store: Database, postgres_url: str):
    with pytest.raises(ZeroDivisionError):
        async with store.transaction() as tx:
            backend = (await tx.one(MY_BACKEND)).value
            async with administrator(postgres_url) as admin:
                await admin.execute(f"SELECT pg_terminate_backend({backend}, 5000)")
            raise ZeroDivisionError
    await write(store, "after")


async def test_connections_cut_while_nobody_uses_them_are_replaced_unseen(store: Database, postgres_url: str):
    await asyncio.gather(*(write(store, f"{number}") for number in range(20)))
    async with administrator(postgres_url) as admin:
        await admin.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await until(lambda: all(session.connection.is_closed() for session in sessions(store)._free))
    await asyncio.gather(*(write(store, f"again {number}") for number in range(20)))
    assert len(await ids(store)) == 40
    assert len(sessions(store)._all) <= 4


async def test_units_wait_their_turn_for_a_connection(store: Database):
    at_once, most = 0, 0

    async def unit(number: int) -> None:
        nonlocal at_once, most
        async with store.transaction() as tx:
            at_once += 1
            most = max(most, at_once)
            await tx.run(INSERT, **row(f"{number:02}"))
            at_once -= 1

    await asyncio.gather(*(unit(number) for number in range(64)))
    assert most <= 4
    assert len(sessions(store)._all) == 4
    assert len(await ids(store)) == 64


async def test_when_every_connection_is_taken_too_long_it_is_said(
    store: Database, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres_pool, "_WAIT_SECONDS", 0.2)
    release = asyncio.Event()

    async def hold() -> None:
        async with store.transaction():
            await release.wait()

    held = [asyncio.create_task(hold()) for _ in range(4)]
    await until(lambda: len(sessions(store)._all) == 4 and not sessions(store)._free)
    with pytest.raises(StorageUnavailableError, match="busy"):
        await write(store, "refused")
    waiting = asyncio.create_task(write(store, "waited"))
    await asyncio.sleep(0)
    release.set()
    await asyncio.gather(*held, waiting)
    assert await ids(store) == {"waited"}


async def test_who_gives_up_waiting_loses_no_connection(store: Database):
    release = asyncio.Event()

    async def hold() -> None:
        async with store.transaction():
            await release.wait()

    held = [asyncio.create_task(hold()) for _ in range(4)]
    await until(lambda: len(sessions(store)._all) == 4 and not sessions(store)._free)
    waiting = [asyncio.create_task(write(store, f"{number}")) for number in range(8)]
    await asyncio.sleep(0)
    for task in waiting[:4]:
        task.cancel()
    release.set()
    await asyncio.gather(*held)
    for task in waiting[4:6]:
        task.cancel()  # some of them have just been handed a connection
    await asyncio.gather(*waiting, return_exceptions=True)
    await asyncio.gather(*(write(store, f"after {number}") for number in range(8)))
    assert {"6", "7"} <= await ids(store)
    await until(lambda: len(sessions(store)._free) == len(sessions(store)._all) <= 4)


async def test_a_connection_handed_to_who_has_just_given_up_goes_to_the_next(store: Database):
    pool = sessions(store)
    held = [await pool.take() for _ in range(4)]
    for hand_over in (pool.give_back, pool.discard):  # a connection, or the place of one
        gone, next_one = asyncio.create_task(pool.take()), asyncio.create_task(pool.take())
        await asyncio.sleep(0)
        hand_over(held.pop())
        gone.cancel()
        held.append(await next_one)
        assert gone.cancelled()
    for session in held:
        pool.give_back(session)
    await write(store, "after")
    assert len(pool._free) == len(pool._all) == 4


async def test_who_waits_for_a_connection_when_the_server_stops_is_told_so(store: Database):
    pool = sessions(store)
    held = [await pool.take() for _ in range(4)]
    waiting = asyncio.create_task(write(store, "late"))
    await asyncio.sleep(0)
    await store.stop()
    with pytest.raises(StorageUnavailableError, match="closed"):
        await waiting
    assert all(session.connection.is_closed() for session in held)


async def test_a_connection_that_opens_after_the_stop_is_closed(
    store: Database, monkeypatch: pytest.MonkeyPatch
):
    pool, connect = sessions(store), asyncpg.connect
    opened: list[asyncpg.Connection[asyncpg.Record]] = []
    stopped = asyncio.Event()

    async def slowly(*arguments: object, **options: object) -> object:
        opened.append(await connect(*arguments, **options))
        await stopped.wait()
        return opened[0]

    monkeypatch.setattr(asyncpg, "connect", slowly)
    held = await pool.take()
    late = asyncio.create_task(write(store, "late"))
    await until(lambda: bool(opened))
    pool.give_back(held)
    await store.stop()
    stopped.set()
    with pytest.raises(StorageUnavailableError):
        await late
    assert opened[0].is_closed()


async def test_mending_that_is_cut_short_leaves_no_connection_half_way(store: Database):
    pool = sessions(store)
    unit = asyncio.create_task(_sleep(store))
    await until(lambda: bool(pool._all) and not pool._free)
    await asyncio.sleep(0.05)
    unit.cancel()
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    (mending,) = pool._mending
    mending.cancel()
    await asyncio.gather(unit, mending, return_exceptions=True)
    assert not pool._all
    await write(store, "after")


async def _sleep(store: Database) -> None:
    async with store.transaction() as tx:
        await tx.one(SLEEP)


async def test_a_transaction_that_the_server_aborted_is_not_taken_for_kept(store: Database):
    with pytest.raises(StorageUnavailableError, match="COMMIT answered by ROLLBACK"):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("gone"))
            with pytest.raises(asyncpg.PostgresError):  # behind the unit's back
                await tx._session.connection.execute("SELECT nothing FROM nowhere")  # type: ignore[attr-defined]  # its own
    assert await ids(store) == set()


@pytest.mark.parametrize("where", ["statement", "lock", "between statements", "begin", "reading"])
async def test_a_cancelled_task_leaks_neither_a_connection_nor_a_transaction(
    store: Database, postgres_url: str, where: str
):
    await write(store, "row")
    entered = asyncio.Event()

    async def unit() -> None:
        if where == "begin":
            entered.set()
        if where == "reading":
            entered.set()
            async with store.reading() as tx:
                await tx.one(SLEEP)
        async with store.transaction() as tx:
            await tx.run(INSERT, **row(f"gone {id(tx)}"))
            entered.set()
            if where == "statement":
                await tx.one(SLEEP)
            elif where == "lock":
                await tx.one(LOCK, id="row")
            await asyncio.sleep(30)

    async with administrator(postgres_url) as blocker:
        transaction = blocker.transaction()
        await transaction.start()
        if where == "lock":
            await blocker.execute("SELECT 1 FROM probe WHERE id = 'row' FOR UPDATE")
        tasks = [asyncio.create_task(unit()) for _ in range(6)]
        await entered.wait()
        await asyncio.sleep(0 if where == "begin" else 0.1)
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        assert all(isinstance(outcome, asyncio.CancelledError) for outcome in outcomes)
        await transaction.rollback()
    await until(lambda: len(sessions(store)._free) == len(sessions(store)._all))
    assert await open_transactions(postgres_url) == 0
    await asyncio.gather(*(write(store, f"after {number}") for number in range(8)))
    assert await ids(store) == {"row", *(f"after {number}" for number in range(8))}
    assert len(sessions(store)._all) <= 4


async def test_a_silent_server_is_given_up(
    store: Database, postgres_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(postgres_pool, "_SILENCE_SECONDS", 0.3)
    backend = 0
    with pytest.raises(StorageUnavailableError):
        async with store.transaction() as tx:
            backend = (await tx.one(MY_BACKEND)).value
            os.kill(backend, signal.SIGSTOP)
            await tx.run(INSERT, **row("never answered"))
    os.kill(backend, signal.SIGCONT)
    await write(store, "after")
    await until(lambda: len(sessions(store)._free) == len(sessions(store)._all))
    assert await ids(store) == {"after"}


async def test_a_statement_that_the_server_gives_up_is_said(store: Database):
    impatient = Statement(sa.text("SET LOCAL statement_timeout = '50ms'"))
    with pytest.raises(StorageUnavailableError, match="statement timeout"):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("gone"))
            await tx.run(impatient)
            await tx.one(SLEEP)
    await write(store, "after")
    assert await ids(store) == {"after"}


async def test_a_deadlock_is_one_units_loss(store: Database):
    await asyncio.gather(write(store, "a"), write(store, "b"))
    both = asyncio.Barrier(2)

    async def cross(first: str, second: str) -> None:
        async with store.transaction() as tx:
            await tx.run(ADD, more=1, which=first)
            await both.wait()
            await tx.run(ADD, more=1, which=second)

    outcomes = await asyncio.gather(cross("a", "b"), cross("b", "a"), return_exceptions=True)
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "StorageUnavailableError"]
    async with store.reading() as tx:
        assert [(await tx.one(SELECT, id=key)).amount for key in "ab"] == [1, 1]


async def test_a_read_only_server_is_said_and_still_read(store: Database, postgres_url: str):
    await write(store, "before")
    name = postgres_url.rsplit("/", 1)[1]
    async with administrator(postgres_url) as admin:
        await admin.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    demoted = open_database(postgres_url)
    await demoted.start()
    with pytest.raises(StorageUnavailableError, match="read-only"):
        await write(demoted, "refused")
    assert await ids(demoted) == {"before"}
    await demoted.stop()


async def test_a_conflict_that_waits_for_the_commit_is_a_conflict(store: Database, postgres_url: str):
    async with administrator(postgres_url) as admin:
        await admin.execute("CREATE TABLE late (id text REFERENCES probe (id) DEFERRABLE INITIALLY DEFERRED)")
    with pytest.raises(ConflictError):
        async with store.transaction() as tx:
            await tx.run(INSERT, **row("a"))
            await tx.run(Statement(sa.text("INSERT INTO late VALUES ('nobody')")))
    await write(store, "after")
    assert await ids(store) == {"after"}


async def test_stopping_cuts_what_is_still_at_work(postgres_url: str):
    db = open_database(postgres_url)
    await db.start()
    await create_probes(db)
    entered = asyncio.Event()

    async def unit() -> None:
        async with db.transaction() as tx:
            await tx.run(INSERT, **row("cut"))
            entered.set()
            await tx.one(SLEEP)

    task = asyncio.create_task(unit())
    await entered.wait()
    await db.stop()
    with pytest.raises(StorageUnavailableError):
        await task
    async with administrator(postgres_url) as admin:
        assert await admin.fetchval("SELECT count(*) FROM probe") == 0


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://accord@127.0.0.1:1/accord",
        "postgresql://accord@no-such-host.invalid/accord",
        "postgresql://accord@127.0.0.1:{port}/no_such_database",
    ],
    ids=["nobody listens", "no such host", "no such database"],
)
async def test_a_server_that_cannot_be_reached_is_said_at_the_start(url: str, postgres_url: str):
    with pytest.raises(StorageUnavailableError):
        await open_database(url.format(port=urlsplit(postgres_url).port)).start()


# --- a server of the test's own: it is stopped, started, told to wait ------------------------------------


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_a_server_restarted_under_load_loses_nothing_acknowledged(cluster: Cluster, mode: str):
    db = open_database(cluster.url(), pool_size=6)
    await db.start()
    await create_probes(db)
    acknowledged: set[str] = set()
    refused = 0
    stop = asyncio.Event()

    async def writer(task: int) -> None:
        nonlocal refused
        unit = 0
        while not stop.is_set():
            unit += 1
            try:
                await write(db, f"{task}-{unit}")
            except StorageUnavailableError:
                refused += 1
                await asyncio.sleep(0.02)
            else:
                acknowledged.add(f"{task}-{unit}")

    tasks = [asyncio.create_task(writer(task)) for task in range(12)]
    await until(lambda: len(acknowledged) > 100)
    await asyncio.to_thread(cluster.stop, mode)
    await until(lambda: refused > 12)
    before = len(acknowledged)
    await asyncio.to_thread(cluster.start)
    await until(lambda: len(acknowledged) > before + 100)
    stop.set()
    await asyncio.gather(*tasks)
    assert acknowledged <= await ids(db)
    assert len(sessions(db)._all) <= 6
    assert await open_transactions(cluster.url()) == 0
    await db.stop()


async def test_nobody_is_answered_before_the_commit(cluster: Cluster):
    """The server holds every COMMIT for a standby that does not exist."""
    db, other = open_database(cluster.url()), open_database(cluster.url())
    await db.start()
    await other.start()
    await create_probes(db)
    await write(db, "code")

    async def admin(*commands: str) -> None:
        async with administrator(cluster.url()) as connection:
            for command in commands:
                await connection.execute(command)

    await admin("ALTER SYSTEM SET synchronous_standby_names = 'nobody'", "SELECT pg_reload_conf()")
    await asyncio.sleep(1)  # its processes read their settings again, each at its own next turn

    async def claim(me: int) -> int:
        async with db.transaction() as tx:
            return await tx.run(CLAIM, which="code", new_owner=str(me))

    tasks = [asyncio.create_task(claim(me)) for me in range(4)]
    await asyncio.sleep(0.5)
    assert not any(task.done() for task in tasks)
    async with other.reading() as tx:
        assert (await tx.one(SELECT, id="code")).owner is None
    await admin("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()")
    assert sorted(await asyncio.gather(*tasks)) == [0, 0, 0, 1]
    await db.stop()
    await other.stop()


async def test_a_unit_of_one_statement_is_over_after_it(store: Database):
    async with store.transaction(single=True) as tx:
        await tx.run(INSERT, **row("first"))
        with pytest.raises(UnitSuspendedError):
            await tx.run(INSERT, **row("second"))
    assert await ids(store) == {"first"}
