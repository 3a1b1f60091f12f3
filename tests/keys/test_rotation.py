"""Keys are made, published ahead, used, retired: on both databases, and by several nodes at once."""

import asyncio

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from joserfc import jwt
from joserfc.jwk import KeySet
from sqlalchemy import delete, update
from sqlmodel import col

from foundation.clock import DAY, MINUTE, SECOND, FrozenClock
from foundation.database import Database
from foundation.statements import Write
from keys import making
from keys.lifecycle import JWKS_MAX_AGE, PUBLISHED_BEFORE_USE, KeyState
from keys.making import Slot
from keys.ring import ALL_KEYS, open_key
from keys.rotation import ROTATING, WANTED, Asked, KeyChange, TooSoon, ensure_keys, lacking, rotate
from keys.seal import SealError
from keys.secrets import load_secrets
from keys.sign import unb64url
from keys.tables import SigningKey
from tests.idp.tokens import _real_generate, header_of, quick_generate
from tests.keys.keeping import (
    SECRET,
    SLOTS,
    TOKEN,
    ask,
    first_start,
    ring_of,
    rows_of,
    states,
    stocked,
    turn,
)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "_generate", quick_generate)


@pytest.fixture
async def kept(db: Database, clock: FrozenClock) -> Database:
    await first_start(db, clock)
    return db


async def test_a_first_start_gives_each_purpose_a_key_and_publishes_one_ahead(
    kept: Database, clock: FrozenClock
) -> None:
    for slot in SLOTS:
        expected = [KeyState.ACTIVE] * (slot in WANTED) + [KeyState.STAGED] * (slot in ROTATING)
        assert await states(kept, clock, slot) == expected, slot
    async with kept.transaction() as tx:
        assert lacking(await tx.all(ALL_KEYS), clock.now()) == []
        assert await ensure_keys(tx, stocked(clock), clock.now()) == []


async def test_nodes_that_start_together_make_one_set(db: Database, clock: FrozenClock) -> None:
    async def start() -> tuple[bytes, list[KeyChange]]:
        async with db.transaction() as tx:
            secrets = await load_secrets(tx, b"m" * 32, clock.now())
        async with db.transaction() as tx:
            return secrets.token_hash, await ensure_keys(tx, stocked(clock), clock.now())

    started = await asyncio.gather(*(start() for _ in range(6)))
    assert len({secret for secret, _ in started}) == 1
    assert sum(1 for _, changes in started if changes) == 1
    for slot in SLOTS:
        assert len(await states(db, clock, slot)) == (slot in ROTATING) + (slot in WANTED)


async def test_a_rotation_activates_what_was_published_and_stages_the_next(
    kept: Database, clock: FrozenClock
) -> None:
    before = await ring_of(kept, clock)
    old = before.signer(*TOKEN).kid
    published = {key["kid"] for key in before.jwks("token", clock.now())["keys"]}
    clock.advance(SECOND)
    changes = await turn(kept, clock)
    assert [change.state for change in changes] == ["activated", "retired", "staged"]
    activated, retired, staged = changes
    assert retired.kid == old
    assert activated.kid in published  # nothing signs that nobody could have fetched
    assert staged.kid not in published
    after = await ring_of(kept, clock)
    assert after.signer(*TOKEN).kid == activated.kid
    # The other purposes are untouched.
    for slot in WANTED:
        if slot != TOKEN:
            assert after.signer(*slot).kid == before.signer(*slot).kid


async def test_what_was_signed_before_verifies_with_what_is_published_after(
    kept: Database, clock: FrozenClock
) -> None:
    for alg in ("ES256", "RS256"):
        token = (await ring_of(kept, clock)).signer("token", alg).sign("JWT", {"sub": alg})
        await turn(kept, clock, Slot("token", alg))
        clock.advance(DAY)
        ring = await ring_of(kept, clock)
        keys = KeySet.import_key_set(ring.jwks("token", clock.now()))  # type: ignore[arg-type]  # a plain dict
        assert jwt.decode(token, keys, algorithms=[alg]).claims == {"sub": alg}
        assert ring.signer("token", alg).kid != header_of(token)["kid"]
        clock.advance(DAY)
        gone = {key["kid"] for key in ring.jwks("token", clock.now())["keys"]}
        assert header_of(token)["kid"] not in gone


async def test_two_rotations_asked_at_once_make_one(kept: Database, clock: FrozenClock) -> None:
    seen = (await ring_of(kept, clock)).signer(*TOKEN).kid
    made = await asyncio.gather(*(turn(kept, clock, seen=seen) for _ in range(8)))
    assert sum(1 for changes in made if changes) == 1
    assert await states(kept, clock, TOKEN) == [KeyState.ACTIVE, KeyState.RETIRED, KeyState.STAGED]


