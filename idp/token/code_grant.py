"""authorization_code: RFC 6749 section 4.1.3, PKCE S256 (RFC 7636), the ID token of OpenID Connect Core."""

import hmac
from typing import Any

from authlib.oauth2.rfc6749 import InvalidGrantError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oauth2.rfc7636.challenge import compare_s256_code_challenge
from authlib.oidc.core import OpenIDToken

from idp.clients.registry import Client
from idp.clients.sids import sid_for
from idp.details.narrowing import open_within
from idp.details.parse import PARAMETER
from idp.token.mint import IdClaims, mint_id_token
from idp.token.plans import Holding, Redeem, ReplayedCode
from idp.token.possession import check_code_key
from idp.token.server import JSON, UNSIGNED, TokenDesk, TokenRequest, token_answer
from idp.token.text import parse_code, refresh_token
from keys.seal import keyed_hash


class PresentedCode:
    """A code that is ours and of this app, as Authlib asks about it."""

    code_challenge_method = "S256"

    def __init__(self, holding: Holding) -> None:
        self.holding = holding
        self.code_challenge = holding.line.code_challenge

    def get_redirect_uri(self) -> str:
        return self.holding.line.redirect_uri

    def get_scope(self) -> str:
        return self.holding.scope


class CodeGrant(AuthorizationCodeGrant):  # type: ignore[misc]  # Authlib ships no types
    """Spends a code. The rules are Authlib's; what it would query was loaded, the rest is planned."""

    server: TokenDesk

    def query_authorization_code(self, code: str, client: Client) -> PresentedCode | None:  # noqa: ARG002  # loaded for this client
        case = self.server.case
        presented, holding = parse_code(code), case.holding()
        if presented is None or holding is None or presented.line_id != holding.line.id:
            return None
        shown = keyed_hash(case.server.secrets.token_hash, presented.secret.encode())
        if not hmac.compare_digest(shown, holding.line.code_hash) or holding.line.revoked_at is not None:
            return None
        fresh = case.now < holding.line.code_expires_at
        return PresentedCode(holding) if fresh or holding.line.redeemed_at is not None else None

    def authenticate_user(self, authorization_code: PresentedCode) -> Holding:
        check_code_key(self.server.case, authorization_code.holding.line)
        # The verifier was right (Authlib's order): a code spent before is now known to be replayed.
        if authorization_code.holding.line.redeemed_at is not None:
            self.server.plan = ReplayedCode(authorization_code.holding)
            raise InvalidGrantError("This code was already used.")
        return authorization_code.holding

    def generate_token(self, user: Holding, scope: str, **_: object) -> JSON:
        return first_tokens(self.server, user, scope, self.request.payload.data.get(PARAMETER))

    def save_token(self, token: JSON) -> None:
        """Planned, not saved: see plans.Redeem."""

    def delete_authorization_code(self, authorization_code: PresentedCode) -> None:
        """The claim in plans.Redeem spends it."""


def first_tokens(desk: TokenDesk, holding: Holding, scope: str, details: str | None) -> JSON:
    """Plan to spend a line; the answer. scope: of the token at most. details: what the app narrows it by."""
    case, line, grant = desk.case, holding.line, holding.grant
    scope, opened = open_within(holding, case.client, scope, details)
    minted = desk.mint(line.subject, scope, until=grant.expires_at, grant_id=grant.id, opened=opened)
    desk.plan = Redeem(holding, minted)
    refreshable = holding.refreshable and case.client.check_grant_type("refresh_token")
    refresh = refresh_token(case.server.secrets.refresh, line.id, 1) if refreshable else None
    return token_answer(minted, refresh, desk.names(grant.id))


class S256Challenge(CodeChallenge):  # type: ignore[misc]  # Authlib ships no types
    """PKCE without `plain`. Whether a challenge must be there was checked at /authorize, for every client."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ["S256"]  # noqa: RUF012  # Authlib's own attribute
    CODE_CHALLENGE_METHODS = {"S256": compare_s256_code_challenge}  # noqa: RUF012  # Authlib's own attribute

    def validate_code_verifier(self, grant: AuthorizationCodeGrant, result: object) -> None:
        """A code that was asked for with a challenge is nothing without its verifier (RFC 7636, 4.6)."""
        request: TokenRequest = grant.request
        if not request.form.get("code_verifier") and request.authorization_code.code_challenge:
            raise InvalidGrantError("This code was asked for with a code_challenge: send its code_verifier.")
        super().validate_code_verifier(grant, result)


class IdToken(OpenIDToken):  # type: ignore[misc]  # Authlib ships no types
    """Adds the ID token when `openid` was granted; Authlib says when, mint.py says what."""

    def encode_id_token(self, token: JSON, request: TokenRequest) -> str:  # noqa: ARG002  # Authlib's signature
        desk: TokenDesk = request.desk
        plan: Any = desk.plan
        line, client = plan.holding.line, desk.case.client
        claims = IdClaims(
            issuer=desk.case.face.issuer,
            subject=line.subject,
            client_id=client.id,
            auth_time=line.auth_time,
            # A refreshed ID token repeats no nonce (OpenID Connect Core section 12.2).
            nonce=line.nonce if isinstance(plan, Redeem) else None,
            sid=sid_for(desk.case.server.secrets.sid, client.id, line.session_id),
            acr=line.acr,
            seconds=client.metadata.id_token_seconds,
            beside=plan.minted.text,
        )
        signer = desk.case.server.ring.signer("token", client.metadata.id_token_alg)
        desk.drafts.append(mint_id_token(signer, claims, desk.case.now))
        return UNSIGNED
