"""Events of the token room. `line` and `token` are ids of rows, never the secrets themselves."""

from typing import Literal

from consent.ledger.events import Event, event


@event("code.issued", log="security")
class CodeIssued(Event):
    """An app was sent back with a code: the sign-in it asked for took place, under a grant."""

    client: str
    grant: str
    revision: int
    scopes: str
    line: str


@event("code.redeemed", log="security")
class CodeRedeemed(Event):
    """A code was spent; the access token `token` came of it."""

    client: str
    grant: str
    revision: int
    scopes: str
    line: str
    token: str


@event("code.replayed", log="security", outcome="refused", stays_open=True)
class CodeReplayed(Event):
    """A spent code came again with the right verifier; everything of its line was revoked."""

    client: str
    grant: str
    revision: int
    line: str


@event("token.issued", log="security")
class TokenIssued(Event):
    """An app got a token for itself (client_credentials)."""

    client: str
    scopes: str
    token: str


@event("token.refreshed", log="security")
class TokenRefreshed(Event):
    """A line moved to `generation`; `retry` says that the same successor was given again."""

    client: str
    grant: str
    revision: int
    scopes: str
    line: str
    generation: int
    token: str
    retry: bool


@event("token.reused", log="security", outcome="refused", stays_open=True)
class RefreshReused(Event):
    """A refresh token from the past was presented; everything of its line was revoked."""

    client: str
    grant: str
    revision: int
    line: str
    generation: int


@event("token.revoked", log="security", stays_open=True)
class TokenRevoked(Event):
    """An app gave back a token (RFC 7009): its whole line ended, or its own token."""

    client: str
    grant: str | None
    revision: int | None
    line: str | None
    token: str | None
    kind: Literal["access_token", "refresh_token"]
