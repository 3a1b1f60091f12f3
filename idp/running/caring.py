"""The jobs that make of the ledger what people read and are told: summaries, mails, reminders, pauses."""

from collections.abc import Awaitable, Callable, Mapping

from consent.mirror.folder import Folder
from idp.context import Server

Job = Callable[[], Awaitable[object]]

# Sums wait a little: an app that reads often is then one write instead of many, and no page waits for it.
_FOLD_SECONDS = 2.0


def caring_jobs(server: Server) -> Mapping[str, tuple[float, Job]]:
    """How often, in seconds, and what; by name."""
    return {"history": (_FOLD_SECONDS, Folder(server.db, server.clock).catch_up)}
