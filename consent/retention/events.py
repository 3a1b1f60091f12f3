"""The event that accounts for what went."""

from consent.ledger.events import Event, event
from consent.ledger.retiring.retired import EVENT


@event(EVENT, log="security")
class LogRetired(Event):
    """A class of the log and a month go whole; of each event, place and hash stay. This event never goes.

    first, last: positions. digest: SHA-256 over position (8 bytes, big-endian) and leaf hash of each that
    went; ids: over the event ids. Both by position.
    """

    of_log: str
    period: str
    first: int
    last: int
    count: int
    digest: str
    ids: str
