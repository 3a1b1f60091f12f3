"""What a change tells an app: exactly when it takes something away, and nothing that names an item."""

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from consent.acts import Transition
from consent.choices import Shared
from idp.signals.kinds import KINDS, is_less, said_of
from tests.idp.signals.receivers import signals_of
from tests.idp.support import World

ITEMS = ("a", "b", "c")
LATER = "later"  # added to the profile after both choices
FIELDS = frozenset(("label", "level"))
_items = st.frozensets(st.sampled_from(ITEMS))
_shared = st.builds(
    Shared,
    items=_items,
    hidden=_items,
    future=st.booleans(),
    fields=st.none() | st.sampled_from([frozenset((name,)) for name in sorted(FIELDS)]),
)


def lets_out(shared: Shared) -> set[tuple[str, str]]:
    """Every value that leaves, by item and field, now or later."""
    shelf = [{"id": item} for item in (*ITEMS, LATER)]
    fields = FIELDS if shared.fields is None else shared.fields
    return {(str(item["id"]), name) for item in shared.lets_out(shelf) for name in fields}


@given(_shared, _shared)
def test_less_is_told_exactly_when_something_does_not_leave_any_more(before: Shared, now: Shared):
    lost = lets_out(before) - lets_out(now)
    if lost:
        assert is_less(now, before)
    elif is_less(now, before):  # only a field of items that were none
        assert now.fields is not None
        assert not lets_out(before)


async def test_what_adds_tells_nothing_and_what_takes_away_does(world: World):
    world.clock.advance(1000 * 1000)
    standing = (await world.grant()).standing

    def told(**changes: object):
        choice = replace(standing.choice, **changes)
        return said_of(Transition("amended", standing, replace(standing, choice=choice)), "person")

    scopes = dict(standing.choice.scopes)
    assert told() is None
    hidden = replace(scopes["skills"], hidden=frozenset(list(scopes["skills"].items)[:1]))
    less = told(scopes=scopes | {"skills": hidden})
    assert less is not None
    assert (less.detail["removed_scopes"], less.detail["narrowed_scopes"]) == ([], ["skills"])
    assert not any(item in json.dumps(less.detail) for item in scopes["skills"].items)
    del scopes["skills"]
    gone = told(scopes=scopes)
    assert gone is not None
    assert gone.detail["removed_scopes"] == ["skills"]
    assert "skills" not in gone.detail["scopes"]
    sooner = replace(standing, expires_at=standing.expires_at - 1)
    assert said_of(Transition("amended", standing, sooner), "person") is not None
    longer = replace(standing, expires_at=standing.expires_at + 1)
    assert said_of(Transition("amended", standing, longer), "person") is None
    assert said_of(Transition("given", None, standing), "person") is None


async def test_each_decision_that_takes_away_is_told(world: World):
    """Through the decisions themselves: a scope, a pause, its end, the term."""
    grant_id = (await world.grant()).standing.grant_id
    await world.revoke_scope(grant_id, "skills")
    async with world.server.db.transaction() as tx:
        act = world.act(world.client)
        assert await world.decisions().pause(tx, grant_id, "person", act) is not None
    async with world.server.db.transaction() as tx:
        assert await world.decisions().resume(tx, grant_id, act) is not None
    world.clock.advance(40 * 24 * 3600 * 1_000_000)
    async with world.server.db.transaction() as tx:
        assert await world.decisions().lapse(tx, grant_id, world.act(world.client)) is not None
    rows = sorted(await signals_of(world, grant_id), key=lambda row: row.revision)
    assert [(row.event, row.revision) for row in rows] == [
        ("grant-narrowed", 2),
        ("grant-paused", 3),
        ("grant-resumed", 4),
        ("grant-expired", 5),
    ]
    for row in rows:  # what each says is what its page says, no more and no less
        assert json.loads(row.detail_json).keys() == {member.name for member in KINDS[row.event].members}
    assert rows[-1].occurred_at < world.clock.now()  # when it ended, not when that was noticed
