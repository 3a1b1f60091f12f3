"""The jobs that make of the ledger what people read and are told: summaries, mails, reminders, pauses."""

from collections.abc import Awaitable, Callable, Mapping

from consent.looking.adding import add_new
from consent.mirror.caretaker import Caretaker
from consent.mirror.folder import Folder
from consent.mirror.letters import Letters
from idp.context import Server
from idp.letters.post import ConsentPost

Job = Callable[[], Awaitable[object]]

# Sums wait a little: an app that reads often is then one write instead of many, and no page waits for it.
_FOLD_SECONDS = 2.0
_LETTER_SECONDS = 3.0
_FIGURE_SECONDS = 15.0
_CARE_SECONDS = 60.0


def caring_jobs(server: Server) -> Mapping[str, tuple[float, Job]]:
    """How often, in seconds, and what; by name."""
    post, now = ConsentPost(server), server.clock.now
    letters = Letters(server.db, post)
    caretaker = Caretaker(server.db, server.decisions, server.people, post)
    folder = Folder(server.db, server.clock)

    async def fold() -> int:
        # Any process could; one of them is enough, and is at it already.
        return await folder.catch_up() if server.sequencer.leading else 0

    async def add() -> int:
        return await add_new(server.db) if server.sequencer.leading else 0

    return {
        "history": (_FOLD_SECONDS, fold),
        "figures": (_FIGURE_SECONDS, add),
        "letters": (_LETTER_SECONDS, lambda: letters.send(now())),
        "care": (_CARE_SECONDS, lambda: caretaker.sweep(now())),
    }
