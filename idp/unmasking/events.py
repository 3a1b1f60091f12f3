"""The ledger events of unmasking. Whoever acts is the person of the leaf; whom it is about is a pseudonym."""

from typing import Literal

from consent.ledger.events import Event, event, sealed


@event("unmask.requested", log="security")
class UnmaskRequested(Event):
    """An auditor asks whom a pseudonym stands for. quiet_days: how long the person is not told after it."""

    unmask: str  # id of the request
    pseudonym: str
    hours: int
    quiet_days: int
    reason: str = sealed()
    case: str = sealed()


@event("unmask.approved", log="security")
class UnmaskApproved(Event):
    """Somebody else agreed."""

    unmask: str
    pseudonym: str
    until: int


@event("unmask.refused", log="security", outcome="refused")
class UnmaskRefused(Event):
    """Somebody else did not."""

    unmask: str
    pseudonym: str


@event("unmask.looked", log="security")
class UnmaskLooked(Event):
    """Whoever asked saw the address, once more."""

    unmask: str
    pseudonym: str


@event("unmask.expired", log="security")
class UnmaskExpired(Event):
    """It is over: the hours are, or nobody answered. This leaf has no person: time did it."""

    unmask: str
    pseudonym: str
    reason: Literal["hours", "unanswered"]
    looks: int


@event("unmask.told", log="security")
class UnmaskTold(Event):
    """The person was written to. Not by any name of hers: two pseudonyms would be one person's for ever."""

    unmask: str
