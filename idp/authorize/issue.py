"""Giving the code: a line opens under a grant, in the caller's transaction."""

from dataclasses import dataclass

from consent.catalogue import OFFLINE
from consent.coverage import Standing
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


async def issue_code(server: Server, tx: Transaction, occasion: Occasion) -> str:
    """A fresh code for what was asked and granted.

    The line's scope is what both the request and the grant say, in the words of the app's face; refresh
    tokens come only with `offline_access`, which a "once" never carries. A grant that was merged with or
    replaced has its refresh tokens from this code alone (Grant Management, draft 03, section 5.2).
    """
    request, standing, session = occasion.request, occasion.standing, occasion.session
    now, face = occasion.now, server.face(request.profile)
    line_id = new_id(now)
    code, secret = new_code(line_id)
    scopes = standing.choice.allows(occasion.asked)
    await tx.run(
        OPEN_LINE,
        id=line_id,
        client_id=request.client_id,
        grant_id=standing.grant_id,
        session_id=session.id,
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
        code_hash=keyed_hash(server.secrets.token_hash, secret.encode()),
        code_expires_at=now + (face.code_seconds or server.settings.code_seconds) * SECOND,
        redeemed_at=None,
        refreshable=int("offline_access" in scopes),
        generation=0,
        rotated_at=None,
        revoked_at=None,
        created_at=now,
    )
    event = CodeIssued(
        client=request.client_id,
        grant=standing.grant_id,
        revision=standing.revision,
        scopes=" ".join(scopes),
        line=line_id,
    )
    await server.ledger.append(tx, event, person=session.person, now=now, request_id=occasion.request_id)
    return code


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
