"""Whether the tokens that an exchange shows are what they say, live, and shown by whom they are bound to."""

import hmac
from typing import NamedTuple

from authlib.oauth2.rfc6749 import InvalidRequestError

from idp.exchange.finding import Found
from idp.token.behalf import Chain
from idp.token.binding import read_binding
from idp.token.lines import LineRow
from idp.token.loading import GrantRow, Loaded, TokenRow
from idp.token.possession import NoProofError
from idp.token.server import Case
from keys.people import PersonSecrets
from keys.seal import keyed_hash

MOST_EXCHANGES = 4  # one after another; each further app is one more that must be trusted


class Subject(NamedTuple):
    """A token that was proved to be ours, live, and a person's. chain: what its line hangs on."""

    token: TokenRow
    line: LineRow
    grant: GrantRow
    person: PersonSecrets
    chain: Chain


def prove_subject(case: Case, text: str) -> Subject:
    """The token to exchange. Raises InvalidRequestError, NoProofError."""
    found: Found = case.loaded.found
    subject = _subject(case, found) if _is_live(case, case.loaded, text) else None
    if subject is None or found.owner is None:
        raise InvalidRequestError("subject_token is unknown, over, or opens nothing now.")
    if len(subject.chain) >= MOST_EXCHANGES:
        raise InvalidRequestError(f"subject_token was exchanged {MOST_EXCHANGES} times already.")
    named = found.owner.metadata.may_act
    if named and case.client.id not in {*named, found.owner.id}:
        raise InvalidRequestError("The application of subject_token lets only those act that it named.")
    _check_key(case, subject.token, "subject_token")
    return subject


def prove_actor(case: Case, text: str) -> None:
    """The actor is the app that asks: it shows a token that it got for itself. Raises as `prove_subject`."""
    actor: Loaded = case.loaded.found.actor
    token = actor.token if _is_live(case, actor, text) else None
    if token is None or token.client_id != case.client.id or token.line_id is not None:
        raise InvalidRequestError("actor_token is a live token of client_credentials, of this application.")
    _check_key(case, token, "actor_token")


def _is_live(case: Case, loaded: Loaded, text: str) -> bool:
    token = loaded.token
    if token is None or token.revoked_at is not None or case.now >= token.expires_at:
        return False
    return hmac.compare_digest(keyed_hash(case.server.secrets.token_hash, text.encode()), token.token_hash)


def _subject(case: Case, found: Found) -> Subject | None:
    """What stands behind the token, where all of it lives."""
    token, line, grant = case.loaded.token, case.loaded.line, case.loaded.grant
    person = case.loaded.person(case.server.people)
    if token is None or line is None or grant is None or person is None or found.chain is None:
        return None
    ended = line.revoked_at is not None or grant.paused_at is not None or not grant.is_live(case.now)
    if ended or found.owner is None or found.owner.suspended:
        return None
    return Subject(token, line, grant, person, found.chain)


def _check_key(case: Case, token: TokenRow, name: str) -> None:
    """A token that is bound is shown with a proof of that very key, and what comes of it is bound as well."""
    if token.cnf is None:
        return
    bound, presented = read_binding(token.cnf), case.caller.presented
    if bound.jkt is not None and case.proof is None:
        raise NoProofError(f"{name} is bound to a key: send a DPoP proof of it.")
    if bound.jkt is not None and case.proof is not None and case.proof.jkt != bound.jkt:
        raise InvalidRequestError(f"{name} is bound to another key than that of the DPoP proof.")
    if bound.x5t is None:
        return
    if presented is None or presented.x5t != bound.x5t:
        raise InvalidRequestError(f"{name} is bound to a certificate: call with it, by mutual TLS.")
    if not case.client.metadata.tls_client_certificate_bound_access_tokens:
        raise InvalidRequestError(f"{name} is bound to a certificate, and this application's tokens are not.")
