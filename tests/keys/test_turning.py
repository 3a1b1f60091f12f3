"""What ends keys: time, an operator who cannot wait, a wrong clock, a process that dies half-way, races."""

import asyncio
import random
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from foundation.clock import DAY, HOUR, MINUTE, SECOND, FrozenClock
from foundation.database import Database
from foundation.statements import Write
from keys import making
from keys.lifecycle import PUBLISHED_BEFORE_USE, KeyState, is_published, state_of
from keys.making import FILE, Maker, Slot
from keys.ring import KeyRow
from keys.rotation import (
    ON_DEMAND,
    ROTATING,
    WANTED,
    Asked,
    TooSoon,
    due,
    lacking,
    put_right,
    revoke,
    rotate,
)
from keys.tables import SigningKey
from tests.idp.tokens import quick_generate
from tests.keys.keeping import (
    SECRET,
    SLOTS,
    TOKEN,
    ask,
    end,
    first_start,
    ring_of,
    rows_of,
    states,
    stocked,
    turn,
)

HERE = frozenset({FILE})
MONTHLY = {"token": 30 * DAY, "receipt": 365 * DAY}
RECEIPT = Slot("receipt", "ES256")
ACTIVE, STAGED, REVOKED = KeyState.ACTIVE, KeyState.STAGED, KeyState.REVOKED


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_generate", quick_generate)


@pytest.fixture
async def kept(db: Database, clock: FrozenClock) -> Database:
    await first_start(db, clock)
    return db


async def due_now(db: Database, clock: FrozenClock, backends: frozenset[str] = HERE) -> list[Slot]:
    return due(await rows_of(db), MONTHLY, backends, clock.now())


def whole(rows: list[KeyRow], now: int) -> bool:
    """Whether each purpose has one key that signs and one ahead, as it should."""
    for slot in SLOTS:
        found = [state_of(row, now) for row in rows if (row.purpose, row.alg) == slot]
        ahead = sum(state in {STAGED, KeyState.ANNOUNCED} for state in found)
        signing = found.count(ACTIVE)
        if ahead != (slot in ROTATING) or not (slot in WANTED) <= signing <= 1:
            return False
    return len({row.kid for row in rows}) == len(rows) and lacking(rows, now) == []


# --- time ------------------------------------------------------------------------------------------------


async def test_each_purpose_turns_at_its_own_pace(kept: Database, clock: FrozenClock) -> None:
    assert await due_now(kept, clock) == []
    clock.advance(30 * DAY - 1)
    assert await due_now(kept, clock) == []
    clock.advance(1)
    assert await due_now(kept, clock) == [TOKEN, Slot("token", "RS256")]  # what never signed is not old
    clock.advance(335 * DAY)
    assert RECEIPT in await due_now(kept, clock)


async def test_by_command_only_where_the_pace_is_nought(kept: Database, clock: FrozenClock) -> None:
    clock.advance(3650 * DAY)
    assert due(await rows_of(kept), {"token": 0, "receipt": 0}, HERE, clock.now()) == []
    assert due(await rows_of(kept), {}, HERE, clock.now()) == []


async def test_a_successor_that_not_everybody_has_is_waited_for(kept: Database, clock: FrozenClock) -> None:
    clock.advance(30 * DAY)
    ahead = [row.kid for row in await rows_of(kept) if row.activated_at is None and row.alg == "ES256"]
    for kid in ahead:
        assert await end(kept, clock, kid) == ["revoked", "staged"]
    for waited in (0, PUBLISHED_BEFORE_USE - 1):
        clock.advance(waited)
        assert TOKEN not in await due_now(kept, clock)
    clock.advance(1)
    assert TOKEN in await due_now(kept, clock)


async def test_a_key_of_a_module_is_left_to_nodes_that_have_the_module(
    kept: Database, clock: FrozenClock
) -> None:
    async with kept.transaction() as tx:
        held = col(SigningKey.alg) == "ES256"
        await tx.run(Write(update(SigningKey).where(held).values(backend="pkcs11")))
    clock.advance(400 * DAY)
    assert await due_now(kept, clock) == [Slot("token", "RS256")]
    assert len(await due_now(kept, clock, HERE | {"pkcs11"})) == 3
    # An operator who must leave the module behind: what nobody here can sign with is passed over.
    assert [change.state for change in await turn(kept, clock)] == [
        "staged",
        "activated",
        "retired",
        "staged",
    ]


# --- the first signature -----------------------------------------------------------------------------------


