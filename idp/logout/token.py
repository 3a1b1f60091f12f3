"""The Logout Token (OpenID Connect Back-Channel Logout 1.0): what it says, and handing it to an app.

It is signed anew each time it leaves, with a `jti` of its own each time: an app that got one and whose answer
was lost sees another one for a session that is over, which is no failure (section 2.7).
"""

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import urlencode

from foundation.clock import MINUTE, to_seconds
from foundation.outbound.fetching import Outbound, Parcel, Reply
from idp.clients.registry import Client
from idp.context import Server
from idp.encryption.enclosing import enclosed
from idp.signals.progress import Trouble
from idp.signals.push import Address, not_taken, read_code, read_object, read_text, send
from idp.signals.rows import SignalRow
from keys.signing import Draft

LOGOUT_TYPE = "logout+jwt"
LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout"
_LIFE = 2 * MINUTE  # section 2.4: at most
_FORM = "application/x-www-form-urlencoded"
# The app took its address back since: there is nobody to tell.
_NOT_WANTED = Trouble("not_wanted", for_good=True)


class Left(NamedTuple):
    """Who left which session, in the words of one app."""

    sid: str
    subject: str

    def text(self) -> str:
        """As it is kept, sealed, in the outbox."""
        return f"{self.sid} {self.subject}"

    @classmethod
    def of(cls, text: str) -> "Left":
        """What `text` made."""
        sid, _, subject = text.partition(" ")
        return cls(sid, subject)


def claims_of(issuer: str, row: SignalRow, left: Left, now: int) -> dict[str, Any]:
    """Section 2.4: `sub` and `sid` both, and never a `nonce`, so that it passes for no ID token."""
    return {
        "iss": issuer,
        "aud": row.client_id,
        "iat": to_seconds(now),
        "exp": to_seconds(now + _LIFE),
        "jti": f"{row.id}-{row.attempts + 1}",
        "sub": left.subject,
        "sid": left.sid,
        "events": {LOGOUT_EVENT: {}},
    }


async def signed_logouts(server: Server, client: Client | None, rows: Sequence[SignalRow]) -> dict[str, str]:
    """The tokens of these rows of an app, by row; signed, and encrypted, as its ID tokens are.

    Raises NoKeyError for an app that wants them encrypted and publishes no key for that now: they wait.
    """
    if client is None:
        return {}
    issuer, now = server.face(client.metadata.profile).issuer, server.clock.now()
    signer, drafts = server.ring.signer("token", client.metadata.id_token_alg), {}
    for row in rows:
        text = server.telling.open_subject(row.id, row.sealed_subject)
        if text is not None:
            drafts[row.id] = Draft(signer, LOGOUT_TYPE, claims_of(issuer, row, Left.of(text), now))
    if not drafts:
        return {}
    signed = await server.signing.sign(list(drafts.values()))
    sent = [await enclosed(server, client, "id_token", token, LOGOUT_TYPE) for token in signed]
    return dict(zip(drafts, sent, strict=True))


async def push_logout(outbound: Outbound, address: Address, token: str, now: int) -> Trouble | None:
    """Hand one token over (section 2.5). None: the app has it."""
    if not address.url:
        return _NOT_WANTED
    body = urlencode({"logout_token": token}).encode()
    reply = await send(outbound, address.url, Parcel(_FORM, body, "application/json"))
    return reply if isinstance(reply, Trouble) else judge(reply, now)


def judge(reply: Reply, now: int) -> Trouble | None:
    """What an app's answer means (section 2.8): 200, or what frameworks make of it; 400 is its last word."""
    if 200 <= reply.status < 300:
        return None
    if reply.status == 400:
        said = read_object(reply.body)
        return Trouble(read_code(said, "error"), read_text(said, "error_description"), for_good=True)
    return not_taken(reply, now)
