"""What is remembered: never much, never for long."""

import asyncio

from foundation.recent import Recent


async def test_what_is_kept_is_there_and_what_is_forgotten_is_not() -> None:
    recent = Recent[str, int](most=4, seconds=60)
    assert recent.get("a") is None
    recent.keep("a", 1)
    recent.keep("b", 2)
    recent.keep("a", 3)
    assert (recent.get("a"), recent.get("b")) == (3, 2)
    recent.forget("a")
    recent.forget("a")
    assert (recent.get("a"), recent.get("b")) == (None, 2)


async def test_it_never_holds_more_than_it_may_and_the_last_are_there() -> None:
    recent = Recent[int, int](most=10, seconds=60)
    for number in range(1000):
        recent.keep(number, number)
        held = [one for one in range(1000) if recent.get(one) is not None]
        assert len(held) <= 10
        assert held[-5:] == list(range(max(0, number - 4), number + 1))


async def test_nothing_outlasts_its_seconds_though_nobody_asks() -> None:
    recent = Recent[str, int](most=4, seconds=0.02)
    recent.keep("a", 1)
    await asyncio.sleep(0.1)
    assert (recent._young, recent._old, recent._turning) == ({}, {}, None)
    recent.keep("b", 2)  # and it goes on
    assert recent.get("b") == 2


async def test_a_value_renewed_while_old_is_forgotten_whole() -> None:
    recent = Recent[str, int](most=4, seconds=60)
    recent.keep("a", 1)
    recent._turn()
    recent.keep("a", 2)
    assert recent.get("a") == 2
    recent.forget("a")
    assert recent.get("a") is None
