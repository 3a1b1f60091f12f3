"""A key that leaked: gone from the key set on every node at once, with all that it signed."""

import asyncio
from collections.abc import Callable

import pytest
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from foundation.clock import DAY, HOUR, SECOND
from foundation.errors import StorageUnavailableError
from idp.authorize.hint import hinted_subject
from idp.running import keyring, revoking
from idp.running.keyring import follow_keys, published_keys, rotate_keys
from idp.running.revoking import ACCESS_TOKENS, Revoked, end_tokens, find_key, revoke, who_verifies
from keys.making import Slot
from tests.idp.support import World
from tests.idp.tokens import claims_of, header_of


def active(world: World, purpose: str = "token", alg: str = "ES256") -> str:
    return world.server.ring.signer(purpose, alg).kid


async def ended_key(world: World, kid: str, reason: str) -> Revoked:
    row = await find_key(world.server, kid)
    assert row is not None
    return await revoke(world.server, row, reason)


async def end(world: World, kid: str) -> int:
    """All of it, as the command does; how many tokens ended."""
    revoked = await ended_key(world, kid, "it was in a public repository")
    return 0 if revoked.tokens is None else await end_tokens(world.server, revoked.tokens)


async def test_what_it_signed_opens_nothing_at_the_next_call(world: World) -> None:
    tokens = await world.tokens()
    world.clock.advance(SECOND)
    assert (await world.read("/v1/me", tokens["access_token"])).status_code == 200
    kid = active(world)
    assert await end(world, kid) == 1
    assert (await world.read("/v1/me", tokens["access_token"])).status_code == 401
    assert hinted_subject(world.server, tokens["id_token"], world.client.id) is None
    published = (await world.http.get("/jwks")).json()
    assert kid not in {key["kid"] for key in published["keys"]}
    with pytest.raises((JoseError, ValueError)):
        jws.deserialize_compact(
            tokens["access_token"], KeySet.import_key_set(published), algorithms=["ES256"]
        )


async def test_its_successor_signs_and_the_app_refreshes(world: World) -> None:
    tokens = await world.tokens()
    ahead = {key["kid"] for key in (await world.http.get("/jwks")).json()["keys"]}
    await end(world, active(world))
    world.clock.advance(SECOND)
    body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    fresh = (await world.http.post("/token", data=body, auth=(world.client.id, world.secret))).json()
    assert header_of(fresh["access_token"])["kid"] in ahead  # whoever holds an older set has it already
    assert (await world.read("/v1/me", fresh["access_token"])).status_code == 200


async def test_it_is_told_to_the_ledger_without_the_operators_words(world: World) -> None:
    kid = active(world)
    await end(world, kid)
    [told] = await world.events("key.revoked")
    assert told["facts"]["kid"] == kid
    assert len(told["facts"]["reason_sha256"]) == 64
    assert "repository" not in str(told)
    [row] = [row for row in world.server.ring.rows() if row.kid == kid]
    assert row.revoked_for == "it was in a public repository"
    assert await ended_key(world, kid, "again") == revoking.Revoked(row, [], revoking._signed_tokens(row))
    assert len(await world.events("key.revoked")) == 1


async def test_only_what_it_signed_ends(world: World) -> None:
    before = await world.tokens()
    world.clock.advance(HOUR // 6 - SECOND)
    await rotate_keys(world.server, ACCESS_TOKENS)
    await follow_keys(world.server)
    world.clock.advance(2 * 60 * SECOND)
    leaked = active(world)
    after = [await world.tokens() for _ in range(3)]
    world.clock.advance(SECOND)
    assert await end(world, leaked) == 3
    for body in after:
        assert (await world.read("/v1/me", body["access_token"])).status_code == 401
    assert header_of(before["access_token"])["kid"] != leaked
    # One that signed before, and is found out later: what its successor signed stays.
    kept = await world.tokens()
    assert await end(world, header_of(before["access_token"])["kid"]) == 0
    assert (await world.read("/v1/me", kept["access_token"])).status_code == 200


async def test_tokens_end_a_piece_at_a_time_and_progress_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(revoking, "_PIECE_END", small_pieces(2))
    for _ in range(5):
        await world.tokens()
    seen: list[int] = []

    def begin(total: int) -> Callable[[int], None]:
        seen.append(total)
        return seen.append

    revoked = await ended_key(world, active(world), "leaked")
    assert revoked.tokens is not None
    assert await end_tokens(world.server, revoked.tokens, begin) == 5
    assert seen == [5, 2, 4, 5]
    assert await end_tokens(world.server, revoked.tokens) == 0  # again, after a command that was cut


def small_pieces(size: int) -> object:
    found = revoking._PIECE_END
    clause = revoking.select(revoking.col(revoking.AccessToken.id)).where(*revoking._LIVING)
    ordered = clause.order_by(revoking.col(revoking.AccessToken.id)).offset(size).limit(1)
    return type(found)(ordered, revoking._Id)


async def test_a_key_that_signs_no_access_token_ends_none(world: World) -> None:
    tokens = await world.tokens()
    for alg in ("RS256", "PS256"):
        kid = active(world, "token", alg)
        assert (await ended_key(world, kid, "leaked")).tokens is None
        assert active(world, "token", alg) != kid
    assert (await world.read("/v1/me", tokens["access_token"])).status_code == 200


async def test_nobody_makes_two_successors(world: World) -> None:
    kid = active(world)
    ended = await asyncio.gather(*(ended_key(world, kid, "leaked") for _ in range(64)))
    assert sum(bool(one.changes) for one in ended) == 1
    states = [row.kid for row in world.server.ring.rows() if (row.purpose, row.alg) == ACCESS_TOKENS]
    assert len(states) == 3


async def test_the_key_set_is_what_the_database_says_and_the_last_known_without_one(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = await published_keys(world.server)
    await rotate_keys(world.server, ACCESS_TOKENS)  # by another process: this ring has not looked
    assert len((await world.http.get("/jwks")).json()["keys"]) == len(held["keys"]) + 1

    async def gone(_server: object) -> None:
        raise StorageUnavailableError("down")

    monkeypatch.setattr(keyring, "follow_keys", gone)
    assert len((await world.http.get("/jwks")).json()["keys"]) == len(held["keys"]) + 1


async def test_those_who_verify_with_it_are_named(world: World) -> None:
    assert {"client_id": world.client.id, "name": world.client.metadata.name} in await who_verifies(
        world.server, "ES256"
    )
    assert await who_verifies(world.server, "EdDSA") == []


async def test_a_receipt_key_is_replaced_and_stays_in_its_archive(world: World) -> None:
    kid = active(world, "receipt")
    revoked = await ended_key(world, kid, "leaked")
    assert [change.state for change in revoked.changes] == ["revoked", "activated", "staged"]
    archive = (await world.http.get("/receipts/jwks")).json()["keys"]
    [key] = [key for key in archive if key["kid"] == kid]
    assert key["revoked_at"]
    assert len(await world.events("key.archived")) == len(archive)
    assert Slot("receipt", "ES256") != ACCESS_TOKENS
    world.clock.advance(DAY)
    assert claims_of((await world.tokens())["access_token"])
