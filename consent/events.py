"""The events that the consent room records: requests to share and their answers, reads, and who searched.

Hashes are SHA-256 in hexadecimal; times are microseconds; lists of names are space-separated and sorted.
"""

from typing import Literal

from consent.ledger.events import Event, absent, event, sealed
from consent.ledger.leaf import Leaf
from consent.limits import Duration


@event("consent.asked", log="consent")
class ConsentAsked(Event):
    """A person was shown a request to share."""

    client: str
    scopes: str  # what was asked
    notice: str  # hash of the page's text as rendered
    page_version: str
    locale: str
    purposes: str
    record: str  # hash of the canonical consent record
    reason: Literal["first", "changed", "ended", "prompted", "paused", "replace", "fresh"]


@event("consent.given", log="consent")
class ConsentGiven(Event):
    """She accepted: a grant exists since this event."""

    client: str
    grant: str
    revision: int
    scopes: str  # what she granted
    declined: str  # what was asked and left unticked
    future: str  # scopes whose later items are shared too
    hidden: int  # how many items she kept back
    duration: Duration
    expires_at: int
    notice: str
    record: str  # hash of the canonical consent record
    hidden_items: tuple[str, ...] = sealed()  # "scope:item id"


@event("consent.refused", log="consent", outcome="refused")
class ConsentRefused(Event):
    """She refused a request; no grant came of it, and one she had before stays as it was."""

    client: str
    grant: str | None  # the grant that stays, when what she refused was a change
    scopes: str  # what was asked
    notice: str
    record: str


@event("consent.amended", log="consent")
class ConsentAmended(Event):
    """She changed a living grant: `revision` and `scopes` are the new ones."""

    client: str
    grant: str
    revision: int
    scopes: str
    added: str
    removed: str
    declined: str
    future: str
    hidden: int
    duration: Duration
    expires_at: int
    notice: str | None  # None from the dashboard, where no request was shown
    record: str
    hidden_items: tuple[str, ...] = sealed()


@event("consent.paused", log="consent", stays_open=True)
class ConsentPaused(Event):
    """A grant opens nothing from this revision on, until she says that it goes on; its term stays."""

    client: str
    grant: str
    revision: int
    scopes: str  # what rests
    record: str
    reason: Literal["person", "unused", "reconfirmation"]
    by: Literal["person", "parent", "app", "administrator", "server"]


@event("consent.resumed", log="consent")
class ConsentResumed(Event):
    """She said that a paused grant goes on; what she changed by the way is in it."""

    client: str
    grant: str
    revision: int
    scopes: str
    added: str
    removed: str
    declined: str
    future: str
    hidden: int
    duration: Duration
    expires_at: int
    notice: str | None  # None from the dashboard
    record: str
    hidden_items: tuple[str, ...] = sealed()


@event("consent.reopened", log="consent")
class ConsentReopened(Event):
    """She wants to be asked again about what she declined; the grant itself is as it was."""

    client: str
    grant: str
    revision: int
    scopes: str  # what she shares
    elements: str  # what may be asked again ("scope:skills", "frequency")


@event("consent.revoked", log="consent", stays_open=True)
class ConsentRevoked(Event):
    """A grant ended before its term; nothing is read under it after this revision."""

    client: str
    grant: str
    revision: int
    scopes: str  # what ended
    record: str
    by: Literal["person", "parent", "app", "administrator", "server"]


@event("consent.expired", log="consent")
class ConsentExpired(Event):
    """A grant reached its term; the leaf's own time is when that was recorded, sometimes much later."""

    client: str
    grant: str
    revision: int
    scopes: str  # what ended
    expires_at: int  # when it ended: nothing was read under it from then on
    record: str


LISTING = "grant"  # in place of a dataset: an app asked what it may read


@event("data.read", log="consent")
class DataRead(Event):
    """Values of one dataset left for an app, under a revision of a grant; or the list of what it may read."""

    client: str
    grant: str
    revision: int
    scopes: str  # the scopes that opened this dataset
    dataset: str  # or LISTING
    fields: str
    count: int  # items released
    behalf: str | None = absent(default=None)  # the app that it acted for, by an exchanged token
    behalf_grant: str | None = absent(default=None)  # and the grant of that app
    items: tuple[str, ...] = sealed()  # their ids


@event("data.limited", log="consent", outcome="refused")
class DataLimited(Event):
    """An app read a dataset as often as it promised at most, and asked again: nothing left.

    Written once for a dataset and a window, however often the app insists: an app in a loop must not be able
    to fill a person's history, or the log, with refusals that say the same.
    """

    client: str
    grant: str
    revision: int
    scopes: str  # the scope whose data it wanted
    dataset: str
    reads: int  # the promise: at most so many
    per: Literal["day", "week", "month"]
    until: int  # when the window ends


@event("data.written", log="consent")
class DataWritten(Event):
    """An app added to a dataset, under a revision of a grant; `count` is 0 when she had it already."""

    client: str
    grant: str
    revision: int
    scopes: str
    dataset: str
    count: int  # items added
    items: tuple[str, ...] = sealed()  # their ids


AuditView = Literal["search", "dossier", "bundle", "figures", "flags", "retention"]


@event("auditor.searched", log="security")
class AuditorSearched(Event):
    """An auditor looked into the ledger; the person of this leaf is the auditor."""

    view: AuditView
    filters: str  # names of the filters used, never what was typed in them
    first_page: bool
    criteria: str = sealed()  # what was typed, as JSON


def is_listing(leaf: Leaf) -> bool:
    """Whether an app only asked what it may read: nothing of the person left."""
    return leaf.event == "data.read" and leaf.facts.get("dataset") == LISTING
