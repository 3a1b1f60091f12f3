"""What time alone ends: one range of ids a table, since ids are ordered by time. Any node may call it."""

from sqlalchemy import Executable, bindparam, delete
from sqlmodel import SQLModel, col

from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.settings import Settings
from foundation.statements import Write
from idp.people import links, outbox, throttle
from idp.people.tables import EmailToken, OutboxMail, Session, ThrottleCounter


def _older(table: type[SQLModel]) -> Executable:
    return delete(table).where(col(table.id) < bindparam("oldest"))  # type: ignore[attr-defined]  # every table here has one


_SESSIONS = Write(_older(Session))
_LINKS = Write(_older(EmailToken))
_MAILS = Write(_older(OutboxMail))
_COUNTERS = Write(_older(ThrottleCounter))


async def purge(tx: Transaction, settings: Settings, now: int) -> int:
    """Delete ended sessions, dead links, old mails and past windows; how many rows."""
    ages = (
        (_SESSIONS, settings.session_seconds * SECOND),
        (_LINKS, links.LONGEST_LIFE),
        (_MAILS, outbox.KEPT),
        (_COUNTERS, throttle.LONGEST_WINDOW),
    )
    return sum([await tx.run(statement, oldest=oldest_id_at(now - age)) for statement, age in ages])
