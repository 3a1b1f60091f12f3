"""Events of the client registry. Hashes are SHA-256 in hexadecimal."""

from typing import Literal

from consent.ledger.events import Event, event


@event("client.registered", log="consent")
class ClientRegistered(Event):
    """An app was registered; `scopes` are those it may ask."""

    client: str
    scopes: str
    auth_method: str
    by: Literal["operator", "app", "document"] = "operator"  # document: its client_id is an address


@event("client.suspended", log="consent", stays_open=True)
class ClientSuspended(Event):
    """An app was stopped: nothing of it works from here on."""

    client: str


@event("client.requests_set", log="consent")
class ClientRequestsSet(Event):
    """The operator said how an app asks and is answered; `members` of its registration."""

    client: str
    members: str


@event("declaration.submitted", log="consent")
class DeclarationSubmitted(Event):
    """A partner asks that its app may ask people so; `scopes` are those of the new version."""

    client: str
    scopes: str
    version: int
    digest: str  # of the declaration's words
    replaced: int | None  # a version that was still waiting, and is not any more


@event("declaration.withdrawn", log="consent", stays_open=True)
class DeclarationWithdrawn(Event):
    """A partner took back what it had sent, before it was decided."""

    client: str
    version: int


@event("declaration.approved", log="consent")
class DeclarationApproved(Event):
    """From here on the app asks by this version."""

    client: str
    scopes: str
    version: int
    digest: str
    replaced: int | None  # the version that held until now
    by: Literal["administrator", "operator"]


@event("declaration.refused", log="consent", outcome="refused")
class DeclarationRefused(Event):
    """A version was refused; the app goes on asking by the one that holds."""

    client: str
    version: int
    digest: str
    reason: str  # hash of what the partner was told
    by: Literal["administrator", "operator"]