@pytest.mark.parametrize("slot", ON_DEMAND, ids=str)
async def test_the_first_signature_is_made_by_the_key_that_everybody_has(
    kept: Database, clock: FrozenClock, slot: Slot
) -> None:
    ring = await ring_of(kept, clock)
    published = {key["kid"] for key in ring.jwks("token", clock.now())["keys"]}
    assert not ring.has(*slot)
    assert ring.begun() == []
    signer = ring.signer(*slot)
    assert signer.kid in published
    assert ring.signer(*slot) is signer
    assert ring.begun() == [slot]
    other = await ring_of(kept, clock)
    assert other.signer(*slot).kid == signer.kid  # every node begins with the same
    made = await asyncio.gather(*(begin(kept, clock, slot) for _ in range(64)))
    assert sorted(made, reverse=True)[0] == ["activated", "staged"]
    assert sum(map(bool, made)) == 1
    async with kept.reading() as tx:
        await ring.refresh(tx, clock.now())
    assert ring.begun() == []
    assert ring.signer(*slot).kid == signer.kid


async def begin(db: Database, clock: FrozenClock, slot: Slot) -> list[str]:
    stock = stocked(clock, slot)
    async with db.transaction() as tx:
        changes = await rotate(tx, Asked(slot, None), stock, clock.now())
    assert not isinstance(changes, TooSoon)
    return [change.state for change in changes]


async def test_what_began_is_remembered_until_it_is_activated(kept: Database, clock: FrozenClock) -> None:
    ring, slot = await ring_of(kept, clock), ON_DEMAND[0]
    signer = ring.signer(*slot)
    await turn(kept, clock)  # another purpose changed meanwhile
    async with kept.reading() as tx:
        await ring.refresh(tx, clock.now())
    assert ring.begun() == [slot]
    await end(kept, clock, signer.kid)
    async with kept.reading() as tx:
        await ring.refresh(tx, clock.now())
    assert ring.begun() == []
    assert ring.signer(*slot).kid != signer.kid


# --- revoking ----------------------------------------------------------------------------------------------


async def test_a_revoked_key_is_gone_and_its_successor_signs(kept: Database, clock: FrozenClock) -> None:
    old = (await ring_of(kept, clock)).signer(*TOKEN).kid
    assert await end(kept, clock, old) == ["revoked", "activated", "staged"]
    ring = await ring_of(kept, clock)
    assert old not in {key["kid"] for key in ring.jwks("token", clock.now())["keys"]}
    assert ring.signer(*TOKEN).kid != old
    assert await states(kept, clock, TOKEN) == sorted([REVOKED, ACTIVE, STAGED])
    assert await end(kept, clock, old) == []  # twice is once
    assert whole(await rows_of(kept), clock.now())


async def test_a_key_is_revoked_wherever_it_stands(kept: Database, clock: FrozenClock) -> None:
    before = {row.kid: state_of(row, clock.now()) for row in await rows_of(kept)}
    await turn(kept, clock)
    ledger = {row.kid for row in await rows_of(kept) if row.purpose == "ledger"}
    for kid, state in before.items():
        states = await end(kept, clock, kid)
        if kid in ledger:
            assert states == []  # its verifiers pin it: it ends with its log
        else:
            assert states[0] == "revoked", state
        assert whole(await rows_of(kept), clock.now())
    assert await end(kept, clock, "0" * 32) == []
    for row in await rows_of(kept):
        assert is_published(row, clock.now()) == (row.revoked_at is None)
    clock.advance(3 * DAY)
    assert whole(await rows_of(kept), clock.now())


async def test_a_revocation_says_why_beside_the_key(kept: Database, clock: FrozenClock) -> None:
    kid = (await ring_of(kept, clock)).signer(*TOKEN).kid
    await end(kept, clock, kid)
    [row] = [row for row in await rows_of(kept) if row.kid == kid]
    assert (row.revoked_at, row.retired_at) == (clock.now(), clock.now())


# --- races, at 64 ways -------------------------------------------------------------------------------------


async def test_of_sixty_four_rotations_one_is_made(kept: Database, clock: FrozenClock) -> None:
    clock.advance(30 * DAY)
    seen = (await ring_of(kept, clock)).signer(*TOKEN).kid
    made = await asyncio.gather(*(ask(kept, clock, seen=seen) for _ in range(64)))
    assert sum(1 for changes in made if changes) == 1
    assert whole(await rows_of(kept), clock.now())


