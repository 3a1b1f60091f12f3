"""The ledger events of saved views. The person of each leaf is the auditor."""

from consent.ledger.events import Event, event, sealed


@event("auditor.view_saved", log="security")
class AuditorViewSaved(Event):
    """An auditor keeps a search."""

    view: str  # its id
    filters: str  # names of the filters used, never what was typed in them
    name: str = sealed()
    criteria: str = sealed()  # what was typed, as JSON


@event("auditor.view_deleted", log="security")
class AuditorViewDeleted(Event):
    """An auditor keeps it no more."""

    view: str
