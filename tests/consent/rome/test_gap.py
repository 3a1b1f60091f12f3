"""What a job expects beside what a person has: pure rules, and the referential they start from."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consent.rome.gap import along, gap, often_along
from consent.rome.search import Expected, expected_skills
from consent.rome.subset import ensure_some

CODES = [str(number) for number in range(12)]
skills = st.lists(
    st.builds(
        Expected, st.sampled_from(CODES), st.just("know_how"), st.text(max_size=3), st.sampled_from([0, 1])
    ),
    unique_by=lambda one: one.code,
    max_size=10,
)
held = st.frozensets(st.sampled_from(CODES))


@given(skills, held)
def test_every_expected_skill_stands_in_one_place(expected, hers):
    found = gap(expected, hers)
    parts = [found.held, found.missing, found.also_held, found.also_missing]
    assert sorted(one.code for part in parts for one in part) == sorted(one.code for one in expected)
    assert all(one.code in hers for one in (*found.held, *found.also_held))
    assert all(one.code not in hers for one in (*found.missing, *found.also_missing))
    assert found.core == len(found.held) + len(found.missing)
    if any(one.core for one in expected):
        assert all(one.core for one in (*found.held, *found.missing))
    else:
        assert found.core == len(expected)  # a sheet that marks nothing: all of it is its heart


@given(st.lists(st.tuples(st.integers(1, 5), skills), max_size=4), held, st.integers(0, 6))
def test_nothing_is_suggested_twice_nor_what_she_has(sheets, hers, most):
    found = [one.code for one in along(sheets, hers, most)]
    assert len(found) == len(set(found)) <= most
    assert not hers & set(found)
    assert set(found) <= {one.code for _, expected in sheets for one in expected}


def test_what_nearer_jobs_expect_comes_first():
    near = [Expected("a", "know_how", "A", 1), Expected("b", "know_how", "B", 0)]
    far = [Expected("c", "know_how", "C", 1), Expected("b", "know_how", "B", 0)]
    assert [one.code for one in along([(3, near), (1, far)], [], 9)] == ["a", "b", "c"]


@pytest.mark.parametrize("most", [1, 8])
async def test_suggestions_start_from_her_own_skills(db, clock, most):
    await ensure_some(db, clock)
    async with db.reading() as tx:
        expected = [one.code for one in await expected_skills(tx, "M1607")]
        found = await often_along(tx, expected[:5], most=most)
        assert 0 < len(found) <= most
        assert not {one.code for one in found} & set(expected[:5])
        assert {one.code for one in found} & set(expected)
        assert await often_along(tx, []) == []
        assert await often_along(tx, ["unknown"]) == []
        assert len(await often_along(tx, [str(number) for number in range(500)])) == 0
