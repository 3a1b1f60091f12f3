"""What time alone ends: one range of ids a table, since ids are ordered by time. Any node may call it."""

from foundation.clock import SECOND
from foundation.database import Database
from foundation.purging import Purge
from foundation.settings import Settings
from idp.people import links, outbox, throttle
from idp.people.tables import EmailToken, OutboxMail, Session, ThrottleCounter

_SESSIONS = Purge(Session)
_LINKS = Purge(EmailToken)
_MAILS = Purge(OutboxMail)
_COUNTERS = Purge(ThrottleCounter)


async def purge(db: Database, settings: Settings, now: int) -> int:
    """Delete ended sessions, dead links, old mails and past windows; how many rows."""
    ages = (
        (_SESSIONS, settings.session_seconds * SECOND),
        (_LINKS, links.LONGEST_LIFE),
        (_MAILS, outbox.KEPT),
        (_COUNTERS, throttle.LONGEST_WINDOW),
    )
    return sum([await rows.made_before(db, now - age) for rows, age in ages])
