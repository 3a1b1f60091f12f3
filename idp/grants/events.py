"""Events of grant management: what an app did with a grant of its own, beyond reading under it."""

from consent.ledger.events import Event, event


@event("grant.queried", log="consent")
class GrantQueried(Event):
    """An app asked what a grant holds: no value of the person's profile left."""

    client: str
    grant: str
    revision: int
    scopes: str  # what it was told is granted


@event("grant.renewed", log="security")
class GrantRenewed(Event):
    """An app merged with or replaced a grant: the refresh tokens of `lines` earlier sign-ins ended."""

    client: str
    grant: str
    revision: int
    line: str  # the one whose tokens take their place
    action: str  # merge or replace
    lines: int
