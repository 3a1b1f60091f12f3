"""The rules of an exchange, in the order in which they are asked (RFC 8693 section 2)."""

from authlib.oauth2.rfc6749 import InvalidScopeError, UnauthorizedClientError
from authlib.oauth2.rfc6749.grants import BaseGrant, TokenEndpointMixin

from consent.catalogue import CATALOGUE, OFFLINE
from consent.choices import Choice
from idp.details.limits import Bound, Opened, bounded_choice, read_bound
from idp.details.narrowing import open_within
from idp.details.parse import PARAMETER
from idp.exchange.asked import ACCESS_TOKEN, Asked, InvalidTargetError, read_asked
from idp.exchange.finding import Found
from idp.exchange.plans import Exchange
from idp.exchange.proving import Subject, prove_actor, prove_subject
from idp.token.behalf import Behind, Chain, acting, narrowed
from idp.token.loading import GrantRow
from idp.token.plans import Holding
from idp.token.server import JSON, TokenDesk, token_answer


class ExchangeGrant(BaseGrant, TokenEndpointMixin):  # type: ignore[misc]  # Authlib ships no types
    """Plans an exchange. What was loaded may be a moment old: plans.Exchange looks again as it writes."""

    GRANT_TYPE = "urn:ietf:params:oauth:grant-type:token-exchange"
    server: TokenDesk
    asked: Asked
    subject: Subject

    def validate_token_request(self) -> None:
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError(f"This application is not registered for {self.GRANT_TYPE}.")
        self.request.client = client
        self.asked = read_asked(self.request.payload.data)
        self._check_audience()
        self.subject = prove_subject(self.server.case, self.asked.subject)
        if self.asked.actor is not None:
            prove_actor(self.server.case, self.asked.actor)

    def create_token_response(self) -> tuple[int, JSON, object]:
        token, line, grant, person, _ = self.subject
        found: Found = self.server.case.loaded.found
        own, chain = self._own_grant(found), _hung(self.subject)
        joint = own._replace(choice_json=narrowed(own.choice_json, chain))
        scope, opened = self._opened(joint, chain)
        minted = self.server.mint(
            found.subject,
            scope,
            until=min(token.expires_at, own.expires_at, grant.expires_at),
            grant_id=own.id,
            opened=opened,
            act=acting(self.client.id, chain),
        )
        self.server.plan = Exchange(self.client.id, minted, own, found.subject, line, chain, person)
        answer = token_answer(minted, None, self.server.names(own.id))
        return 200, answer | {"issued_token_type": ACCESS_TOKEN}, self.TOKEN_RESPONSE_HEADER

    def _check_audience(self) -> None:
        """A token is for the app that asks, and opens the data API: nobody is given one in another's name."""
        others = self.asked.audiences - {self.server.case.face.audience, self.client.id}
        if others:
            raise InvalidTargetError("audience is the data API, or the application that asks for itself.")

    def _own_grant(self, found: Found) -> GrantRow:
        own = found.own
        if own is None or own.paused_at is not None or not own.is_live(self.server.case.now):
            raise InvalidTargetError(
                "The person lets this application read nothing now: ask her first, by /authorize."
            )
        return own

    def _opened(self, joint: GrantRow, chain: Chain) -> tuple[str, Opened]:
        """The scope of the token, and how details narrow it. joint: what all grants let out."""
        token, line, grant, person, _ = self.subject
        details = _rebound(token.details, self.client.metadata.purpose_code)
        hers = grant._replace(choice_json=narrowed(grant.choice_json, chain))
        scope = self._scope(_delegable(hers.allows(token.scope)), bounded_choice(joint.choice_json, details))
        holding = Holding(line._replace(details=details), joint, person, scope, 0, renewable=False)
        asked = self.request.payload.data.get(PARAMETER)
        return open_within(holding, self.client, scope, asked, named=self.asked.scope is not None)

    def _scope(self, held: tuple[str, ...], joint: Choice) -> str:
        """What the token may say. Raises for what was not shown to be held, or is not the app's to read."""
        asked = held if self.asked.scope is None else self.asked.scope
        if not set(asked) <= set(held):
            raise InvalidScopeError("scope goes beyond what subject_token opens and an exchange hands on.")
        covered = [name for name in asked if name in joint.scopes]
        if not covered or (self.asked.scope is not None and len(covered) < len(asked)):
            raise InvalidTargetError("The person's own grant to this application does not cover that.")
        return " ".join(covered)


def _hung(subject: Subject) -> Chain:
    """The lines that the new one hangs on, the nearest first."""
    line, grant = subject.line, subject.grant
    nearest = Behind(0, line.id, line.client_id, grant.id, grant.revision, grant.choice_json)
    return (nearest, *(behind._replace(place=behind.place + 1) for behind in subject.chain))


def _delegable(scope: str) -> tuple[str, ...]:
    """Those scopes that may be handed on: reading, now. A profile is added to in an app's own name alone."""
    return tuple(name for name in scope.split() if name != OFFLINE and not CATALOGUE[name].writes)


def _rebound(details: str | None, purpose: str) -> str | None:
    """A token's limits, for the purpose of another app."""
    return None if details is None else Bound(purpose, read_bound(details).limits).to_json()
