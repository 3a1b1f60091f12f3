"""Who knows a person by the same name, and that nobody's names change under him."""

import pytest

from foundation.errors import AccordError
from idp.clients.subjects import check_subjects_stay, sector_of, subject_for
from tests.idp.support import World, add_app

SECTOR = "https://sector.example/apps.json"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One engine is enough here."""
    return sqlite_url


async def test_apps_of_one_sector_share_names_and_others_do_not(world: World) -> None:
    sector = {"sector_identifier_uri": SECTOR}
    one, two = (
        await add_app(world.server, "one", "s", **sector),
        await add_app(world.server, "two", "s", **sector),
    )
    other = await add_app(
        world.server, "other", "s", sector_identifier_uri="https://elsewhere.example/apps.json"
    )
    public = await add_app(world.server, "public", "s", subject_type="public")
    also = await add_app(world.server, "also", "s", subject_type="public", **sector)
    subjects = {
        app.id: subject_for(app, world.person) for app in (one, two, other, public, also, world.client)
    }
    assert subjects["one"] == subjects["two"]
    assert subjects["public"] == subjects["also"]
    assert len(set(subjects.values())) == 4
    assert {len(subject) for subject in subjects.values()} == {43}


async def test_no_client_id_can_pose_as_a_sector_or_as_all(world: World) -> None:
    named = {sector_of(name, world.client.metadata) for name in ("public", "sector x.example", "x.example")}
    assert not named & {"public", "sector x.example"}


async def test_a_name_that_an_app_knows_stays(world: World) -> None:
    before = world.client.metadata
    for change in ({"subject_type": "public"}, {"sector_identifier_uri": SECTOR}):
        after = before.model_copy(update=change)
        async with world.server.db.transaction() as tx:
            await check_subjects_stay(tx, world.client.id, before, after)  # nobody let it read yet
    await world.grant()
    for change in ({"subject_type": "public"}, {"sector_identifier_uri": SECTOR}):
        after = before.model_copy(update=change)
        async with world.server.db.transaction() as tx:
            with pytest.raises(AccordError, match="know none of them again") as refusal:
                await check_subjects_stay(tx, world.client.id, before, after)
        assert refusal.value.code == "invalid_client_metadata"
    moved = before.model_copy(update={"sector_identifier_uri": SECTOR})
    elsewhere = before.model_copy(update={"sector_identifier_uri": "https://sector.example/other.json"})
    async with world.server.db.transaction() as tx:
        await check_subjects_stay(tx, world.client.id, moved, elsewhere)  # the same host: the same names


async def test_the_sub_of_a_sector_is_the_one_that_tokens_say(world: World) -> None:
    one = await add_app(world.server, "one", "one-secret", sector_identifier_uri=SECTOR)
    seen = world.of(one, "one-secret")
    body = await seen.tokens()
    told = (await seen.read("/userinfo", body["access_token"])).json()
    assert told["sub"] == subject_for(one, world.person)
