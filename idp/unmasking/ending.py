"""What time does to requests: candidates are tried, what is over is recorded, people are told.

None of it decides whether anybody may look: the moment alone does (life.py). Any node may do it, at any time
again.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal

from foundation.database import Transaction
from foundation.text import N_
from idp.context import Server
from idp.people.accounts import find_account, open_holder
from idp.people.mails import Words
from idp.people.outbox import Outbox
from idp.unmasking import rows
from idp.unmasking.events import UnmaskExpired, UnmaskTold
from idp.unmasking.finding import walk_on
from idp.unmasking.life import KEPT, Unmask, tell_after
from keys.holding import is_held

_AT_ONCE = 100
_SEARCH_SECONDS, _SECONDS = 2.0, 60.0
MAILS: Mapping[str, Words] = {
    "unmasked": Words(
        N_("Votre adresse a été regardée lors d’un contrôle"),
        (
            N_(
                "Accord tient un journal de ce que les applications lisent. Vous y figurez sous un nom"
                " d’emprunt. Lors d’un contrôle, une personne habilitée a demandé qui vous êtes. Elle a vu"
                " votre adresse e-mail, et rien d’autre, pour la dernière fois le %(moment)s."
            ),
            N_(
                "Il a fallu un motif écrit, l’accord d’une deuxième personne et une durée limitée. Tout est"
                " inscrit au journal, que personne ne peut réécrire."
            ),
        ),
        N_("Voir mon historique"),
        (N_("Vous voulez savoir pourquoi ? Répondez à ce message : vous en avez le droit."),),
    ),
}


def jobs(server: Server) -> Mapping[str, tuple[float, Callable[[], Awaitable[object]]]]:
    """What runs in the background: how often, in seconds, and what; by name."""

    async def search() -> int:
        # Any process could; one of them is enough.
        return await search_on(server) if server.sequencer.leading else 0

    return {
        "unmask-search": (_SEARCH_SECONDS, search),
        "unmask-end": (_SECONDS, lambda: end_all(server)),
        "unmask-tell": (_SECONDS, lambda: tell_all(server)),
        "purge-unmaskings": (_SECONDS, lambda: rows.PURGE.made_before(server.db, server.clock.now() - KEPT)),
    }


async def search_on(server: Server) -> int:
    """A round for each request whose person is not found yet; how many go on."""
    async with server.db.reading() as tx:
        waiting = await rows.searched(tx, server.clock.now(), _AT_ONCE)
    going_on = 0
    for row in waiting:
        going_on += await walk_on(server, row)
    return going_on


async def end_all(server: Server) -> int:
    """Record the end of what is over; how many."""
    now = server.clock.now()
    async with server.db.reading() as tx:
        due = await rows.overdue(tx, now, _AT_ONCE)
    for one in due:
        async with server.db.transaction() as tx:
            row = await rows.find(tx, one.id)
            if row is not None and await rows.end(tx, row.id, tell_after(row), now):
                await server.ledger.append(tx, _end_of(row), person=None, now=now, request_id=None)
    return len(due)


def _end_of(row: Unmask) -> UnmaskExpired:
    reason: Literal["hours", "unanswered"] = "unanswered" if row.decision is None else "hours"
    return UnmaskExpired(unmask=row.id, pseudonym=row.pseudonym, reason=reason, looks=row.looks)


async def tell_all(server: Server) -> int:
    """Write to the people whose inquiry is over, and no secret any more; how many."""
    now = server.clock.now()
    async with server.db.reading() as tx:
        due = await rows.untold(tx, now, _AT_ONCE)
    for row in due:
        async with server.db.transaction() as tx:
            await _tell(server, tx, row, now)
    return len(due)


async def _tell(server: Server, tx: Transaction, row: Unmask, now: int) -> None:
    # Her keys before the row, as an erasure has them.
    held = row.person_id is not None and await is_held(tx, row.person_id)
    if not await rows.tell(tx, row.id) or not held:
        return
    holder = await open_holder(tx, server.people, await find_account(tx, row.person_id or ""))
    if holder is None:
        return
    link = f"{server.issuer}/account/history"
    outbox = Outbox(server.people, server.secrets.people)
    await outbox.write_to(holder, tx, "unmasked", {"link": link, "at": row.looked_at}, now)
    await server.ledger.append(tx, UnmaskTold(unmask=row.id), person=None, now=now, request_id=None)
