"""Events of polled requests. `polled` is the id of its row, never what the app polls with."""

from consent.ledger.events import Event, event


@event("polled.approved", log="security")
class PolledApproved(Event):
    """A person let an app go on that waits elsewhere: its next poll gets tokens of `line`."""

    client: str
    grant: str
    revision: int
    scopes: str
    line: str
    kind: str
    polled: str


@event("polled.refused", log="security", outcome="refused")
class PolledRefused(Event):
    """Somebody who was shown what an app asks from elsewhere said that it was not theirs."""

    client: str
    kind: str
    polled: str
