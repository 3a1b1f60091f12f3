"""An app says that it erased: what is taken for its word, what follows, and who may not say it."""

from typing import Any

import httpx
import pytest

from foundation.clock import DAY, HOUR, SECOND
from idp.rights.erasure import Eraser, Order
from idp.signals.erasure import Ended, ask_erasure, is_overdue
from idp.signals.progress import give_up_old
from tests.idp.signals.receivers import revoked, signals_of, waiting_for
from tests.idp.support import World, add_app
from tests.idp.tokens import claims_of, refused
from tests.idp.visitor import Visitor, is_our_error, read, sent_back


async def attest(world: World, **said: Any) -> httpx.Response:
    given = {"erased_at": world.clock.now() // SECOND, **said}
    return await world.http.post(
        "/signals/attestations",
        json={name: value for name, value in given.items() if value is not None},
        auth=(world.client.id, world.secret),
    )


async def asked(world: World, grant_id: str) -> int | None:
    """She asks that app to erase."""
    now = world.clock.now()
    async with world.server.db.transaction() as tx:
        ended = Ended(world.client.id, grant_id, 2, "sub")
        return await ask_erasure(world.server, tx, ended, world.person, now)


async def overdue(world: World) -> bool:
    async with world.server.db.reading() as tx:
        return await is_overdue(tx, world.client.id, world.clock.now())


async def test_a_word_about_a_grant_answers_everything_asked_of_it(world: World):
    grant_id = await revoked(world)
    due = await asked(world, grant_id)
    assert due == world.clock.now() + 30 * DAY
    assert await asked(world, grant_id) is None  # once is enough
    world.clock.advance(DAY)
    answer = await attest(world, grant_id=grant_id, statement="Effacé, sauvegardes comprises.")
    assert (answer.status_code, answer.json()["attested"]) == (200, 2)
    rows = await signals_of(world, grant_id)
    assert [row.event for row in rows] == ["grant-revoked", "erasure-requested"]
    for row in rows:
        assert (row.state, row.attested_at, row.sealed_subject) == (
            "acknowledged",
            world.clock.now(),
            None,
        )
        words = world.server.telling.open_words(row.id, row.sealed_statement)
        assert words == "Effacé, sauvegardes comprises."
        assert b"sauvegardes" not in (row.sealed_statement or b"")
    (event,) = await world.events("erasure.attested")
    assert (event["client"], event["grant"], event["revision"]) == ("app", grant_id, 2)
    assert event["facts"]["via"] == "api"
    assert event["facts"]["erased_at"] == world.clock.now()
    assert len(event["facts"]["statement"]) == 64
    assert event["person"] is not None
    again = await attest(world, grant_id=grant_id)
    assert (again.status_code, again.json()["attested"]) == (200, 0)
    assert len(await world.events("erasure.attested")) == 1


async def test_a_word_by_the_token_s_jti_is_about_its_grant(world: World):
    await revoked(world)
    (row,) = await waiting_for(world)
    answer = await attest(world, jti=row.id, erased_at="2027-01-15T09:00:00+01:00")
    assert answer.json() == {"attested": 1, "erased_at": 1800000000}


async def test_what_is_no_attestation_is_refused(world: World):
    grant_id = await revoked(world)
    (row,) = await waiting_for(world)
    for said, code in (
        ({}, "invalid_request"),
        ({"grant_id": grant_id, "jti": row.id}, "invalid_request"),
        ({"grant_id": "x"}, "invalid_request"),
        ({"grant_id": 7}, "invalid_request"),
        ({"grant_id": grant_id, "erased_at": None}, "invalid_request"),
        ({"grant_id": grant_id, "erased_at": "yesterday"}, "invalid_request"),
        ({"grant_id": grant_id, "erased_at": "2027-13-45T09:00:00Z"}, "invalid_request"),
        ({"grant_id": grant_id, "erased_at": 10**30}, "invalid_request"),
        ({"grant_id": grant_id, "erased_at": -1}, "invalid_request"),
        ({"grant_id": grant_id, "erased_at": True}, "invalid_request"),
        ({"grant_id": grant_id, "statement": 7}, "invalid_request"),
        ({"grant_id": grant_id, "more": 1}, "invalid_request"),
        ({"grant_id": grant_id, "statement": "x" * 501}, "bad_attestation"),
        ({"grant_id": grant_id, "statement": "a\u202eb"}, "bad_attestation"),
        ({"grant_id": grant_id, "erased_at": (world.clock.now() + HOUR) // SECOND}, "bad_attestation"),
        ({"grant_id": grant_id, "erased_at": 1}, "bad_attestation"),
    ):
        refused(await attest(world, **said), code)
    refused(await attest(world, grant_id="0" * 32), "unknown_signal", 404)
    assert await world.events("erasure.attested") == []


async def test_a_living_grant_is_nothing_to_attest(world: World):
    given = await world.grant()
    refused(await attest(world, grant_id=given.standing.grant_id), "unknown_signal", 404)


async def test_an_app_speaks_for_itself_alone(world: World):
    grant_id = await revoked(world)
    (row,) = await waiting_for(world)
    other = world.of(await add_app(world.server, "other", "other-secret"), "other-secret")
    refused(await attest(other, grant_id=grant_id), "unknown_signal", 404)
    refused(await attest(other, jti=row.id), "unknown_signal", 404)
    refused(await attest(world.of(world.client, "wrong"), grant_id=grant_id), "invalid_client", 401)
    (row,) = await signals_of(world, grant_id)
    assert row.attested_at is None


# --- who lets the day pass ------------------------------------------------------------------------------


async def test_the_day_passes_only_where_erasure_was_asked(world: World):
    grant_id = await revoked(world)
    world.clock.advance(400 * DAY)
    assert not await overdue(world)
    await asked(world, grant_id)
    world.clock.advance(30 * DAY)
    assert not await overdue(world)
    world.clock.advance(1)
    assert await overdue(world)
    assert (await attest(world, grant_id=grant_id)).status_code == 200
    assert not await overdue(world)


async def test_the_day_passes_too_where_she_erased_her_account(house: World, visitor: Visitor):
    """What is owed outlives her keys; the word that pays it needs no name, and others are asked again."""
    grant_id = (await house.grant()).standing.grant_id
    async with house.server.db.transaction() as tx:
        order = Order(house.person_id, "self", house.clock.now())
        assert await Eraser(house.server, house.decisions()).erase(tx, order) is not None
    house.clock.advance(30 * DAY)
    assert not await overdue(house)
    house.clock.advance(SECOND)
    await give_up_old(house.server, house.clock.now())  # never delivered, nobody knows any more who she was
    assert await overdue(house)
    someone_else = await visitor.sign_in(await visitor.ask(), "bruno@example.org")
    assert "ne peut pas demander de nouvelle autorisation" in is_our_error_page(someone_else)
    assert (await attest(house, grant_id=grant_id)).status_code == 200
    assert not await overdue(house)
    assert read(await visitor.ask()).action.startswith("/authorize/consent/")
    (event,) = [one for one in await house.events("erasure.attested") if one["grant"] == grant_id]
    assert event["person"] is None


async def late(world: World) -> str:
    grant_id = await revoked(world)
    await asked(world, grant_id)
    world.clock.advance(31 * DAY)
    return grant_id


async def test_who_is_late_asks_nobody_and_the_person_is_told_why(house: World, visitor: Visitor):
    grant_id = await late(house)
    page = await visitor.start()
    text = is_our_error_page(page)
    assert "ne peut pas demander de nouvelle autorisation pour le moment" in text
    back = text.split('class="btn" href="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
    assert back.startswith("https://coach.example/callback?error=access_denied")
    again = await visitor.get(str(page.url.path))
    assert is_our_error(again, 410)  # no loop: the request is spent
    assert (await attest(house, grant_id=grant_id)).status_code == 200
    asked_again = await visitor.ask()
    assert read(asked_again).action.startswith("/authorize/consent/")


def is_our_error_page(page: httpx.Response) -> str:
    assert page.status_code == 403, page.text[:300]
    assert "location" not in page.headers
    return page.text


async def test_a_silent_request_of_who_is_late_goes_back_with_the_reason(house: World, visitor: Visitor):
    await visitor.sign_in(await visitor.get("/login"))
    await late(house)
    await visitor.sign_in(await visitor.get("/login"))
    back = sent_back(await visitor.ask(prompt="none"))
    assert back["error"] == "access_denied"
    assert "erasure" in back["error_description"]


async def test_what_stands_goes_on_for_who_is_late(house: World, visitor: Visitor):
    await late(house)
    await house.grant(duration=["30d"])  # as it was given before: no page in between
    done = sent_back(await visitor.start())
    assert "code" in done
    narrower = sent_back(await visitor.ask(scope="openid profile skills"))
    assert "code" in narrower
    other = house.of(await add_app(house.server, "third", "third-secret"), "third-secret")
    assert not await overdue(other)


async def test_tokens_of_what_stands_go_on_for_who_is_late(world: World):
    await late(world)
    tokens = await world.tokens()
    assert (await world.read("/v1/me/skills", tokens["access_token"])).status_code == 200
    assert (await world.refresh(tokens["refresh_token"])).status_code == 200


@pytest.mark.parametrize("days", [1, 30])
async def test_the_request_says_by_when(world: World, days: int):
    object.__setattr__(world.server.settings, "erasure_days", days)
    grant_id = await revoked(world)
    due = await asked(world, grant_id)
    answer = await world.http.post(
        "/signals/poll", json={"returnImmediately": True}, auth=(world.client.id, world.secret)
    )
    told = [claims_of(token) for token in answer.json()["sets"].values()]
    events = {uri.rsplit("/", 1)[1]: body for claims in told for uri, body in claims["events"].items()}
    assert events["erasure-requested"]["erase_by"] == (due or 0) // SECOND
    assert due == world.clock.now() + days * DAY