async def test_rotations_and_revocations_at_once_leave_a_key_that_signs(
    kept: Database, clock: FrozenClock
) -> None:
    chance = random.Random(7)  # noqa: S311  # a shuffle
    clock.advance(HOUR)
    for _ in range(4):
        clock.advance(PUBLISHED_BEFORE_USE)
        rows = [row for row in await rows_of(kept) if (row.purpose, row.alg) == TOKEN]
        seen = next(row.kid for row in rows if state_of(row, clock.now()) is ACTIVE)
        work: list[Any] = [ask(kept, clock, seen=seen) for _ in range(32)]
        work += [end(kept, clock, chance.choice(rows).kid) for _ in range(32)]
        chance.shuffle(work)
        await asyncio.gather(*work)
        assert whole(await rows_of(kept), clock.now())


async def test_no_order_of_events_leaves_a_purpose_without_a_key(kept: Database, clock: FrozenClock) -> None:
    chance = random.Random(4)  # noqa: S311  # the same walk each time
    for _ in range(60):
        step = chance.choice(["rotate", "insist", "revoke", "wait", "back", "jump"])
        if step in {"wait", "back", "jump"}:
            clock.advance({"wait": MINUTE, "back": -HOUR, "jump": 10 * DAY}[step])
            async with kept.transaction() as tx:
                await put_right(tx, clock.now())
        elif step == "revoke":
            await end(kept, clock, chance.choice(await rows_of(kept)).kid)
        else:
            await ask(kept, clock, insist=step == "insist")
        assert whole(await rows_of(kept), clock.now()), step


# --- dying half-way ----------------------------------------------------------------------------------------


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("work", ["rotate", "revoke"])
async def test_a_process_killed_at_any_step_has_done_nothing(
    kept: Database, clock: FrozenClock, work: str
) -> None:
    seen = (await ring_of(kept, clock)).signer(*TOKEN).kid
    before, step = await rows_of(kept), 0
    while True:
        try:
            async with kept.transaction() as tx:
                dying = Dying(tx, step)
                if work == "rotate":
                    await rotate(dying, Asked(TOKEN, seen), stocked(clock, TOKEN), clock.now())  # type: ignore[arg-type]  # it counts, and is one
                else:
                    await revoke(dying, seen, "leaked", stocked(clock, TOKEN), clock.now())  # type: ignore[arg-type]  # the same
        except Killed:
            assert await rows_of(kept) == before
            step += 1
        else:
            break
    assert step >= 4
    assert whole(await rows_of(kept), clock.now())


class Dying:
    """A transaction whose process is killed at its n-th statement."""

    def __init__(self, tx: Any, last: int) -> None:
        self._tx, self._left = tx, last

    def __getattr__(self, name: str) -> Any:
        if self._left == 0:
            raise Killed
        self._left -= 1
        return getattr(self._tx, name)


# --- clocks ------------------------------------------------------------------------------------------------


async def test_a_clock_that_was_years_ahead_is_put_right(kept: Database, clock: FrozenClock) -> None:
    clock.advance(10 * 365 * DAY)
    assert len(await turn(kept, clock)) == 3
    clock.advance(-10 * 365 * DAY)
    clock.advance(HOUR)
    assert isinstance(await ask(kept, clock), TooSoon)
    assert await due_now(kept, clock) == []
    async with kept.transaction() as tx:
        assert await put_right(tx, clock.now()) == 3
        assert await put_right(tx, clock.now()) == 0
    clock.advance(PUBLISHED_BEFORE_USE)
    assert not isinstance(await ask(kept, clock), TooSoon)
    clock.advance(30 * DAY)
    assert TOKEN in await due_now(kept, clock)


async def test_clocks_that_differ_a_little_are_left_alone(kept: Database, clock: FrozenClock) -> None:
    before = await rows_of(kept)
    async with kept.transaction() as tx:
        assert await put_right(tx, clock.now() - 30 * SECOND) == 0
    assert await rows_of(kept) == before


async def test_a_clock_that_steps_back_ends_nothing_and_makes_nothing(
    kept: Database, clock: FrozenClock
) -> None:
    clock.advance(-400 * DAY)
    assert await due_now(kept, clock) == []
    assert whole(await rows_of(kept), clock.now())


# --- making ------------------------------------------------------------------------------------------------


async def test_keys_are_made_before_any_unit_and_off_the_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    made = await Maker(SECRET).make([TOKEN, Slot("token", "PS256")], 0)
    assert [(one.slot.alg, one.backend) for one in made] == [("ES256", FILE), ("PS256", FILE)]
    assert Maker(SECRET).backends == HERE
    await Maker(SECRET).discard(made)  # nothing is kept of a key that no row came of
