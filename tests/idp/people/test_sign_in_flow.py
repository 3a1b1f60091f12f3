"""Signing in below the page: races, failures told to the ledger, hashes made anew."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from argon2 import PasswordHasher

from foundation.clock import HOUR, MINUTE
from foundation.errors import AccordError
from idp.people.accounts import find_account, replace_password
from idp.people.ending import end_all
from idp.people.hashing import Hasher
from idp.people.outcomes import Throttled, Wrong
from idp.people.pace import Pace
from idp.people.session import Session
from idp.people.sign_in import Attempt, sign_in
from tests.idp.people.house import PASSWORD, House

AMINA = "amina@example.org"


async def attempt(house: House, password: str = PASSWORD, email: str = AMINA, **caller: Any):
    return await sign_in(house.people, Attempt(email, password), house.caller(**caller))


async def test_a_race_of_wrong_passwords_gets_as_many_tries_as_the_limit_says(house: House):
    await house.account()
    outcomes = await asyncio.gather(*[attempt(house, "wrong password") for _ in range(64)])
    assert sum(outcome == Wrong() for outcome in outcomes) == 10
    assert sum(isinstance(outcome, Throttled) for outcome in outcomes) == 54


async def test_a_race_of_right_passwords_signs_everyone_in(house: House):
    await house.account()
    outcomes = await asyncio.gather(
        *[attempt(house, network=number.to_bytes(4, "big")) for number in range(32)]
    )
    assert all(isinstance(outcome, Session) for outcome in outcomes)
    assert len({outcome.id for outcome in outcomes}) == 32


async def test_right_passwords_do_not_use_up_the_limit(house: House):
    await house.account()
    for _ in range(30):
        assert isinstance(await attempt(house), Session)


async def test_many_networks_together_are_stopped_by_the_accounts_own_limit(house: House):
    await house.account()
    house.clock.value -= house.clock.value % HOUR
    for number in range(60):
        assert await attempt(house, "wrong password", network=bytes([number])) == Wrong()
    assert isinstance(await attempt(house, network=b"elsewhere"), Throttled)


async def test_one_network_is_stopped_from_trying_one_password_on_everyone(house: House):
    await house.account()
    for number in range(100):
        assert await attempt(house, "wrong password", f"someone{number}@example.org") == Wrong()
    assert isinstance(await attempt(house), Throttled)
    assert isinstance(await attempt(house, network=b"elsewhere"), Session)


async def test_failures_are_summed_up_in_the_ledger(house: House):
    await house.account()
    for number in range(9):
        await attempt(house, "wrong password", network=bytes([number]))
    for number in range(20):
        await attempt(house, "wrong password", f"nobody{number}@example.org", network=bytes([number]))
    events = await house.events("login.failed")
    known = sorted(e["facts"]["attempts"] for e in events if e["facts"]["account"] == "known")
    unknown = sorted(e["facts"]["attempts"] for e in events if e["facts"]["account"] == "unknown")
    assert (known, unknown) == ([1, 2, 4, 8], [1, 2, 4, 8, 16])
    assert {event["person"] is None for event in events if event["facts"]["account"] == "unknown"} == {True}
    assert len({event["person"] for event in events if event["facts"]["account"] == "known"}) == 1
    assert {(event["outcome"], event["facts"]["seconds"]) for event in events} == {("failed", 900)}
    house.clock.advance(15 * MINUTE)
    await attempt(house, "wrong password")
    assert len(await house.events("login.failed")) == len(events) + 1


async def test_nothing_typed_is_in_the_ledger(house: House):
    await house.account()
    await attempt(house, "the wrong password", "Typed.By.Mistake@example.org")
    await attempt(house, "the wrong password")
    everything = str(await house.events())
    for part in ("Typed", "typed", "wrong password", "amina"):
        assert part not in everything


async def test_a_password_changed_while_we_hashed_signs_nobody_in(house: House, monkeypatch):
    holder = await house.account()
    other = await house.people.hasher.hash("another one")
    original = house.people.hasher.verify

    async def slow(stored: str | None, password: str):
        verdict = await original(stored, password)
        async with house.db.transaction() as tx:
            assert await replace_password(tx, holder.id, holder.account.password_hash, other)
            await end_all(house.people.server, tx, holder.id, house.clock.now())
        return verdict

    monkeypatch.setattr(house.people.hasher, "verify", slow)
    assert await attempt(house) == Wrong()
    async with house.db.reading() as tx:
        assert await house.people.sessions.browsers(tx, holder.id, holder.person, house.clock.now()) == []


async def test_an_account_erased_while_we_hashed_signs_nobody_in(house: House, monkeypatch):
    holder = await house.account()
    original = house.people.hasher.verify

    async def slow(stored: str | None, password: str):
        verdict = await original(stored, password)
        async with house.db.transaction() as tx:
            await house.people.server.people.destroy(tx, holder.id)
        return verdict

    monkeypatch.setattr(house.people.hasher, "verify", slow)
    assert await attempt(house) == Wrong()


async def test_a_hash_of_older_parameters_is_made_anew_at_sign_in(house: House):
    holder = await house.account()
    old = PasswordHasher(time_cost=2, memory_cost=16, parallelism=1).hash(PASSWORD.encode())
    async with house.db.transaction() as tx:
        await replace_password(tx, holder.id, holder.account.password_hash, old)
    assert isinstance(await attempt(house), Session)
    async with house.db.reading() as tx:
        account = await find_account(tx, holder.id)
    assert account is not None
    assert "m=8,t=1,p=1" in account.password_hash
    assert isinstance(await attempt(house), Session)


async def test_unknown_and_known_addresses_cost_one_verification_each(house: House, monkeypatch):
    await house.account()
    calls: list[bool] = []
    original = house.people.hasher.verify

    async def counted(stored: str | None, password: str):
        calls.append(stored is None)
        return await original(stored, password)

    monkeypatch.setattr(house.people.hasher, "verify", counted)
    for email in (AMINA, "nobody@example.org", "", "x" * 10_000):
        await attempt(house, "wrong password", email)
    assert calls == [False, True, True, True]


async def test_failures_leave_on_a_beat_and_successes_at_once(house: House):
    await house.account()
    paced = replace(house.people, pace=Pace(0.5))
    loop = asyncio.get_running_loop()
    started = loop.time()
    assert await sign_in(paced, Attempt(AMINA, "wrong password"), house.caller()) == Wrong()
    assert loop.time() - started >= 0.5


async def test_a_full_queue_refuses_and_the_attempt_can_be_made_again(house: House):
    await house.account()
    crowded = Hasher(memory_kib=8, passes=1, threads=1, queue=0)
    people = replace(house.people, hasher=crowded)
    outcomes = await asyncio.gather(
        *[sign_in(people, Attempt(AMINA, PASSWORD), house.caller()) for _ in range(4)],
        return_exceptions=True,
    )
    refused = [outcome for outcome in outcomes if isinstance(outcome, AccordError)]
    assert {error.status for error in refused} <= {503}
    assert any(isinstance(outcome, Session) for outcome in outcomes)
    crowded.close()


@pytest.mark.parametrize("email", ["AMINA@EXAMPLE.ORG", " amina@example.org ", "Amina@Example。org"])
async def test_one_account_however_its_address_is_spelt(house: House, email: str):
    await house.account()
    assert isinstance(await attempt(house, email=email), Session)


@pytest.mark.parametrize(
    "email", ["amina+x@example.org", "amina@example.com", "amina@example.org\x00", "\ud800"]
)
async def test_other_addresses_are_other_accounts(house: House, email: str):
    await house.account()
    assert await attempt(house, email=email) == Wrong()
