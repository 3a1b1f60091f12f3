"""The events of a person's rights: data erased, taken away, brought in; evidence opened or ended."""

from typing import Literal

from consent.ledger.events import Event, event, sealed

Ground = Literal["claim", "authority", "audit"]


@event("person.erased", log="consent", stays_open=True)
class PersonErased(Event):
    """Her profile, account and keys are gone; this leaf's pseudonym can be computed by nobody any more.

    grants: how many living grants ended with her. evidence: of how many past consents proof is kept, until
    `evidence_until` at the latest (microseconds, None for none). by: "restore" when a backup from before had
    brought her back.
    """

    by: Literal["self", "operator", "restore"]
    grants: int
    evidence: int
    evidence_until: int | None


@event("evidence.opened", log="consent")
class EvidenceOpened(Event):
    """Somebody of the staff read what proves a past consent; the person of this leaf is that reader.

    ground: a claim of hers or against us, an authority's request, an audit. case: its reference.
    """

    grant: str
    ground: Ground
    case: str


@event("evidence.destroyed", log="consent", stays_open=True)
class EvidenceDestroyed(Event):
    """The limitation period of past consents ended: what proved them opens for nobody any more."""

    count: int


@event("data.exported", log="consent")
class DataExported(Event):
    """She took everything away: her data, her receipts and the history of reads."""

    format: str
    grants: int


@event("profile.imported", log="consent")
class ProfileImported(Event):
    """She brought items in from a file. added, changed: how many of each."""

    format: str
    added: int
    changed: int
    datasets: str
    items: tuple[str, ...] = sealed()  # "dataset:item id"