async def test_a_rotation_from_a_key_that_no_longer_signs_does_nothing(
    kept: Database, clock: FrozenClock
) -> None:
    assert await turn(kept, clock, seen="0" * 32) == []
    assert len(await states(kept, clock, TOKEN)) == 2


async def test_a_key_signs_only_once_everybody_can_have_it(kept: Database, clock: FrozenClock) -> None:
    """A verifier keeps the set it fetched as long as we let it; the key that signs is always in that set."""
    assert JWKS_MAX_AGE == 5 * MINUTE < PUBLISHED_BEFORE_USE
    ring, made = await ring_of(kept, clock), 0
    held, held_since = set[str](), clock.now() - JWKS_MAX_AGE
    for step in range(120):
        async with kept.reading() as tx:
            await ring.refresh(tx, clock.now())
        if clock.now() - held_since >= JWKS_MAX_AGE:
            held = {key["kid"] for key in ring.jwks("token", clock.now())["keys"]}
            held_since = clock.now()
        assert ring.signer(*TOKEN).kid in held, step
        # An operator who cannot wait.
        made += not isinstance(await ask(kept, clock, seen=ring.signer(*TOKEN).kid), TooSoon)
        clock.advance(37 * SECOND)
    assert made == 1 + 119 // 10  # at the first start, then as often as may be


async def test_a_rotation_too_soon_says_how_long_to_wait_and_changes_nothing(
    kept: Database, clock: FrozenClock
) -> None:
    clock.advance(SECOND)
    # All keys of the first start were published at once.
    assert not isinstance(await ask(kept, clock), TooSoon)
    before = await states(kept, clock, TOKEN)
    for waited, left in ((0, PUBLISHED_BEFORE_USE), (JWKS_MAX_AGE, MINUTE), (MINUTE - 1, 1)):
        clock.advance(waited)
        assert await ask(kept, clock) == TooSoon(left)
        assert await states(kept, clock, TOKEN) == before
    clock.advance(1)
    assert not isinstance(await ask(kept, clock), TooSoon)
    assert isinstance(await ask(kept, clock), TooSoon)


async def test_in_an_emergency_one_insists(kept: Database, clock: FrozenClock) -> None:
    for _ in range(3):
        answer = await ask(kept, clock, insist=True)
        assert not isinstance(answer, TooSoon)
        assert [change.state for change in answer] == ["activated", "retired", "staged"]


async def test_each_purpose_and_algorithm_waits_for_itself(kept: Database, clock: FrozenClock) -> None:
    clock.advance(SECOND)
    for slot in set(ROTATING) & set(WANTED):
        assert not isinstance(await ask(kept, clock, slot), TooSoon)
        assert isinstance(await ask(kept, clock, slot), TooSoon)


async def test_a_clock_put_right_lets_no_unseen_key_sign(kept: Database, clock: FrozenClock) -> None:
    clock.advance(-60 * MINUTE)
    assert not isinstance(await ask(kept, clock), TooSoon)
    clock.advance(MINUTE)
    assert isinstance(await ask(kept, clock), TooSoon)


async def test_without_a_key_ahead_there_is_nothing_that_anybody_has_seen(
    kept: Database, clock: FrozenClock
) -> None:
    async with kept.transaction() as tx:
        await tx.run(Write(delete(SigningKey).where(col(SigningKey.activated_at).is_(None))))
    assert await ask(kept, clock) == TooSoon(PUBLISHED_BEFORE_USE)
    assert len(await turn(kept, clock)) == 4


async def test_many_rotations_in_a_row_leave_one_active_and_one_ahead(
    kept: Database, clock: FrozenClock
) -> None:
    for _ in range(5):
        clock.advance(SECOND)
        assert len(await turn(kept, clock)) == 3
    found = await states(kept, clock, TOKEN)
    assert found.count(KeyState.ACTIVE) == found.count(KeyState.STAGED) == 1
    assert found.count(KeyState.RETIRED) == 5
    clock.advance(2 * DAY)
    ring = await ring_of(kept, clock)
    assert len([key for key in ring.jwks("token", clock.now())["keys"] if key["alg"] == "ES256"]) == 2


