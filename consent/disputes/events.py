"""The ledger events of disputes. What people wrote is sealed; codes, states and hashes are not."""

from typing import Literal

from consent.ledger.events import Event, event, sealed

Action = Literal["none", "paused", "withdrawn"]
Outcome = Literal["recognised", "mistake", "abuse", "unclear"]


@event("dispute.opened", log="consent", stays_open=True)
class DisputeOpened(Event):
    """She does not recognise an access. about: the event that she doubts."""

    client: str
    grant: str
    revision: int
    dispute: str  # its code
    about: str
    action: Action
    note: str = sealed()


@event("dispute.read", log="consent", stays_open=True)
class DisputeRead(Event):
    """An administrator opened a dispute, with what she had written."""

    client: str
    grant: str
    dispute: str


@event("dispute.answered", log="consent", stays_open=True)
class DisputeAnswered(Event):
    """An administrator answered."""

    client: str
    grant: str
    dispute: str
    finding: Outcome
    answer: str = sealed()


@event("dispute.closed", log="consent", stays_open=True)
class DisputeClosed(Event):
    """Nothing more is expected."""

    client: str
    grant: str
    dispute: str
    by: Literal["person", "administrator"]
