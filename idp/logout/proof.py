"""What a logout request proves: who asks, about whom, and where the browser may be sent afterwards."""

from dataclasses import dataclass, field

from foundation.database import Transaction
from idp.authorize.answer import answer_url, redirect_origin
from idp.authorize.hint import hinted_claims
from idp.clients.registry import Client, find_client
from idp.clients.sids import sid_for
from idp.clients.subjects import subject_for
from idp.context import Server
from idp.logout.request import LogoutRequest
from idp.people.session import Session


@dataclass(frozen=True, slots=True)
class Proof:
    """What is known of a request.

    client: the app that it names, when it exists and nothing contradicts it; not proved to be the one asking.
    subject, sid: whom an ID token of ours for that app is about, in which session; "" where none came.
    back: where to send the browser, state included; "" where the request names no address of the app's.
    flawed: whether the hint is not an ID token of ours for this app: nothing of the request is used then.
    """

    client: Client | None = None
    subject: str = field(default="", repr=False)
    sid: str = field(default="", repr=False)
    back: str = ""
    flawed: bool = False

    @property
    def app_name(self) -> str:
        return self.client.metadata.name if self.client else ""

    @property
    def way_back(self) -> str:
        """Where a link brings her back to the app: the address asked for, else its site; "" for nowhere."""
        return self.back or (self.client.metadata.homepage if self.client else "")

    @property
    def ends_at(self) -> str:
        """What the `form-action` of the page that asks must name; "" where its POST ends with us."""
        return redirect_origin(self.back) if self.back else ""

    def is_about(self, server: Server, session: Session) -> bool:
        """Whether the app showed an ID token of the very session that is open here.

        One of another session of hers is suspect (section 2): whoever kept it since could sign her out.
        """
        return self.names(session) and self.sid == sid_for(
            server.secrets.sid, self.client.id if self.client else "", session.root
        )

    def names(self, session: Session) -> bool:
        """Whether the app showed an ID token of the very person who is signed in here."""
        if self.client is None or session.person is None or not self.subject:
            return False
        return subject_for(self.client, session.person) == self.subject


async def prove(server: Server, tx: Transaction, asked: LogoutRequest) -> Proof:
    """Weigh a request (RP-Initiated Logout sections 2 and 3).

    The hint's age does not matter: it says who asks about whom, and opens nothing. `client_id` beside it must
    be its audience.
    """
    client_id, subject, sid = asked.client_id, "", ""
    if asked.id_token_hint:
        audience, subject, sid = _hinted(server, asked.id_token_hint)
        if not subject or client_id not in {"", audience}:
            return Proof(flawed=True)
        client_id = audience
    client = await find_client(tx, client_id) if client_id else None
    # An app of another face signs out there; a suspended one is sent nobody.
    if client is None or client.suspended or client.metadata.profile:
        return Proof(flawed=bool(asked.id_token_hint))
    return Proof(client, subject, sid, _back(asked, client))


def _hinted(server: Server, hint: str) -> tuple[str, str, str]:
    """The app, the person and the session that an ID token of ours is about; empty for anything else."""
    claims = hinted_claims(server, hint)
    audience, subject, sid = claims.get("aud"), claims.get("sub"), claims.get("sid")
    if claims.get("iss") != server.issuer or not isinstance(audience, str) or not isinstance(subject, str):
        return "", "", ""
    return audience, subject, sid if isinstance(sid, str) else ""


def _back(asked: LogoutRequest, client: Client) -> str:
    """The address with the state, to the letter, where the app registered exactly this one."""
    uri = asked.post_logout_redirect_uri
    if uri not in client.metadata.post_logout_redirect_uris:
        return ""
    return answer_url(uri, {"state": asked.state}) if asked.state else uri
