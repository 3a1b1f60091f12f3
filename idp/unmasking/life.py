"""What a request to unmask may be, and what state one is in: pure functions."""

import re
from typing import Literal, NamedTuple

from foundation.clock import DAY, HOUR
from foundation.errors import AccordError

State = Literal["asked", "lapsed", "refused", "searching", "unknown", "open", "over"]
Decision = Literal["approved", "refused"]

ANSWER_WITHIN = 7 * DAY
HOURS = (1, 4, 24)
# None: as soon as it is over. An inquiry may need silence for a time; it never lasts for ever.
QUIET_DAYS = (0, 90, 365)
SHORTEST_REASON, LONGEST_REASON, LONGEST_CASE = 20, 1_000, 100
MOST_OPEN = 20  # of one auditor's
NOBODY = "g"  # of `walked_to`, past every id: no candidate is left
# Longer than any request lasts, silence included: what remains after that is the ledger's.
KEPT = 400 * DAY
_PSEUDONYM = re.compile(r"p-[A-Za-z0-9_-]{22}", re.ASCII)


class Unmask(NamedTuple):
    """A row of `unmask_request`; see its class."""

    id: str
    asker_id: str
    pseudonym: str
    event_id: str
    sealed: bytes
    hours: int
    quiet_days: int
    decision: str | None
    decider_id: str | None
    decided_at: int | None
    expires_at: int
    person_id: str | None
    walked_to: str
    looks: int
    looked_at: int | None
    ended_at: int | None
    tell_at: int | None


class Verdict(NamedTuple):
    """A yes or no: by whom, when, and until when it is of use."""

    said: Decision
    account_id: str
    until: int
    now: int


class Wish(NamedTuple):
    """What an auditor typed."""

    pseudonym: str
    reason: str
    case: str
    hours: int
    quiet_days: int


def state_of(row: Unmask, now: int) -> State:
    """Where a request stands at a moment. What ended stays so, wherever the clock goes."""
    over = row.ended_at is not None or now >= row.expires_at
    if row.decision == "refused":
        return "refused"
    if row.decision is None:
        return "lapsed" if over else "asked"
    if over:
        return "over"
    if row.person_id is not None:
        return "open"
    return "unknown" if row.walked_to == NOBODY else "searching"


def may_decide(row: Unmask, account_id: str, now: int) -> bool:
    """Whether an account may say yes or no: never its own request's, whatever role it has by now."""
    return state_of(row, now) == "asked" and account_id != row.asker_id


def may_look(row: Unmask, account_id: str, now: int) -> bool:
    """Whether an account may see who it is."""
    return state_of(row, now) == "open" and account_id == row.asker_id


def open_until(row: Unmask, now: int) -> int:
    """Until when it may be looked at, if approved now."""
    return now + row.hours * HOUR


def tell_after(row: Unmask) -> int | None:
    """When the person is to be told of a request that is over; None where nobody saw who she is."""
    if row.person_id is None or not row.looks:
        return None
    return row.expires_at + row.quiet_days * DAY


def wrong_in(wish: Wish) -> list[str]:
    """Fields that are not what they must be."""
    found = {
        "person": _PSEUDONYM.fullmatch(wish.pseudonym) is not None,
        "reason": SHORTEST_REASON <= len(wish.reason) <= LONGEST_REASON,
        "case": 0 < len(wish.case) <= LONGEST_CASE,
        "hours": wish.hours in HOURS,
        "quiet": wish.quiet_days in QUIET_DAYS,
    }
    return [name for name, fine in found.items() if not fine]


def not_open() -> AccordError:
    """What somebody meets who comes too late, or may not."""
    return AccordError("unmask_closed", "This request is not open to you, or not any more.", status=409)
