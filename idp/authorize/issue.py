"""Giving the code, or letting go on who polls: a line opens under a grant, in the caller's transaction."""

from dataclasses import dataclass
from typing import NamedTuple

from consent.catalogue import OFFLINE
from consent.coverage import Standing
from consent.ledger.events import Event
from foundation.clock import SECOND
from foundation.database import Transaction
from foundation.ids import new_id
from idp.authorize.defaults import claims_in
from idp.authorize.levels import acr_of
from idp.authorize.request import AuthorizeRequest
from idp.context import Server
from idp.details.limits import Bound, Limit
from idp.grants.actions import MERGE, UPDATES
from idp.people.session import Session
from idp.polling import store as polled
from idp.polling.events import PolledApproved
from idp.token.events import CodeIssued
from idp.token.lines import OPEN_LINE
from idp.token.text import new_code
from keys.seal import keyed_hash


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a code is given for. now: microseconds; request_id: trace id."""

    request: AuthorizeRequest
    standing: Standing
    session: Session
    now: int
    request_id: str

    @property
    def asked(self) -> tuple[str, ...]:
        """The scopes that the line is about: those asked, and all of a grant that they were added to."""
        merged = self.request.grant_management_action == MERGE
        kept = (*self.standing.choice.scopes, OFFLINE) if merged else ()
        return tuple(dict.fromkeys((*self.request.scopes, *kept)))

    @property
    def scopes(self) -> tuple[str, ...]:
        """Those of them that the grant allows."""
        return self.standing.choice.allows(self.asked)


async def issue_code(server: Server, tx: Transaction, occasion: Occasion) -> str:
    """A fresh code for what was asked and granted."""
    request, standing, now = occasion.request, occasion.standing, occasion.now
    line_id = new_id(now)
    code, secret = new_code(line_id)
    lifetime = server.face(request.profile).code_seconds or server.settings.code_seconds
    kept = _Code(keyed_hash(server.secrets.token_hash, secret.encode()), now + lifetime * SECOND)
    await _open_line(server, tx, occasion, line_id, kept)
    event = CodeIssued(
        client=request.client_id,
        grant=standing.grant_id,
        revision=standing.revision,
        scopes=" ".join(occasion.scopes),
        line=line_id,
    )
    await _record(server, tx, occasion, event)
    return code


async def let_go_on(server: Server, tx: Transaction, occasion: Occasion) -> None:
    """The same for an app that polls: a line that no code opens, for its next poll."""
    request, standing = occasion.request, occasion.standing
    line_id = new_id(occasion.now)
    await _open_line(server, tx, occasion, line_id, _NO_CODE)
    await polled.opened(tx, request.polled, line_id)
    event = PolledApproved(
        client=request.client_id,
        grant=standing.grant_id,
        revision=standing.revision,
        scopes=" ".join(occasion.scopes),
        line=line_id,
        kind=request.polled_kind,
        polled=request.polled,
    )
    await _record(server, tx, occasion, event)


class _Code(NamedTuple):
    """What is kept of a code. expires_at: microseconds."""

    code_hash: bytes
    expires_at: int


_NO_CODE = _Code(b"", 0)  # the hash of no text


async def _open_line(server: Server, tx: Transaction, occasion: Occasion, line_id: str, code: _Code) -> None:
    """A line's scope is what both the request and the grant say, in the words of the app's face.

    Refresh tokens come only with `offline_access`, which a "once" never carries. A grant that was merged with
    or replaced has its refresh tokens from this line alone (Grant Management, draft 03, section 5.2).
    """
    request, standing, session = occasion.request, occasion.standing, occasion.session
    now, face = occasion.now, server.face(request.profile)
    await tx.run(
        OPEN_LINE,
        id=line_id,
        client_id=request.client_id,
        grant_id=standing.grant_id,
        # What goes to another device is no sign-in of this browser's.
        session_id=session.root if request.redirect_uri else "",
        account_id=session.account_id,
        subject=standing.subject,
        scope=face.allows(standing.choice, request.words or " ".join(occasion.asked)),
        details=_details(occasion),
        renews=request.grant_management_action if request.grant_management_action in UPDATES else None,
        redirect_uri=request.redirect_uri,
        nonce=request.nonce,
        code_challenge=request.code_challenge,
        dpop_jkt=request.dpop_jkt,
        auth_time=session.auth_time,
        acr=acr_of(session.amr) if request.acr_values or claims_in(request).asks_level else None,
        id_claims=" ".join(claims_in(request).for_id_token) or None,
        code_hash=code.code_hash,
        code_expires_at=code.expires_at,
        redeemed_at=None,
        refreshable=int("offline_access" in occasion.scopes),
        generation=0,
        rotated_at=None,
        refresh_until=None,
        behalf=None,
        revoked_at=None,
        created_at=now,
    )


async def _record(server: Server, tx: Transaction, occasion: Occasion, event: Event) -> None:
    person, trace = occasion.session.person, occasion.request_id
    await server.ledger.append(tx, event, person=person, now=occasion.now, request_id=trace)


def _details(occasion: Occasion) -> str | None:
    """How much less than the grant the line opens; None where no details were asked.

    A line of a grant that was added to opens all of it, and says so in details too.
    """
    request, standing = occasion.request, occasion.standing
    if request.authorization_details is None:
        return None
    merged = request.grant_management_action == MERGE
    limits = {scope: Limit() for scope in standing.choice.scopes} if merged else request.wanted.limits
    return Bound(standing.terms["purpose"]["code"], limits).to_json()
