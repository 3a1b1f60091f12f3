"""What an app is told of sign-outs: the outbox, and the tokens as they arrive."""

from typing import Any, NamedTuple
from urllib.parse import parse_qs

from sqlalchemy import bindparam, select
from sqlmodel import col

from foundation.statements import Statement
from idp.signals.rows import SIGNAL_COLUMNS, SignalRow
from idp.signals.tables import LOGOUT, Signal
from tests.idp.signals.receivers import Heard
from tests.idp.support import World
from tests.idp.tokens import claims_of

_LOGOUTS = Statement(
    select(*SIGNAL_COLUMNS)
    .where(col(Signal.channel) == LOGOUT, col(Signal.client_id) == bindparam("client_id"))
    .order_by(col(Signal.id)),
    SignalRow,
)


async def logouts_of(house: World, client_id: str = "leaver") -> list[SignalRow]:
    """What an app is to be told, or was, the oldest first."""
    async with house.server.db.reading() as tx:
        return await tx.all(_LOGOUTS, client_id=client_id)


class Arrived(NamedTuple):
    token: str
    claims: dict[str, Any]


def arrived(heard: Heard) -> Arrived:
    """The logout token in a request that an app got, and nothing beside it."""
    fields = parse_qs(heard.token, strict_parsing=True)
    assert list(fields) == ["logout_token"]
    [token] = fields["logout_token"]
    return Arrived(token, claims_of(token))
