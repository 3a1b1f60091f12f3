"""Events of the client registry."""

from consent.ledger.events import Event, event


@event("client.registered", log="consent")
class ClientRegistered(Event):
    """An app was registered; `scopes` are those it may ask."""

    client: str
    scopes: str
    auth_method: str


@event("client.suspended", log="consent", stays_open=True)
class ClientSuspended(Event):
    """An app was stopped: nothing of it works from here on."""

    client: str
