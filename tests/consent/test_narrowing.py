"""Taking back, at once and without a request: never more than before, whatever is posted or already held."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.acts import Decided
from consent.choices import Choice, Shared
from consent.coverage import Ask, Covered, covers
from consent.limits import Frequency, lifetime
from consent.narrowing.rule import Narrowing, forgotten, narrowed
from consent.profile.release import release
from foundation.clock import DAY
from tests.consent.sharing import answered, asking, home, leaves, request
from tests.consent.test_coverage import NOW, limited, long

IDS = st.frozensets(st.sampled_from([f"i{number}" for number in range(6)]))
FIELDS = st.frozensets(st.sampled_from(["label", "level", "kind", "rome_code"]), min_size=1)
SHARED = st.builds(Shared, items=IDS, hidden=IDS, future=st.booleans(), fields=st.none() | FIELDS)
SCOPES = ("skills", "languages", "interests")
CHOICES = st.builds(
    Choice,
    scopes=st.dictionaries(st.sampled_from(SCOPES), SHARED, min_size=1),
    declined=st.just(frozenset()),
    duration=st.sampled_from(["30d", "180d"]),
    offline=st.booleans(),
)
BY_SCOPE = st.dictionaries(st.sampled_from(SCOPES), IDS)
NARROWINGS = st.builds(
    Narrowing,
    drop=st.frozensets(st.sampled_from(SCOPES)),
    hold_back=BY_SCOPE,
    drop_fields=st.dictionaries(st.sampled_from(SCOPES), FIELDS),
    settle=BY_SCOPE,
    duration=st.none() | st.sampled_from(["once", "7d", "60d", "365d"]),
)
SHELF = [{"id": f"i{number}", "label": f"l{number}", "level": "x"} for number in range(8)]


def let_out(choice: Choice) -> set[tuple[str, str, str]]:
    """Every (scope, item, field) that leaves."""
    found = set()
    for scope in SCOPES:
        released = release(scope, SHELF, choice)
        found |= {(scope, item, field) for item in released.items for field in released.fields}
    return found


@given(CHOICES, NARROWINGS)
def test_a_narrowing_lets_out_no_more_and_ends_no_later(choice, narrowing):
    before = replace(long(), choice=choice)
    after = narrowed(before, narrowing, NOW + DAY)
    if after is None:
        return
    assert let_out(after.choice) <= let_out(choice)
    assert after.expires_at <= before.expires_at
    assert after.choice.offline == choice.offline
    assert after.choice.scopes.keys() | after.choice.declined == choice.scopes.keys()
    assert after.revision == before.revision + 1
    assert after.answered == before.answered


@given(CHOICES, NARROWINGS)
def test_what_is_taken_back_is_gone_and_the_rest_is_not(choice, narrowing):
    after = narrowed(replace(long(), choice=choice), narrowing, NOW + DAY)
    left = let_out(choice if after is None else after.choice)
    for scope, item, field in let_out(choice):
        shared = choice.scopes[scope]
        taken = (
            scope in narrowing.drop
            or item in narrowing.hold_back.get(scope, ())
            or (shared.fields is not None and field in narrowing.drop_fields.get(scope, ()))
            or (
                shared.future
                and scope in narrowing.settle
                and item not in shared.items | narrowing.settle[scope]
            )
        )
        assert ((scope, item, field) not in left) == taken


def test_a_shorter_duration_counts_from_now_and_a_longer_one_not_at_all():
    before = long("skills")
    after = narrowed(before, Narrowing(duration="7d"), NOW + DAY)
    assert after.expires_at == NOW + 8 * DAY
    assert after.choice.duration == "7d"
    assert narrowed(before, Narrowing(duration="30d"), NOW) is None
    assert narrowed(before, Narrowing(duration="180d"), NOW + DAY) is None
    assert lifetime("29d") + DAY == 30 * DAY


def test_no_field_left_is_no_scope_left():
    before = long("skills", asked=limited(fields={"skills": ["label", "level"]}))
    after = narrowed(before, Narrowing(drop_fields={"skills": frozenset({"label", "level"})}), NOW + 1)
    assert "skills" not in after.choice.scopes
    assert "skills" in after.choice.declined
    assert isinstance(covers(after, limited(fields={"skills": ["label", "level"]}), NOW + 2), Covered)


def test_forgetting_a_no_lets_it_be_asked_again_and_a_yes_stays_answered():
    before = long("skills")
    assert isinstance(covers(before, request(), NOW + 1), Covered)
    ask = covers(replace(before, answered=forgotten(before)), request(), NOW + 1)
    assert isinstance(ask, Ask)
    assert ask.elements == ("scope:experiences", "scope:trainings")
    five = long("skills", asked=limited(frequency=Frequency(5, "day"), fields={"skills": ["label"]}))
    assert forgotten(five) == five.answered
    refused = asking(covers(five, limited(), NOW + 1))
    later = replace(five, answered={**five.answered, **{e: limited().digests[e] for e in refused.elements}})
    again = asking(covers(replace(later, answered=forgotten(later)), limited(), NOW + 2))
    assert again.elements == ("frequency", "scope:skills")


# --- recorded --------------------------------------------------------------------------------------------


@pytest.fixture
def amina(db, clock):
    return home(db, clock)


async def narrow(amina, grant_id, **what):
    async with amina.db.transaction() as tx:
        return await amina.decisions.narrow(tx, grant_id, Narrowing(**what), amina.act(notice=None))


async def test_a_narrowing_is_an_amendment_with_its_receipt(amina):
    given_ = await amina.agreed("skills", "trainings", duration="180d")
    grant_id = given_.standing.grant_id
    held = sorted(given_.standing.choice.scopes["skills"].items)[0]
    decided = await narrow(
        amina,
        grant_id,
        drop=frozenset({"trainings"}),
        hold_back={"skills": frozenset({held})},
        duration="30d",
    )
    assert isinstance(decided, Decided)
    standing = await amina.standing()
    assert set(standing.choice.scopes) == {"openid", "profile", "skills"}
    assert standing.choice.scopes["skills"].hidden == {held}
    assert standing.choice.duration == "30d"
    assert standing.expires_at == amina.clock.now() + 30 * DAY
    leaf = (await leaves(amina.db))[-1]
    assert (leaf["event"], leaf["revision"]) == ("consent.amended", 2)
    assert (leaf["facts"]["removed"], leaf["facts"]["added"], leaf["facts"]["hidden"]) == ("trainings", "", 1)
    assert await narrow(amina, grant_id, drop=frozenset({"trainings"})) is None
    assert await narrow(amina, "0" * 32, drop=frozenset({"skills"})) is None


@pytest.mark.parametrize("drop", [{"profile"}, {"openid", "profile", "skills"}])
async def test_taking_back_what_the_app_cannot_do_without_ends_it(amina, drop):
    given_ = await amina.agreed("skills")
    await narrow(amina, given_.standing.grant_id, drop=frozenset(drop))
    assert await amina.standing() is None
    assert (await leaves(amina.db))[-1]["event"] == "consent.revoked"


async def test_a_paused_grant_can_be_narrowed_and_stays_paused(amina):
    given_ = await amina.agreed("skills", "trainings")
    grant_id = given_.standing.grant_id
    async with amina.db.transaction() as tx:
        await amina.decisions.pause(tx, grant_id, "person", amina.act(notice=None))
    await narrow(amina, grant_id, drop=frozenset({"trainings"}))
    standing = await amina.standing()
    assert standing.paused_at is not None
    assert (await leaves(amina.db))[-1]["event"] == "consent.amended"


async def test_wanting_to_be_asked_again_is_recorded_and_asks_what_was_declined(amina):
    given_ = await amina.agreed("skills")
    grant_id = given_.standing.grant_id
    async with amina.db.transaction() as tx:
        assert await amina.decisions.ask_again(tx, grant_id, amina.act(notice=None)) is not None
        assert await amina.decisions.ask_again(tx, grant_id, amina.act(notice=None)) is None
    leaf = (await leaves(amina.db))[-1]
    assert leaf["event"] == "consent.reopened"
    assert leaf["facts"]["elements"] == "scope:experiences scope:trainings"
    ask = await amina.ask(request())
    assert ask.elements == ("scope:experiences", "scope:trainings")
    accepted = await amina.accept(ask, answered(ask, "trainings"))
    assert set(accepted.standing.choice.scopes) == {"openid", "profile", "skills", "trainings"}


async def test_refusing_to_resume_leaves_it_paused_and_is_not_remembered(amina):
    given_ = await amina.agreed("skills")
    async with amina.db.transaction() as tx:
        await amina.decisions.pause(tx, given_.standing.grant_id, "person", amina.act(notice=None))
    ask = await amina.ask(request())
    assert ask.why == "paused"
    refused = await amina.refuse(ask)
    assert refused.kept is None
    assert (await amina.standing()).paused_at is not None
    again = await amina.ask(request())
    assert again.why == "paused"
    decided = await amina.accept(again, answered(again))
    assert decided.standing.paused_at is None
    assert [leaf["event"] for leaf in await leaves(amina.db)][-2:] == ["consent.refused", "consent.resumed"]
