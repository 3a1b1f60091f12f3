"""What time alone ends: one range of ids a table, since ids are ordered by time. Any node may call it."""

from foundation.purging import Purge
from idp.context import Server
from idp.people import links, outbox, throttle
from idp.people.ending import end_aged
from idp.people.tables import EmailToken, OutboxMail, ThrottleCounter

_LINKS = Purge(EmailToken)
_MAILS = Purge(OutboxMail)
_COUNTERS = Purge(ThrottleCounter)


async def purge(server: Server, now: int) -> int:
    """End sessions of age; delete dead links, old mails and past windows; how many rows."""
    ages = (
        (_LINKS, links.LONGEST_LIFE),
        (_MAILS, outbox.KEPT),
        (_COUNTERS, throttle.LONGEST_WINDOW),
    )
    gone = [await rows.made_before(server.db, now - age) for rows, age in ages]
    return sum(gone) + await end_aged(server, now)
