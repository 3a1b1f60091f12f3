"""What an entry of the log adds to the figures: pure functions."""

from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import orjson

from consent.ledger.retiring.retired import EVENT as RETIRING
from consent.ledger.retiring.retired import Period
from consent.mirror.entries import READ, day_of
from foundation.clock import DAY, HOUR, month_of

REVOKED = "consent.revoked"
READ_AFTER_END = "read_after_end"
# How long a grant had lived when it was withdrawn: name -> less than, microseconds.
DELAYS = {"hour": HOUR, "day": DAY, "week": 7 * DAY, "month": 30 * DAY, "quarter": 90 * DAY}
LONGER = "longer"
_LONGEST = 100  # of a detail: what is longer is no dataset


class Entry(NamedTuple):
    """An entry, with what stands of its grant: when it was given, its last revision, when it ended.

    log: its class. sealed: the bytes of its payload.
    """

    event_id: str
    time: int
    event: str
    outcome: str
    client: str | None
    leaf: str
    granted_at: int | None
    revision: int | None
    revoked_at: int | None
    log: str
    sealed: int


class Key(NamedTuple):
    """What is counted together: a row of `ledger_day`."""

    event: str
    day: int
    outcome: str
    client: str
    detail: str


class Sums(NamedTuple):
    """What entries add up to. held, bytes: by class and month. flagged: ids of events that must not be."""

    counts: Counter[Key]
    held: Counter[Period]
    bytes: Counter[Period]
    flagged: list[str]


def add_up(entries: Iterable[Entry]) -> Sums:
    """All of it."""
    sums = Sums(Counter(), Counter(), Counter(), [])
    for entry in entries:
        key = Key(entry.event, day_of(entry.time), entry.outcome, entry.client or "", _detail(entry))
        sums.counts[key] += 1
        if entry.event != RETIRING:
            period = Period(entry.log, _month_of_day(entry.time // DAY))
            sums.held[period] += 1
            sums.bytes[period] += len(entry.leaf) + entry.sealed
        if _reads_after_end(entry):
            sums.flagged.append(entry.event_id)
    return sums


@lru_cache(256)
def _month_of_day(day: int) -> str:
    return month_of(day * DAY)


def delay_name(lived: int) -> str:
    """The name of how long a grant lived, microseconds."""
    return next((name for name, less in DELAYS.items() if lived < less), LONGER)


def _detail(entry: Entry) -> str:
    if entry.event == REVOKED and entry.granted_at is not None:
        return delay_name(entry.time - entry.granted_at)
    if entry.event != READ:
        return ""
    dataset = _facts(entry.leaf).get("dataset")
    return dataset[:_LONGEST] if isinstance(dataset, str) else ""


def _reads_after_end(entry: Entry) -> bool:
    """Judged by revisions, as every read is: withdrawing raises a grant's, and reads were before it."""
    if entry.event != READ or entry.revoked_at is None or entry.revision is None:
        return False
    read_under = _leaf(entry.leaf).get("revision")
    return type(read_under) is int and read_under >= entry.revision


def _leaf(text: str) -> dict[str, object]:
    try:
        leaf = orjson.loads(text)
    except ValueError:
        return {}  # damaged: left to the verifier
    return leaf if isinstance(leaf, dict) else {}


def _facts(text: str) -> dict[str, object]:
    facts = _leaf(text).get("facts")
    return facts if isinstance(facts, dict) else {}
