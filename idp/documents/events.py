"""Events of apps whose client_id is an address. Digests are SHA-256 in hexadecimal."""

from consent.ledger.events import Event, event


@event("client.changed", log="consent", stays_open=True)
class ClientChanged(Event):
    """What stands at an app's address is not what it was let in with: it is suspended."""

    client: str
    pinned: str
    found: str


@event("client.resumed", log="consent")
class ClientResumed(Event):
    """The operator let a suspended app go on; digest: of the document it goes on with, if it is of one."""

    client: str
    digest: str | None
