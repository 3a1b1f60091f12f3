"""client_credentials: RFC 6749 section 4.4. A token about the app itself; it opens no person's data."""

from authlib.oauth2.rfc6749 import InvalidScopeError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant

from idp.token.plans import IssueToClient
from idp.token.server import JSON, TokenDesk, token_answer


class ClientGrant(ClientCredentialsGrant):  # type: ignore[misc]  # Authlib ships no types
    """Plans a token for the app. No scope is about the app alone yet, so none may be asked."""

    server: TokenDesk

    def validate_requested_scope(self) -> None:
        if self.request.payload.scope:
            raise InvalidScopeError("Scopes are about a person: use authorization_code to ask her.")

    def generate_token(self, **_: object) -> JSON:
        # The subject is the app (RFC 9068 section 2.2), which no person's subject can equal: those are
        # 43-character pseudonyms, and client ids are ours to choose.
        minted = self.server.mint(self.client.id, "", until=None, grant_id=None)
        self.server.plan = IssueToClient(self.client.id, minted)
        return token_answer(minted, None)

    def save_token(self, token: JSON) -> None:
        """Planned, not saved: see plans.IssueToClient."""
