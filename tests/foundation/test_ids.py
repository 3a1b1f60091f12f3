from foundation.ids import OrderedIds, is_id, made_at, new_id, oldest_id_at

NOON = 1_795_000_000_000_000  # microseconds


def test_an_id_carries_its_time_and_sorts_by_it():
    one = new_id(NOON)
    assert is_id(one)
    assert oldest_id_at(NOON) <= one < oldest_id_at(NOON + 1000)
    assert one != new_id(NOON)
    assert made_at(new_id(NOON + 1999)) == NOON + 1000


def test_ordered_ids_sort_as_they_were_made_within_a_millisecond():
    ids = OrderedIds()
    made = [ids.new(NOON + step) for step in (0, 0, 1, 999)]
    assert made == sorted(made)
    assert all(is_id(one) for one in made)
    assert all(oldest_id_at(NOON) <= one < oldest_id_at(NOON + 1000) for one in made)


def test_a_unit_that_began_earlier_keeps_its_own_order_beside_a_later_one():
    ids = OrderedIds()
    first = ids.new(NOON)
    ids.new(NOON + 1000)
    assert first < ids.new(NOON)


def test_more_ids_in_a_millisecond_than_can_be_counted_are_still_ids():
    ids = OrderedIds()
    made = {ids.new(NOON) for _ in range(300)}
    assert len(made) == 300
    assert all(is_id(one) for one in made)
