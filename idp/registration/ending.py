"""What becomes of what people agreed to, once an app ended itself: every grant of it ends too, as given back.

The app is stopped in the unit of its DELETE, and opens nothing from then on. Its people's grants follow in
the background, each as if the app had returned it (Grant Management section 6.5): they read so in their
history, and are written to.
"""

from typing import NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlmodel import col

from consent.acts import Act, Person
from consent.sweeping import Found, Sweep, open_grants
from consent.tables import Grant
from foundation.database import Transaction
from foundation.statements import Statement
from idp.context import Server
from idp.registration.tables import ClientRegistration


class _App(NamedTuple):
    client_id: str


_OPEN_GRANT = exists().where(
    col(Grant.client_id) == col(ClientRegistration.client_id), col(Grant.revoked_at).is_(None)
)
_ENDED = Statement(
    select(col(ClientRegistration.client_id)).where(
        col(ClientRegistration.deleted_at).is_not(None), _OPEN_GRANT
    ),
    _App,
)
# One past its term is told as that (consent/expiry.py).
_OF_APP = open_grants(
    col(Grant.client_id) == bindparam("client_id"),
    col(Grant.subject) > bindparam("seen"),
    col(Grant.expires_at) > bindparam("now"),
    in_order=(col(Grant.subject),),
)


async def end_grants(server: Server, now: int) -> int:
    """End what is left of the grants of apps that ended themselves; how many. Raises as `Sweep.run`."""
    async with server.db.reading() as tx:
        ended = await tx.all(_ENDED)
    return sum([await _end_grants_of(server, app.client_id, now) for app in ended])


async def _end_grants_of(server: Server, client_id: str, now: int) -> int:
    async def due(tx: Transaction, last: Found | None) -> list[Found]:
        seen = "" if last is None else last.subject
        return await tx.all(_OF_APP, client_id=client_id, seen=seen, now=now)

    return await Sweep(server.db, server.people, due, _by_app, server.decisions.revoke).run(now)


def _by_app(person: Person, now: int) -> Act:
    return Act(person, now, request_id=None, method="api", auth_level="client", by="app")