async def test_a_ring_follows_a_rotation_and_keeps_what_is_already_open(
    kept: Database, clock: FrozenClock
) -> None:
    ring = await ring_of(kept, clock)
    old, other = ring.signer(*TOKEN), ring.signer("token", "RS256")
    async with kept.reading() as tx:
        await ring.refresh(tx, clock.now())
    assert ring.signer(*TOKEN) is old
    await turn(kept, clock)
    assert ring.signer(*TOKEN) is old  # until it looks: and the old key is published all that time
    async with kept.reading() as tx:
        await ring.refresh(tx, clock.now())
    assert ring.signer(*TOKEN).kid != old.kid
    assert ring.signer("token", "RS256") is other


async def test_only_public_parts_are_published(kept: Database, clock: FrozenClock) -> None:
    ring = await ring_of(kept, clock)
    for purpose in ("token", "receipt", "ledger"):
        keys = ring.jwks(purpose, clock.now())["keys"]
        assert keys
        for key in keys:
            assert not {"d", "p", "q", "dp", "dq", "qi", "k"} & key.keys()
            assert (key["use"], key["alg"]) == ("sig", key["alg"])
    token_kids = {key["kid"] for key in ring.jwks("token", clock.now())["keys"]}
    assert not token_kids & {key["kid"] for key in ring.jwks("receipt", clock.now())["keys"]}


async def test_a_private_key_is_nowhere_in_clear_and_opens_only_in_its_row(kept: Database) -> None:
    rows = await rows_of(kept)
    for row in rows:
        private = open_key(row, SECRET).as_dict(private=True)["d"]
        assert private.encode() not in row.sealed
        assert private not in row.public_jwk
        with pytest.raises(SealError):
            open_key(row, b"x" * 32)
    moved = rows[0]._replace(kid=rows[1].kid)
    with pytest.raises(SealError):
        open_key(moved, SECRET)


async def test_a_poisoned_row_stops_the_ring_and_leaves_the_last_good_one(
    kept: Database, clock: FrozenClock
) -> None:
    ring = await ring_of(kept, clock)
    kid = ring.signer(*TOKEN).kid
    await turn(kept, clock)
    async with kept.transaction() as tx:
        await tx.run(Write(update(SigningKey).values(sealed=b"poison")))
    with pytest.raises(SealError):
        async with kept.reading() as tx:
            await ring.refresh(tx, clock.now())
    assert ring.signer(*TOKEN).kid == kid


async def test_the_ledgers_key_is_ed25519_and_signs_no_token(kept: Database, clock: FrozenClock) -> None:
    ring = await ring_of(kept, clock)
    signer, public = ring.ed25519("ledger")
    Ed25519PublicKey.from_public_bytes(public).verify(unb64url(signer.sign_text("note\n")), b"note\n")
    with pytest.raises(KeyError):
        ring.ed25519("token")
    assert not ring.has("token", "EdDSA")
    assert not ring.has("token", "HS256")
    with pytest.raises(KeyError):
        ring.signer("token", "none")


async def test_a_purpose_without_an_active_key_gets_one(kept: Database, clock: FrozenClock) -> None:
    """A database repaired by hand: the next rotation, or the next start, gives what is missing."""
    async with kept.transaction() as tx:
        await tx.run(Write(update(SigningKey).values(retired_at=clock.now())))
        changes = await rotate(tx, Asked(TOKEN, None), stocked(clock), clock.now())
    assert not isinstance(changes, TooSoon)
    assert [change.state for change in changes] == ["staged", "activated", "staged"]
    async with kept.transaction() as tx:
        made = await ensure_keys(tx, stocked(clock), clock.now())
    assert {change.slot for change in made} == set(SLOTS) - {TOKEN}
    ring = await ring_of(kept, clock)
    assert all(ring.has(*slot) for slot in WANTED)


async def test_a_key_of_another_kind_is_no_key_of_the_ledger(kept: Database, clock: FrozenClock) -> None:
    ring = await ring_of(kept, clock)
    ring._signers["ledger", "EdDSA"] = ring.signer(*TOKEN)
    with pytest.raises(TypeError):
        ring.ed25519("ledger")


def test_no_key_is_made_for_an_algorithm_we_do_not_sign_with() -> None:
    for alg in ("none", "HS256", "ES512", ""):
        with pytest.raises(ValueError, match="no key is made"):
            making._generate(Slot("token", alg), "kid")


def test_real_keys_are_of_the_sizes_we_promise() -> None:
    for slot in SLOTS:
        key = _real_generate(slot, "kid")
        public = key.as_dict(private=False)
        if slot.alg in {"RS256", "PS256"}:
            assert key.public_key.key_size == 2048
        else:
            assert public["crv"] == {"ES256": "P-256", "EdDSA": "Ed25519"}[slot.alg]
