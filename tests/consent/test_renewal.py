"""An app that wants what stands replaced, or a grant of its own: she is asked, and one grant lives."""

import pytest

from consent.acts import Decided, Stale
from consent.choices import read_choice
from consent.coverage import Covered
from consent.grants import list_grants
from foundation.clock import DAY
from tests.consent.sharing import answered, asking, home, leaves, request


@pytest.fixture
def amina(db, clock):
    return home(db, clock)


async def rows_of(amina):
    async with amina.db.reading() as tx:
        return await list_grants(tx, amina.person.id)


@pytest.mark.parametrize("renewal", ["replace", "fresh"])
async def test_she_is_asked_whatever_covers_it_and_told_why(amina, renewal):
    first = (await amina.agreed("skills")).standing
    assert isinstance(await amina.ask(request()), Covered)
    ask = asking(await amina.ask(request(), renewal=renewal))
    assert (ask.why, ask.whole, ask.basis) == (renewal, True, (first.grant_id, 1))
    assert ask.elements == tuple(request().elements)


@pytest.mark.parametrize("renewal", ["replace", "fresh"])
async def test_without_a_living_grant_it_is_a_request_like_any_other(amina, renewal):
    assert asking(await amina.ask(request(), renewal=renewal)).why == "first"
    await amina.agreed("skills")
    amina.clock.advance(30 * DAY)
    assert asking(await amina.ask(request(), renewal=renewal)).why == "ended"


@pytest.mark.parametrize("renewal", ["replace", "fresh"])
async def test_one_that_is_good_for_once_is_renewed_too(amina, renewal):
    await amina.agreed("skills", duration="once")
    assert asking(await amina.ask(request())).why == "ended"
    assert asking(await amina.ask(request(), renewal=renewal)).why == renewal


async def test_a_replaced_grant_keeps_its_number_and_nothing_else(amina):
    first = (await amina.agreed("skills", "experiences", duration="180d")).standing
    asked = request("openid", "profile", "trainings")
    ask = asking(await amina.ask(asked, renewal="replace"))
    decided = await amina.accept(ask, answered(ask, "trainings", duration=["30d"]))
    after = decided.standing
    assert (after.grant_id, after.revision) == (first.grant_id, 2)
    assert set(after.choice.scopes) == {"openid", "profile", "trainings"}
    assert after.expires_at == amina.clock.now() + 30 * DAY
    [row] = await rows_of(amina)
    assert read_choice(row.choice_json) == after.choice


async def test_a_fresh_grant_ends_the_one_before_it_in_the_same_breath(amina):
    first = (await amina.agreed("skills")).standing
    ask = asking(await amina.ask(request(), renewal="fresh"))
    decided = await amina.accept(ask, answered(ask, "trainings", duration=["30d"]))
    assert decided.standing.grant_id != first.grant_id
    assert (decided.standing.revision, set(decided.standing.choice.scopes)) == (
        1,
        {"openid", "profile", "trainings"},
    )
    new, old = await rows_of(amina)
    assert (new.lives(amina.clock.now()), old.lives(amina.clock.now())) == (True, False)
    assert [leaf["event"] for leaf in await leaves(amina.db)] == [
        "consent.given",
        "consent.revoked",
        "consent.given",
    ]


@pytest.mark.parametrize("renewal", ["replace", "fresh"])
async def test_refusing_keeps_what_stood(amina, renewal):
    first = (await amina.agreed("skills")).standing
    ask = asking(await amina.ask(request(), renewal=renewal))
    assert (await amina.refuse(ask)).kept is None  # the app is told that it was refused
    [row] = await rows_of(amina)
    assert row.standing() == first


@pytest.mark.parametrize("renewal", ["replace", "fresh"])
async def test_of_two_answers_one_counts(amina, renewal):
    await amina.agreed("skills")
    ask = asking(await amina.ask(request(), renewal=renewal))
    choice = answered(ask, "trainings", duration=["30d"])
    assert isinstance(await amina.accept(ask, choice), Decided)
    assert isinstance(await amina.accept(ask, choice), Stale)
    assert len([row for row in await rows_of(amina) if row.revoked_at is None]) == 1
