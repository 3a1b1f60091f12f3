"""The ledger event of an auditor who takes something away. The person of the leaf is the auditor."""

from typing import Literal

from consent.ledger.events import Event, event, sealed


@event("auditor.exported", log="security")
class AuditorExported(Event):
    """Events, or the dossier of a grant, leave the console as a file. whole: a whole range of the log."""

    export: str | None  # its id; a dossier is sent at once and has none
    format: Literal["jsonl", "csv", "parquet", "ocsf", "dossier"]
    filters: str  # names of the filters used, never what was typed in them
    whole: bool
    size: int  # of the tree that it was taken from
    criteria: str = sealed()  # what was typed, as JSON
