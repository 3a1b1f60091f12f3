"""The ledger events of what partners are told, and of what they say they did."""

from typing import Literal

from consent.ledger.events import Event, event


@event("signals.configured", log="consent", stays_open=True)
class SignalsConfigured(Event):
    """An app is told differently from here on. host: where it is pushed to."""

    client: str
    delivery: Literal["push", "poll"]
    host: str | None
    by: Literal["operator", "partner"]


@event("signals.replayed", log="consent", stays_open=True)
class SignalsReplayed(Event):
    """An app is told again: one event, or all since a time (microseconds)."""

    client: str
    signal: str | None
    since: int | None
    count: int
    by: Literal["operator", "partner"]


@event("partner.told", log="consent", stays_open=True)
class PartnerTold(Event):
    """An app acknowledged an event about a grant. signal: the token's `jti`. told: the event's name."""

    client: str
    grant: str | None
    revision: int | None
    signal: str
    told: str
    delivery: Literal["push", "poll", "attestation"]
    attempts: int


@event("partner.refused_signal", log="consent", outcome="failed", stays_open=True)
class PartnerRefusedSignal(Event):
    """An app says that it cannot take an event. error: its code (RFC 8935 section 2.4)."""

    client: str
    grant: str | None
    revision: int | None
    signal: str
    told: str
    error: str


@event("partner.not_told", log="consent", outcome="failed", stays_open=True)
class PartnerNotTold(Event):
    """An app was not reached for as long as we try; it can no longer be told who the event was about."""

    client: str
    grant: str | None
    revision: int | None
    signal: str
    told: str
    attempts: int


@event("logout.delivered", log="security", stays_open=True)
class LogoutDelivered(Event):
    """An app took the logout token of a session that ended. signal: what the token's `jti` begins with."""

    client: str
    signal: str
    attempts: int


@event("logout.failed", log="security", outcome="failed", stays_open=True)
class LogoutFailed(Event):
    """An app says that it cannot take a logout token, or was not reached for a day. error: the last one."""

    client: str
    signal: str
    attempts: int
    error: str


@event("erasure.requested", log="consent", stays_open=True)
class ErasureRequested(Event):
    """An app is asked to erase what it read under a grant, and to say so before `erase_by`."""

    client: str
    grant: str
    revision: int
    erase_by: int  # microseconds
    why: Literal["asked", "account_erased"]


@event("erasure.attested", log="consent", stays_open=True)
class ErasureAttested(Event):
    """An app says that it erased, at `erased_at`, what it had read. statement: hash of its words."""

    client: str
    grant: str
    revision: int
    erased_at: int  # microseconds
    statement: str | None
    via: Literal["api", "form"]
