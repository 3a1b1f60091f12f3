"""How long tokens last: by app, and never beyond the cap that counts from the sign-in."""

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from foundation.clock import DAY, SECOND, to_seconds
from idp.clients.metadata import ClientMetadata
from idp.clients.versions import PUT_METADATA
from idp.token.lifetimes import refresh_ends, refresh_until, rests_until
from idp.token.lines import LineRow
from tests.idp.support import World, add_app, settings_for
from tests.idp.tokens import claims_of, refused

START = 1_800_000_000 * SECOND


async def app_with(world: World, **metadata: object) -> World:
    name = f"lives-{'-'.join(metadata)}"[:60]
    return world.of(await add_app(world.server, name, "lives-secret", **metadata), "lives-secret")


async def test_an_app_has_lifetimes_of_its_own(world: World) -> None:
    app = await app_with(world, access_token_seconds=120, id_token_seconds=60)
    body = await app.tokens()
    claims, signed_in = claims_of(body["access_token"]), claims_of(body["id_token"])
    assert (claims["exp"] - claims["iat"], body["expires_in"]) == (120, 120)
    assert signed_in["exp"] - signed_in["iat"] == 60


async def test_no_rotation_moves_the_cap(world: World) -> None:
    app = await app_with(world, refresh_token_seconds=1000)
    ends = to_seconds(app.clock.now()) + 1000
    token = (await app.tokens())["refresh_token"]
    for _ in range(3):
        app.clock.advance(300 * SECOND)
        body = (await app.refresh(token)).json()
        token = body["refresh_token"]
        assert claims_of(body["access_token"])["exp"] <= ends
        assert (await app.post("/introspect", {"token": token})).json()["exp"] == ends
    app.clock.advance(100 * SECOND)
    refused(await app.refresh(token), "invalid_grant")
    assert (await app.post("/introspect", {"token": token})).json() == {"active": False}
    assert (await app.read("/v1/me", body["access_token"])).status_code == 401


async def test_the_cap_counts_from_the_sign_in_and_not_from_the_code(world: World) -> None:
    app = await app_with(world, refresh_token_seconds=300)
    await app.grant()
    code = await app.code()
    app.clock.advance(59 * SECOND)
    token = (await app.redeem(code)).json()["refresh_token"]
    app.clock.advance(241 * SECOND)
    refused(await app.refresh(token), "invalid_grant")


async def test_a_refresh_token_that_rested_too_long_is_over(world: World) -> None:
    app = await app_with(world, refresh_token_idle_seconds=100)
    token = (await app.tokens())["refresh_token"]
    for _ in range(3):
        app.clock.advance(99 * SECOND)
        said = (await app.post("/introspect", {"token": token})).json()
        assert said["exp"] == to_seconds(app.clock.now()) + 1
        token = (await app.refresh(token)).json()["refresh_token"]
    app.clock.advance(100 * SECOND)
    refused(await app.refresh(token), "invalid_grant")
    assert (await app.post("/introspect", {"token": token})).json() == {"active": False}


async def test_a_longer_life_is_not_had_by_asking_later(world: World) -> None:
    """What was written when the code was spent holds, whatever an administrator sets afterwards."""
    app = await app_with(world, refresh_token_seconds=300)
    token = (await app.tokens())["refresh_token"]
    longer = app.client.metadata.model_copy(update={"refresh_token_seconds": 86_400})
    async with app.server.db.transaction() as tx:
        await tx.run(PUT_METADATA, client_id=app.client.id, text=longer.model_dump_json())
    app.clock.advance(300 * SECOND)
    refused(await app.refresh(token), "invalid_grant")


# --- the rule --------------------------------------------------------------------------------------------

NOTHING = dict.fromkeys(LineRow._fields)
SECONDS = st.one_of(st.none(), st.integers(300, 366 * 86_400))


def line(**known: int | None) -> LineRow:
    return LineRow(**{**NOTHING, "auth_time": START, **known})  # type: ignore[arg-type]  # what the rule reads


PLAIN = settings_for("sqlite:///never.sqlite3", Path("var"))
# Of an app, and of the settings: since the sign-in, and between two uses; then how long it rests each time.
LIMITS = st.tuples(SECONDS, SECONDS, st.integers(300, 366 * 86_400), st.integers(60, 366 * 86_400))
RESTS = st.lists(st.integers(0, 200 * DAY), max_size=20)


@given(LIMITS, RESTS)
def test_no_chain_of_rotations_outlives_the_cap(
    limits: tuple[int | None, int | None, int, int], rests: list[int]
):
    """However a line is rotated, the last rotation that is let through comes before the cap."""
    own, rest, cap, idle = limits
    held_to = PLAIN.model_copy(update={"refresh_token_seconds": cap, "refresh_token_idle_seconds": idle})
    app = ClientMetadata(
        name="a",
        redirect_uris=("https://a.example/",),
        refresh_token_seconds=own,
        refresh_token_idle_seconds=rest,
    )
    most, longest_rest = min(own or cap, cap) * SECOND, min(rest or idle, idle) * SECOND
    until = refresh_until(held_to, app, line())
    assert until == START + most
    now, held = START, line(redeemed_at=START, refresh_until=until)
    for step in rests:
        now += step
        if now >= refresh_ends(held_to, app, held):
            assert now >= START + most or step >= longest_rest
            break
        assert now < START + most
        held = held._replace(rotated_at=now)
        # Settings that change meanwhile move nothing.
        assert refresh_until(PLAIN, app, held) == until
        assert rests_until(held_to, app, held) == now + longest_rest
