"""Events of the token exchange."""

from consent.ledger.events import Event, event


@event("token.exchanged", log="security")
class TokenExchanged(Event):
    """An app got a token on behalf of another: `client`, under `grant`, acts for `behalf`, under its own."""

    client: str  # the actor
    grant: str
    revision: int
    scopes: str
    line: str  # also the id of the token
    behalf: str  # the app whose token was exchanged
    behalf_grant: str
    behalf_revision: int
    behalf_line: str
    depth: int  # how many exchanges lie behind the token, this one included
