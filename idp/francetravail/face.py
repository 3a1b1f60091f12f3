"""What the core asks of this face: its words, its claims, what it answers besides (idp/faces.py)."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import bindparam, select
from sqlmodel import col

from consent.catalogue import OFFLINE
from consent.choices import Choice
from consent.events import DataRead
from consent.profile.release import identity_claims, release
from consent.profile.store import Owner, StoredItem, load
from consent.tables import Grant
from foundation.errors import AccordError
from foundation.settings import Settings
from foundation.statements import Statement
from foundation.web.forms import printable
from idp.authorize.checks import Refusal
from idp.authorize.request import SCOPE_MAX, AuthorizeRequest
from idp.clients.registry import Client
from idp.faces import Face
from idp.francetravail import PROFILE, REALM
from idp.francetravail.words import MEANINGS, scopes_of, understand, words_of
from idp.token.plans import Holding, Redeem, Rotate, Work
from idp.token.server import TOKENS, TokenDesk
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


class _Revision(NamedTuple):
    revision: int
    paused_at: int | None


_REVISION = Statement(
    select(col(Grant.revision), col(Grant.paused_at)).where(col(Grant.id) == bindparam("grant_id")), _Revision
)


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
            told |= await _names_told(desk, plan.holding, plan.minted.names)
            if line.nonce is not None:
                body["nonce"] = line.nonce
        body["access_token"] = new_opaque(self.opaque, plan.minted.id)
        told |= {"at_hash": half_hash(body["access_token"]), "idIdentiteExterne": line.subject}
        desk.drafts = [_standing_alone(draft, told) for draft in desk.drafts[1:]]
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


def _standing_alone(draft: Draft, told: dict[str, str]) -> Draft:
    """The draft of an ID token, bound already to an access token that nothing signs."""
    return draft._replace(claims=draft.claims | told, bound_by=None)


def _named(words: Iterable[str]) -> str:
    return " ".join(printable(word) for word in list(words)[:_MOST_NAMED])


def _offline(client: Client) -> tuple[str, ...]:
    """Its apps expect refresh tokens without asking; the person is told of it all the same."""
    refreshes = client.check_grant_type("refresh_token") and OFFLINE in client.metadata.scopes
    return (OFFLINE,) if refreshes else ()


async def _names_told(desk: TokenDesk, holding: Holding, scopes: str) -> dict[str, str]:
    """Her names, where she shares them: a read like any other, recorded in the unit of the redemption."""
    grant, server = holding.grant, desk.case.server
    if "profile" not in scopes.split() or grant.paused_at is not None or grant.person_id is None:
        return {}
    async with server.db.reading() as tx:
        kept = await load(tx, Owner(grant.person_id, holding.person.data_key), "identity")
    claims = identity_claims(kept.items, grant.choice)
    told: dict[str, str] = {name: claims[name] for name in _NAMES if name in claims}
    if told:
        desk.besides.append(lambda work: _record(work, holding, tuple(told), kept.items))
    return told


async def _record(
    work: Work, holding: Holding, fields: tuple[str, ...], items: tuple[StoredItem, ...]
) -> None:
    """The read's event, once nothing has changed in the grant that the claim of the code now holds."""
    grant = holding.grant
    now = await work.tx.first(_REVISION, grant_id=grant.id)
    if now is None or now != _Revision(grant.revision, None):
        raise AccordError(
            "temporarily_unavailable",
            "The person changed her choice at this very moment. Nothing was spent; try again.",
            status=503,
            headers={"Retry-After": "1"},
        )
    event = DataRead(
        client=holding.line.client_id,
        grant=grant.id,
        revision=grant.revision,
        scopes="profile",
        dataset="identity",
        fields=" ".join(fields),
        count=len(release("profile", items, grant.choice).items),
        items=release("profile", items, grant.choice).items,
    )
    await work.server.ledger.append(
        work.tx, event, person=holding.person, now=work.now, request_id=work.request_id
    )
