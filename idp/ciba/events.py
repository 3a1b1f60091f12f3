"""Ledger events of requests to people who are elsewhere. `asked` is the id of its row.

What she decides of it has the events of consent, and polled.approved or polled.refused.
"""

from typing import Literal

from consent.ledger.events import Event, event, sealed


@event("backchannel.asked", log="security")
class BackchannelAsked(Event):
    """An app asked somebody who is elsewhere; nobody had been looked up then."""

    client: str
    scopes: str
    asked: str


@event("backchannel.told", log="security")
class BackchannelTold(Event):
    """It waits for her on her page. mailed: whether she was written to as well."""

    client: str
    asked: str
    mailed: bool
    message: str = sealed()


@event("backchannel.held", log="security", outcome="refused")
class BackchannelHeld(Event):
    """It was kept from her, and its app was not told: she blocked it, or it asks her twice already."""

    client: str
    asked: str
    reason: Literal["blocked", "too_many"]


@event("backchannel.blocked", log="security", stays_open=True)
class BackchannelBlocked(Event):
    """She wants no more requests from an app; those that waited were refused."""

    client: str
    refused: int


@event("backchannel.unblocked", log="security")
class BackchannelUnblocked(Event):
    """An app may ask her again."""

    client: str
