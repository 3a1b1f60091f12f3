"""Polling: what an app is told while it waits, and once there is an answer (RFC 8628 section 3.5)."""

from foundation.clock import MINUTE, SECOND
from idp.polling import store
from idp.polling.kinds import CIBA, DEVICE
from idp.polling.text import new_text, parse_text
from tests.idp.polling.waiting import Waiting, kiosk, start
from tests.idp.support import World
from tests.idp.tokens import altered, claims_of, refused


async def test_nobody_has_answered(waiting: Waiting) -> None:
    refused(await waiting.poll(), "authorization_pending")
    waiting.world.clock.advance(5 * SECOND)
    refused(await waiting.poll(), "authorization_pending")


async def test_polling_too_fast_slows_down_for_good(waiting: Waiting) -> None:
    clock = waiting.world.clock
    refused(await waiting.poll(), "authorization_pending")
    clock.advance(4 * SECOND)
    refused(await waiting.poll(), "slow_down")
    clock.advance(9 * SECOND)
    refused(await waiting.poll(), "slow_down")
    clock.advance(15 * SECOND)
    refused(await waiting.poll(), "authorization_pending")
    assert (await waiting.kept()).interval == 15 * SECOND


async def test_an_approval_gives_tokens_once(waiting: Waiting) -> None:
    world = waiting.world
    grant_id = await waiting.agree()
    answer = await waiting.poll()
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["grant_id"] == grant_id
    assert set(body["scope"].split()) >= {"openid", "skills"}
    identity = claims_of(body["id_token"])
    assert identity["aud"] == world.client.id
    assert "nonce" not in identity
    assert (await world.read("/v1/me/skills", body["access_token"])).status_code == 200
    assert (await world.refresh(body["refresh_token"])).status_code == 200
    assert len(await world.events("polled.approved")) == len(await world.events("code.redeemed")) == 1
    assert await world.events("code.issued") == []


async def test_an_approval_is_not_slowed_down(waiting: Waiting) -> None:
    refused(await waiting.poll(), "authorization_pending")
    await waiting.agree()
    assert (await waiting.poll()).status_code == 200


async def test_shown_again_it_ends_what_it_gave(waiting: Waiting) -> None:
    await waiting.agree()
    token = (await waiting.poll()).json()["access_token"]
    refused(await waiting.poll(), "invalid_grant")
    assert (await waiting.world.read("/v1/me/skills", token)).status_code == 401
    assert len(await waiting.world.events("code.replayed")) == 1


async def test_a_refusal_is_told(waiting: Waiting) -> None:
    assert await waiting.refuse()
    refused(await waiting.poll(), "access_denied")
    refused(await waiting.poll(), "access_denied")


async def test_it_is_answered_once(waiting: Waiting) -> None:
    assert await waiting.refuse()
    assert not await waiting.refuse()


async def test_what_expired_is_neither_answered_nor_redeemed(world: World) -> None:
    world = await kiosk(world)
    unanswered, approved = await start(world), await start(world)
    await approved.agree()
    world.clock.advance(10 * MINUTE)
    refused(await unanswered.poll(), "expired_token")
    refused(await approved.poll(), "expired_token")
    assert not await unanswered.refuse()


async def test_another_app_learns_nothing_from_it(waiting: Waiting) -> None:
    await waiting.agree()
    other = waiting._replace(world=await kiosk(waiting.world, "other"))
    refused(await other.poll(), "invalid_grant")
    assert (await waiting.poll()).status_code == 200


async def test_it_is_proved_by_its_secret(waiting: Waiting) -> None:
    await waiting.agree()
    made_up = new_text(DEVICE, waiting.row.id)[0]
    for text in (altered(waiting.text, -1), made_up, waiting.text + "A", "dc_", "é"):
        refused(await waiting._replace(text=text).poll(), "invalid_grant")
    refused(await waiting._replace(text="").poll(), "invalid_request")
    assert (await waiting.poll()).status_code == 200


def test_a_text_of_one_kind_is_none_of_another() -> None:
    text, secret = new_text(DEVICE, "0" * 32)
    assert parse_text(DEVICE, text) == ("0" * 32, secret)
    assert parse_text(CIBA, text) is None


async def test_an_app_has_to_be_registered_for_it(waiting: Waiting, world: World) -> None:
    refused(await waiting._replace(world=world).poll(), "unauthorized_client")


async def test_what_she_withdraws_before_it_is_fetched_is_not_given(waiting: Waiting) -> None:
    grant_id = await waiting.agree()
    await waiting.world.revoke(grant_id)
    refused(await waiting.poll(), "invalid_grant")


async def test_a_bound_request_asks_for_its_key(world: World) -> None:
    waiting = await start(await kiosk(world), dpop_jkt="k" * 43)
    await waiting.agree()
    refused(await waiting.poll(), "invalid_dpop_proof")


async def test_it_is_kept_an_hour_longer_than_any_lives(waiting: Waiting) -> None:
    world = waiting.world
    for ago, purged in ((store.LONGEST + 59 * MINUTE, 0), (store.LONGEST + 61 * MINUTE, 1)):
        moment = world.clock.now() + ago - store.LONGEST - 60 * MINUTE
        assert await store.PURGE.made_before(world.server.db, moment) == purged
