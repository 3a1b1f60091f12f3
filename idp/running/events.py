"""Events of the server's keys: keys/ changes them, this room tells the ledger in the same transaction."""

from consent.ledger.events import Event, event


@event("key.staged", log="security")
class KeyStaged(Event):
    """A key was made and published ahead of its use."""

    kid: str
    purpose: str
    alg: str


@event("key.activated", log="security")
class KeyActivated(Event):
    """A key began to sign."""

    kid: str
    purpose: str
    alg: str


@event("key.retired", log="security")
class KeyRetired(Event):
    """A key signs no more; it stays published until nothing it signed can be valid."""

    kid: str
    purpose: str
    alg: str


@event("key.revoked", log="security", stays_open=True)
class KeyRevoked(Event):
    """A key was ended at once: it is published no more, and what it signed counts no more."""

    kid: str
    purpose: str
    alg: str
    reason_sha256: str


@event("key.resealed", log="security")
class KeyResealed(Event):
    """The master key changed: what stood sealed under the one before is sealed under another."""


KEY_EVENTS: dict[str, type[KeyStaged] | type[KeyActivated] | type[KeyRetired]] = {
    "staged": KeyStaged,
    "activated": KeyActivated,
    "retired": KeyRetired,
}
