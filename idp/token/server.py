"""Authlib decides here, in memory, on what was loaded; nothing is written (plans.py does that afterwards).

One `TokenDesk` serves one request: it holds the loaded rows where Authlib expects to query, and leaves a
`plan` where Authlib expects to save.
"""

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from authlib.oauth2.rfc6749 import AuthorizationServer, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from foundation.clock import SECOND
from idp.clients.registry import Client
from idp.context import Server
from idp.details.limits import UNBOUND, Opened, bounded_choice
from idp.dpop.checking import Shown
from idp.faces import Face
from idp.token.calling import Caller
from idp.token.lifetimes import refresh_ends, refresh_until
from idp.token.loading import Loaded
from idp.token.mint import AccessClaims, Minted, mint_access_token
from idp.token.plans import Holding, Plan
from idp.token.possession import binding_for
from idp.token.text import OPAQUE, new_opaque

if TYPE_CHECKING:
    from idp.token.writing import Recorder
    from keys.signing import Draft

JSON = dict[str, Any]
TOKENS = ("access_token", "id_token")  # the members of an answer that are signed
UNSIGNED = ""  # stands in an answer for a token until it is signed

# Authlib prints whole tokens at debug level (invariant 6): whatever level the rest logs at, that stays shut.
logging.getLogger("authlib").setLevel(logging.WARNING)


# Authlib checks that the URI is https, which it cannot know behind a proxy (our settings have already refused
# an http issuer off the loopback), and would parse it anew for each request: the blank one is made once.
_BLANK = vars(OAuth2Request("POST", "https://issuer/token", headers={}))


class TokenRequest(OAuth2Request):  # type: ignore[misc]  # Authlib ships no types
    """A parsed form where Authlib expects a request."""

    def __init__(self, desk: "TokenDesk") -> None:
        self.__dict__.update(_BLANK)
        self.desk = desk
        self._fields = dict(desk.case.form)
        self.payload = BasicOAuth2Payload(self._fields)

    @property
    def form(self) -> dict[str, str]:
        return self._fields


class Case(NamedTuple):
    """One token request with everything needed to decide it. face: it came in by.

    proof: of a key, where the call proved one (RFC 9449).
    """

    server: Server
    form: Mapping[str, str]
    caller: Caller[Loaded]
    face: Face
    proof: Shown | None = None

    @property
    def client(self) -> Client:
        return self.caller.authenticated.client

    @property
    def loaded(self) -> Loaded:
        return self.caller.loaded

    @property
    def now(self) -> int:
        """When the app was proved, in microseconds."""
        return self.caller.now

    def holding(self) -> Holding | None:
        """The app's own line, live grant and person; None when one of them is missing or ended."""
        line, grant = self.loaded.line, self.loaded.grant
        person = self.loaded.person(self.server.people)
        if line is None or grant is None or person is None or line.client_id != self.client.id:
            return None
        if not grant.is_live(self.now):
            return None
        choice = bounded_choice(grant.choice_json, line.details)
        scope, settings, metadata = (
            self.face.allows(choice, line.scope),
            self.server.settings,
            self.client.metadata,
        )
        until = refresh_until(settings, metadata, line)
        renewable = self.now < refresh_ends(settings, metadata, line)
        return Holding(line, grant, person, scope, until, renewable)


class TokenDesk(AuthorizationServer):  # type: ignore[misc]  # Authlib ships no types
    """Authlib's authorization server for one case; `plan` is what to write once it has decided."""

    def __init__(self, case: Case, grants: list[tuple[Any, list[Any]]]) -> None:
        super().__init__()
        self._token_grants = grants
        self.case = case
        self.plan: Plan | None = None
        self.drafts: list[Draft] = []  # what to sign, in the order of `unsigned`
        self.unsigned: tuple[str, ...] = TOKENS
        self.besides: list[Recorder] = []  # what a face has recorded in the plan's unit

    def give_up(self) -> None:
        """What was decided is not done after all."""
        self.plan = None
        self.besides.clear()

    def authenticate_client(self, request: TokenRequest, methods: object, endpoint: str = "token") -> Client:  # noqa: ARG002  # Authlib's signature
        # Already proved, by its registered method alone (idp/clients/authentication.py).
        request.auth_method = self.case.client.metadata.auth_method
        return self.case.client

    def create_oauth2_request(self, request: object) -> TokenRequest:  # noqa: ARG002  # Authlib's signature
        return TokenRequest(self)

    def handle_response(self, status: int, body: Any, headers: Any) -> tuple[int, JSON]:  # noqa: ANN401, ARG002  # Authlib's shapes
        return status, dict(body)

    def get_error_uri(self, request: object, error: OAuth2Error) -> str:  # noqa: ARG002  # Authlib's signature
        return error_uri(self.case.server.issuer, error.error)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """Authlib's signals have no listener here."""

    def names(self, grant_id: str) -> str | None:
        """What an answer calls its grant; another face has its own members of an answer."""
        return None if self.case.face.profile else grant_id

    def mint(  # noqa: PLR0913  # what a token is about
        self,
        subject: str,
        scope: str,
        *,
        until: int | None,
        grant_id: str | None,
        opened: Opened = UNBOUND,
        act: JSON | None = None,
    ) -> Minted:
        """An access token for this case's app, ending no later than `until` (microseconds).

        act: who acts, and for whom, where that is not the app for the person alone.
        """
        case = self.case
        server, face, metadata = case.server, case.face, case.client.metadata
        lifetime = metadata.access_token_seconds or server.settings.access_token_seconds
        expires_at = case.now + lifetime * SECOND
        claims = AccessClaims(
            issuer=face.issuer,
            audience=face.audience,
            subject=subject,
            client_id=case.client.id,
            scope=scope,
            expires_at=expires_at if until is None else min(expires_at, until),
            grant_id=grant_id,
            names=face.names(scope),
            opened=opened,
            binding=binding_for(case),
            act=act,
        )
        signer = server.ring.signer("token", "ES256")
        minted = mint_access_token(signer, claims, case.now)
        if metadata.access_token_format == "opaque" and not face.opaque:  # noqa: S105  # a format
            self.unsigned = TOKENS[1:]
            return minted._replace(text=new_opaque(OPAQUE, minted.id))
        self.drafts.append(minted.draft)
        return minted


def token_answer(minted: Minted, refresh_token: str | None, grant_id: str | None) -> JSON:
    """The body of a successful answer (RFC 6749 section 5.1); it always says `scope`.

    grant_id: of the grant behind it (Grant Management, draft 03, section 5.5); None for an app on its own.
    """
    answer: JSON = {
        "access_token": minted.text or UNSIGNED,
        "token_type": "Bearer" if minted.binding is None else minted.binding.token_type,
        "expires_in": (minted.expires_at - minted.issued_at) // SECOND,
        "scope": minted.scope,
    }
    if refresh_token is not None:
        answer["refresh_token"] = refresh_token
    if grant_id is not None:
        answer["grant_id"] = grant_id
    if minted.opened.granted is not None:
        answer["authorization_details"] = minted.opened.granted  # RFC 9396 section 7
    return answer


def error_uri(issuer: str, code: str) -> str:
    """The page that explains an error code."""
    return f"{issuer}/errors#{code}"
