"""A session ends: each app that signed her in within it is told, in the unit that ends it.

The codes of that session which no app redeemed end with it, so that nobody gets in on one afterwards. What
apps were allowed to read goes on: a refresh token exists where she agreed to `offline_access` alone, and such
ones outlive a session (Back-Channel Logout section 2.7).
"""

from typing import NamedTuple
from urllib.parse import urlencode

from sqlalchemy import bindparam, select, update
from sqlmodel import col

from foundation.clock import HOUR
from foundation.database import Transaction
from foundation.ids import oldest_id_at
from foundation.statements import Statement, Write
from idp.clients.registry import Client, find_client
from idp.clients.sids import sid_for
from idp.context import Server
from idp.logout.token import Left
from idp.signals.streams import open_stream
from idp.signals.tables import LOGOUT
from idp.signals.telling import News
from idp.token.tables import Line

_CODES_LIVE = HOUR  # less, whatever a face says


class Parted(NamedTuple):
    """What the end of sessions came to. sessions: how many. told: how many logout tokens are on their way.

    frames: addresses that the browser whose session it was has to open (Front-Channel Logout section 2).
    """

    sessions: int = 0
    told: int = 0
    frames: tuple[str, ...] = ()


class _SignedIn(NamedTuple):
    client_id: str
    subject: str
    grant_id: str


_IN_SESSION = col(Line.session_id) == bindparam("root")
# From one app to the next by steps in one index: a session may have thousands of lines, of a few apps.
NEXT_APP = Statement(
    select(col(Line.client_id), col(Line.subject), col(Line.grant_id))
    .where(_IN_SESSION, col(Line.client_id) > bindparam("after"))
    .order_by(col(Line.client_id), col(Line.id))
    .limit(1),
    _SignedIn,
)
END_CODES = Write(
    update(Line)
    .where(
        _IN_SESSION,
        col(Line.client_id) == bindparam("client_id"),
        col(Line.id) > bindparam("since"),
        col(Line.redeemed_at).is_(None),
        col(Line.revoked_at).is_(None),
    )
    .values(revoked_at=bindparam("now"))
)


async def tell_apps(server: Server, tx: Transaction, root: str, now: int) -> Parted:
    """Tell the apps of one session, whose row the caller's unit deleted before."""
    told, frames, after = 0, [], ""
    while (found := await tx.first(NEXT_APP, root=root, after=after)) is not None:
        after = found.client_id
        await tx.run(END_CODES, root=root, client_id=after, since=oldest_id_at(now - _CODES_LIVE), now=now)
        client, sid = await find_client(tx, after), sid_for(server.secrets.sid, after, root)
        if client is None or sid is None:
            continue
        if client.metadata.backchannel_logout_uri:
            await _queue(server, tx, found, sid, now)
            told += 1
        if client.metadata.frontchannel_logout_uri:
            frames.append(_frame(server, client, client.metadata.frontchannel_logout_uri, sid))
    return Parted(1, told, tuple(frames))


async def _queue(server: Server, tx: Transaction, app: _SignedIn, sid: str, now: int) -> None:
    left = Left(sid, app.subject).text()
    news = News(app.client_id, "", 0, LOGOUT, {"grant": app.grant_id}, left, "", channel=LOGOUT)
    await open_stream(tx, app.client_id, LOGOUT, now)
    await server.telling.tell(tx, news, now)


def _frame(server: Server, client: Client, uri: str, sid: str) -> str:
    """Front-Channel Logout section 2: the address keeps its own query; `iss` and `sid` are added, always."""
    separator = "" if uri.endswith(("?", "&")) else "&" if "?" in uri else "?"
    return uri + separator + urlencode({"iss": server.face(client.metadata.profile).issuer, "sid": sid})
