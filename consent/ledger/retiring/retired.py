"""Leaves that went with their period, and the event that accounts for them. Pure.

A class of the log ("security", "consent") and a calendar month ("2026-11", UTC) go whole. What stays are the
hashes, and one event in the log itself that says how many leaves went, between which positions, and a digest
over each one's position and leaf hash. A leaf that is missing is taken only where such an event covers it.

What comes to a period after it went goes by a further event, which says all that ever went of the period: so
the missing leaves are always exactly what one event says, and an earlier one is where that began.
"""

import hashlib
from typing import NamedTuple

from consent.ledger.leaf import Leaf
from foundation.clock import month_of

EVENT = "log.retired"  # events of this kind never go: they account for others


class Period(NamedTuple):
    """What is retired together. log: the class; month: "2026-11"."""

    log: str
    month: str


class Retired(NamedTuple):
    """What such an event says. first, last: positions; events: fact `count`; digest: of `Digest`, in hex."""

    period: Period
    first: int
    last: int
    events: int
    digest: str

    def begins(self, later: "Retired") -> bool:
        """Whether an account of the same period can be where a later one began."""
        return self.first == later.first and self.last < later.last and self.events < later.events


def period_of(log: str, time: int) -> Period:
    """The period of a leaf. time: microseconds."""
    return Period(log, month_of(time))


def retired_by(leaf: Leaf) -> Retired | None:
    """What an event of the log retired; None for an event that retired nothing."""
    if leaf.event != EVENT:
        return None
    facts = leaf.facts
    period = Period(str(facts.get("of_log")), str(facts.get("period")))
    first, last, count = (_number(facts.get(name)) for name in ("first", "last", "count"))
    return Retired(period, first, last, count, str(facts.get("digest")))


def _number(value: object) -> int:
    return value if type(value) is int else -1


class Digest:
    """SHA-256 over position (8 bytes, big-endian) and leaf hash of each leaf that went, by position."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self.first = self.last = -1
        self.count = 0

    def add(self, position: int, leaf_hash: bytes) -> None:
        """The next leaf that went."""
        self._hash.update(position.to_bytes(8, "big") + leaf_hash)
        self.first = position if self.first < 0 else self.first
        self.last = position
        self.count += 1

    def of(self, period: Period) -> Retired:
        """What the event about all that was added must say."""
        return Retired(period, self.first, self.last, self.count, self._hash.hexdigest())


class Missing:
    """The leaves that a walk over the log did not find, and the events that it met on its way."""

    def __init__(self) -> None:
        self._gone: dict[Period, Digest] = {}
        self._told: set[Retired] = set()

    def gone(self, period: Period, position: int, leaf_hash: bytes) -> None:
        """A leaf is missing, and is said to have gone with its period. Called by rising position."""
        self._gone.setdefault(period, Digest()).add(position, leaf_hash)

    def met(self, leaf: Leaf) -> None:
        """An event that the log holds, of any kind."""
        told = retired_by(leaf)
        if told is not None:
            self._told.add(told)

    def accounts(self) -> list[Retired]:
        """The events that say exactly what is gone, one a period."""
        return [whole for period, digest in self._gone.items() if (whole := digest.of(period)) in self._told]

    def unaccounted(self) -> tuple[Period, int] | None:
        """A period of which leaves are missing that no event accounts for, and the first of them."""
        for period, digest in self._gone.items():
            whole = digest.of(period)
            told = [one for one in self._told if one.period == period and one != whole]
            if whole not in self._told or not all(one.begins(whole) for one in told):
                return period, digest.first
        return None
