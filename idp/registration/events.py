"""Events of registration. `token` is the id of an initial access token, which opens nothing."""

from consent.ledger.events import Event, event


@event("client.updated", log="consent")
class ClientUpdated(Event):
    """An app changed its own registration; `scopes` are those it may ask now, `members` what it says anew."""

    client: str
    scopes: str
    members: str


@event("client.deleted", log="consent", stays_open=True)
class ClientDeleted(Event):
    """An app ended itself: nothing of it works from here on."""

    client: str


@event("registration.token_made", log="security")
class RegistrationTokenMade(Event):
    """The operator lets somebody register apps; `scopes` are those that they may ask at once."""

    token: str
    scopes: str
    uses: int
    pkce: bool


@event("registration.token_revoked", log="security", stays_open=True)
class RegistrationTokenRevoked(Event):
    """Nobody registers by this token any more."""

    token: str
