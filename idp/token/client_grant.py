"""client_credentials: RFC 6749 section 4.4. A token about the app itself; it opens no person's data."""

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from foundation.errors import AccordError
from idp.details.parse import PARAMETER
from idp.grants.actions import API_SCOPES
from idp.token.plans import IssueToClient
from idp.token.server import JSON, TokenDesk, token_answer


class ClientGrant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types
    """Plans a token for the app. What it may ask for itself is to look after its own grants."""

    server: TokenDesk

    def validate_requested_scope(self) -> None:
        if PARAMETER in self.request.payload.data:
            raise AccordError(
                "invalid_authorization_details", f"{PARAMETER}: about a person; an app alone has none."
            )
        asked = (self.request.payload.scope or "").split()
        if not set(asked) <= set(API_SCOPES):
            raise InvalidScopeError(
                f"An app asks {' and '.join(API_SCOPES)} for itself; other scopes are a person's to grant."
            )

    def generate_token(self, **_: object) -> JSON:
        # The subject is the app (RFC 9068 section 2.2), which no person's subject can equal: those are
        # 43-character pseudonyms, and client ids are ours to choose.
        scope = " ".join(dict.fromkeys((self.request.payload.scope or "").split()))
        minted = self.server.mint(self.client.id, scope, until=None, grant_id=None)
        self.server.plan = IssueToClient(self.client.id, minted)
        return token_answer(minted, None, None)

    def save_token(self, token: JSON) -> None:
        """Planned, not saved: see plans.IssueToClient."""
