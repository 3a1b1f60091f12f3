"""refresh_token: RFC 6749 section 6, rotated as RFC 9700 section 4.14.2 says, with one derived successor."""

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from idp.clients.registry import Client
from idp.details.limits import bounded_choice
from idp.details.narrowing import open_within
from idp.details.parse import PARAMETER
from idp.fapi.rules import keeps_refresh_tokens
from idp.token.plans import Holding, ReusedRefresh, Rotate
from idp.token.possession import check_refresh_key
from idp.token.server import JSON, TokenDesk, token_answer
from idp.token.text import is_authentic, parse_refresh, refresh_token


class PresentedRefresh:
    """A refresh token that we made, for this app, as Authlib asks about it."""

    def __init__(self, holding: Holding, generation: int) -> None:
        self.holding = holding
        self.generation = generation

    def check_client(self, client: Client) -> bool:
        return self.holding.line.client_id == client.id

    def get_scope(self) -> str:
        return self.holding.scope


def _unknown() -> InvalidGrantError:
    """One answer for a refresh token that is unknown, another app's, or of an authorization that ended."""
    return InvalidGrantError(
        "This refresh token is unknown, or its authorization ended: ask the person again."
    )


class RefreshGrant(RefreshTokenGrant):  # type: ignore[misc]  # Authlib ships no types
    """Plans a rotation. What was loaded may be a moment old: plans.Rotate decides again under the claim."""

    INCLUDE_NEW_REFRESH_TOKEN = True
    server: TokenDesk

    def authenticate_refresh_token(self, refresh_token: str) -> PresentedRefresh:
        case = self.server.case
        presented, holding = parse_refresh(refresh_token), case.holding()
        if presented is None or holding is None or presented.line_id != holding.line.id:
            raise _unknown()
        if not is_authentic(case.server.secrets.refresh, presented):
            raise _unknown()
        if not holding.refreshable or holding.line.revoked_at is not None:
            raise _unknown()
        check_refresh_key(case, holding.line)
        return PresentedRefresh(holding, presented.generation)

    def authenticate_user(self, refresh_token: PresentedRefresh) -> Holding:
        line = refresh_token.holding.line
        # Two generations back, the successor was used: no grace covers that.
        if refresh_token.generation + 1 < line.generation:
            self.server.plan = ReusedRefresh(refresh_token.holding, refresh_token.generation)
            raise InvalidGrantError("This refresh token was already used.")
        return refresh_token.holding

    def issue_token(self, user: Holding, refresh_token: PresentedRefresh) -> JSON:
        payload, grant = self.request.payload, user.grant
        choice = bounded_choice(grant.choice_json, user.line.details)
        scope = self.server.case.face.allows(choice, payload.scope or user.line.scope)
        named = bool(payload.scope)
        scope, opened = open_within(user, self.client, scope, payload.data.get(PARAMETER), named=named)
        until = min(grant.expires_at, user.refresh_until)  # nothing that it gives outlives the cap
        minted = self.server.mint(user.line.subject, scope, until=until, grant_id=grant.id, opened=opened)
        presented = refresh_token.generation
        kept = keeps_refresh_tokens(self.client.metadata)
        successor = presented if kept else presented + 1
        # An app that nothing binds to its token gets no second chance: a thief would look the same.
        held = self.client.metadata.auth_method != "none" or user.line.dpop_jkt is not None
        self.server.plan = Rotate(user, minted, presented, successor, grace=held and not kept)
        return token_answer(minted, self._given(user.line.id, successor), self.server.names(grant.id))

    def _given(self, line_id: str, generation: int) -> str:
        return refresh_token(self.server.case.server.secrets.refresh, line_id, generation)

    def save_token(self, token: JSON) -> None:
        """Planned, not saved: see plans.Rotate."""

    def revoke_old_credential(self, refresh_token: PresentedRefresh) -> None:
        """The claim in plans.Rotate spends it."""
