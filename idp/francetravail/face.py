"""What the core asks of this face: its words, its claims, what it answers besides (idp/faces.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from consent.catalogue import OFFLINE
from consent.choices import Choice
from foundation.settings import Settings
from foundation.web.forms import printable
from idp.authorize.checks import Refusal
from idp.authorize.request import SCOPE_MAX, AuthorizeRequest
from idp.clients.registry import Client
from idp.faces import Face
from idp.francetravail import PROFILE, REALM
from idp.francetravail.words import MEANINGS, scopes_of, understand, words_of
from idp.token.plans import Redeem, Rotate
from idp.token.server import TOKENS, TokenDesk
from idp.token.telling import claims_told
from idp.token.text import new_opaque
from keys.signing import Draft, half_hash

ISSUER_PATH = "/connexion/oauth2/individu"
DATA_PATH = "/partenaire"
CODE_SECONDS = 60
# What keeps an ID token within 3000 characters, beyond which some apps refuse it.
NONCE_MAX = 255
# One app tells her that she cancelled where it reads these words, and of a failure for any others.
DENIAL = "The resource owner did not authorize the request."
_MOST_NAMED = 5
_TOKEN_PREFIX = "pc_"  # noqa: S105  # what the secret comes after
_NAMES = ("given_name", "family_name")


@dataclass(frozen=True)
class FranceTravail(Face):
    """France Travail Connect: an issuer of its own, for people as job seekers (`/individu`)."""

    def understand(self, asked: AuthorizeRequest, client: Client) -> AuthorizeRequest | Refusal:
        """The request in the catalogue's words; its own are kept for the token and the data APIs."""
        if len(asked.scope) > SCOPE_MAX or len(asked.nonce or "") > NONCE_MAX:
            return Refusal("invalid_request", f"scope or nonce is too long ({SCOPE_MAX}, {NONCE_MAX}).")
        if asked.code_challenge is None and not asked.nonce:
            return Refusal("invalid_request", "nonce is missing: it is required where PKCE is not used.")
        understood = understand(asked.scopes)
        if understood.strange:
            return Refusal("invalid_scope", f"Unknown scope: {_named(understood.strange)}.")
        refused = [scope for scope in understood.scopes if scope not in client.metadata.scopes]
        if refused:
            return Refusal(
                "invalid_scope", f"Not approved for this application: {_named(words_of(refused))}."
            )
        quotas = set(understood.quotas) - set(client.metadata.profile_words)
        words = [word for word in asked.scopes if word not in quotas]
        scope = " ".join((*understood.scopes, *_offline(client)))
        return asked.model_copy(update={"scope": scope, "words": " ".join(words)})

    def allows(self, choice: Choice, words: str) -> str:
        """A functional word stands while its scope is shared; the others open nothing by themselves."""
        said = dict.fromkeys(words.split())
        return " ".join(word for word in said if word not in MEANINGS or MEANINGS[word] in choice.scopes)

    def names(self, words: str) -> str:
        return " ".join(scopes_of(words.split()))

    def told(self, request: AuthorizeRequest, choice: Choice) -> dict[str, str]:
        return {"client_id": request.client_id, "scope": self.allows(choice, request.words)}

    async def complete(self, desk: TokenDesk, body: dict[str, Any]) -> None:
        """Short access tokens (an app takes 255 characters), the claims that apps read, the nonce on top."""
        plan = desk.plan
        if not isinstance(plan, Redeem | Rotate):
            return
        line, told = plan.holding.line, {"realm": REALM, "azp": plan.holding.line.client_id}
        if isinstance(plan, Redeem):
            if "profile" in plan.minted.names.split():
                told |= await claims_told(desk, plan.holding, plan.holding.grant.choice, _NAMES)
            if line.nonce is not None:
                body["nonce"] = line.nonce
        body["access_token"] = new_opaque(self.opaque, plan.minted.id)
        told |= {"idIdentiteExterne": line.subject}
        desk.drafts = [_standing_alone(draft, body["access_token"], told) for draft in desk.drafts[1:]]
        desk.unsigned = TOKENS[1:]


def face_of(settings: Settings) -> FranceTravail:
    """The face of a server."""
    base = settings.issuer_url
    return FranceTravail(
        issuer=base + ISSUER_PATH,
        audience=base + DATA_PATH,
        profile=PROFILE,
        opaque=_TOKEN_PREFIX,
        code_seconds=CODE_SECONDS,
        denial=DENIAL,
        completes=True,
    )


def _standing_alone(draft: Draft, access_token: str, told: dict[str, str]) -> Draft:
    """The draft of an ID token, bound already to an access token that nothing signs."""
    at_hash = half_hash(access_token, draft.signer.alg)
    return draft._replace(claims=draft.claims | told | {"at_hash": at_hash}, bound_by=None)


def _named(words: Iterable[str]) -> str:
    return " ".join(printable(word) for word in list(words)[:_MOST_NAMED])


def _offline(client: Client) -> tuple[str, ...]:
    """Its apps expect refresh tokens without asking; the person is told of it all the same."""
    refreshes = client.check_grant_type("refresh_token") and OFFLINE in client.metadata.scopes
    return (OFFLINE,) if refreshes else ()
