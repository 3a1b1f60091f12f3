"""From an Authorization header to what the token may do now (RFC 6750, RFC 9068, RFC 9449 section 7).

The token's text is matched with the row its jti names; its line, grant and app are read live, so that a
revocation anywhere holds from the next call on. A read looks first and holds nothing; what it found is
found again, unchanged, by the statement that records it (`AS_SEEN`), or it looks anew.
"""

import hmac
from typing import Any, NamedTuple

from sqlalchemy import SQLColumnExpression, and_, bindparam, null, select
from sqlmodel import col
from starlette.requests import Request

from consent.choices import Choice
from consent.ledger.append import only_where
from consent.tables import Grant, ProfileDataset
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.statements import Statement
from foundation.web.lean import RawHeaders
from idp.clients.authentication import authorization_of
from idp.clients.tables import Client
from idp.context import Server
from idp.details.limits import bounded_choice
from idp.dpop import checking as dpop
from idp.mtls.certificate import Presented, presented_in
from idp.resource.pointing import pointer
from idp.resource.possession import Proved, check_binding, spend_proof
from idp.token.behalf import Behind, Chain, chain_of, narrowed
from idp.token.tables import AccessToken, Line
from idp.token.text import OWN_MARK, Mark, unverified_jti
from keys.people import PersonSecrets
from keys.seal import keyed_hash
from keys.tables import PersonKey


class _Bearer(NamedTuple):
    token_id: str
    token_hash: bytes
    client_id: str
    scope: str
    details: str | None
    cnf: str | None
    expires_at: int
    token_revoked_at: int | None
    line_revoked_at: int | None
    behalf: int | None
    subject: str
    suspended_at: int | None
    grant_id: str
    person_id: str
    revision: int
    choice_json: str
    grant_expires_at: int
    grant_revoked_at: int | None
    paused_at: int | None
    wrapped: bytes
    dataset_revision: int | None
    sealed: bytes | None
    app_json: str | None


# One query for all of it, the dataset included: a read is one round trip before its event. The inner joins
# refuse a token without a grant, and a person who was erased.
_FOUND = (
    select(
        col(AccessToken.id),
        col(AccessToken.token_hash),
        col(AccessToken.client_id),
        col(AccessToken.scope),
        col(AccessToken.details),
        col(AccessToken.cnf),
        col(AccessToken.expires_at),
        col(AccessToken.revoked_at),
        col(Line.revoked_at),
        col(Line.behalf),
        col(Line.subject),
        col(Client.suspended_at),
        col(Grant.id),
        col(Grant.person_id),
        col(Grant.revision),
        col(Grant.choice_json),
        col(Grant.expires_at),
        col(Grant.revoked_at),
        col(Grant.paused_at),
        col(PersonKey.wrapped),
        col(ProfileDataset.revision),
        col(ProfileDataset.sealed),
    )
    .join(Client, col(Client.id) == col(AccessToken.client_id))
    .join(Line, col(Line.id) == col(AccessToken.line_id))
    .join(Grant, col(Grant.id) == col(Line.grant_id))
    .join(PersonKey, col(PersonKey.person_id) == col(Grant.person_id))
    .outerjoin(
        ProfileDataset,
        and_(
            col(ProfileDataset.person_id) == col(Grant.person_id),
            col(ProfileDataset.dataset) == bindparam("dataset"),
        ),
    )
    .where(col(AccessToken.id) == bindparam("token_id"))
)
IDENTITY = "identity"  # the dataset that userinfo tells, as the app registered to be told


def _statements(app: SQLColumnExpression[Any]) -> tuple[Statement[_Bearer], Statement[_Bearer]]:
    """To look, and to hold: locked against revoke until the unit ends, by FOR SHARE on PostgreSQL.

    On SQLite units are serial anyway.
    """
    found = _FOUND.add_columns(app)
    return Statement(found, _Bearer), Statement(found.with_for_update(read=True, of=Grant), _Bearer)


_OF_DATA, _OF_IDENTITY = _statements(null()), _statements(col(Client.metadata_json))
# The token still lives under the very grant that was looked at, and does until the unit ends.
AS_SEEN = only_where(
    select(col(AccessToken.id))
    .select_from(AccessToken)
    .join(Client, col(Client.id) == col(AccessToken.client_id))
    .join(Line, col(Line.id) == col(AccessToken.line_id))
    .join(Grant, col(Grant.id) == col(Line.grant_id))
    .where(
        col(AccessToken.id) == bindparam("token_id"),
        col(AccessToken.revoked_at).is_(None),
        col(Line.revoked_at).is_(None),
        col(Client.suspended_at).is_(None),
        col(Grant.revision) == bindparam("revision"),
        col(Grant.revoked_at).is_(None),
        col(Grant.paused_at).is_(None),
    )
    .with_for_update(read=True, of=Grant)
)


class Access(NamedTuple):
    """A live token: what it says, the grant behind it, the opened keys of the person who granted it.

    dataset: the one that was asked for, as stored (revision, sealed items); None when the person has none.
    proof: of its key, not yet spent. headers: what the answer says besides, lower case. app_json: what its
    app registered, where the dataset is her identity. chain: the lines on whose behalf it is used.
    """

    token_id: str
    client_id: str
    scopes: frozenset[str]
    subject: str
    grant_id: str
    revision: int
    choice: Choice
    person_id: str
    person: PersonSecrets
    dataset: tuple[int, bytes] | None
    proof: dpop.Shown | None
    app_json: str | None = None
    chain: Chain = ()

    @property
    def headers(self) -> RawHeaders:
        return () if self.proof is None else self.proof.headers

    @property
    def behalf(self) -> Behind | None:
        """The other app that this one acts for, the nearest; None where it acts for the person alone."""
        if not self.chain:
            return None
        return next((behind for behind in self.chain if behind.client_id != self.client_id), None)

    def opens(self, scope: str) -> bool:
        """Whether token and grant both hold a scope (invariant 5)."""
        return scope in self.scopes and scope in self.choice.scopes


class Shown(NamedTuple):
    """A token as it was shown, and the mark of those that are taken here (idp/faces.py).

    proof: of the key it is bound to, where it came by the scheme DPoP. presented: the certificate of the
    connection.
    """

    text: str
    mark: Mark = OWN_MARK
    proof: dpop.Shown | None = None
    presented: Presented | None = None


async def look_access(  # noqa: PLR0913  # the token, what is asked of it, and how firmly
    server: Server, tx: Transaction, shown: Shown, dataset: str, now: int, *, hold: bool = False
) -> Access | None:
    """What a token opens at `now`, for a read that records itself with `AS_SEEN`; None when it opens nothing.

    Its proof is left to be spent with the read. hold: nobody changes the grant until the unit ends. Raises
    AccordError `consent_paused` for a token that lives under a paused grant, `invalid_token` for one whose
    key is not proved.
    """
    how = (_OF_IDENTITY if dataset == IDENTITY else _OF_DATA)[hold]
    row = await tx.first(how, token_id=unverified_jti(shown.text, shown.mark) or "", dataset=dataset)
    if row is None:
        return None
    if row.behalf is None:
        return _opened(server, row, shown, now)
    chain = await chain_of(tx, row.token_id, row.behalf, now, hold=hold)
    if chain is None:
        return None  # another app's access, on whose behalf it was used, has ended
    access = _opened(server, row._replace(choice_json=narrowed(row.choice_json, chain)), shown, now)
    return None if access is None else access._replace(chain=chain)


async def open_access(server: Server, tx: Transaction, shown: Shown, dataset: str, now: int) -> Access | None:
    """The same, held, its proof spent: for what writes to the profile.

    Raises besides `invalid_dpop_proof` for a proof that was used before.
    """
    access = await look_access(server, tx, shown, dataset, now, hold=True)
    if access is not None:
        await spend_proof(tx, access.proof)
    return access


def _opened(server: Server, row: _Bearer, shown: Shown, now: int) -> Access | None:
    if not _lives(row, now):
        return None
    if not hmac.compare_digest(keyed_hash(server.secrets.token_hash, shown.text.encode()), row.token_hash):
        return None
    if row.cnf is not None or shown.proof is not None:
        check_binding(row.cnf, Proved(shown.proof, shown.presented, pointer(server.issuer)))
    if row.paused_at is not None:
        raise _paused()
    return Access(
        token_id=row.token_id,
        client_id=row.client_id,
        scopes=frozenset(row.scope.split()),
        subject=row.subject,
        grant_id=row.grant_id,
        revision=row.revision,
        choice=bounded_choice(row.choice_json, row.details),
        person_id=row.person_id,
        person=server.people.open(row.person_id, row.wrapped),
        dataset=None if row.sealed is None else (row.dataset_revision or 0, row.sealed),
        proof=shown.proof,
        app_json=row.app_json,
    )


def _lives(row: _Bearer, now: int) -> bool:
    ended = (row.token_revoked_at, row.line_revoked_at, row.grant_revoked_at, row.suspended_at)
    return ended == (None, None, None, None) and now < row.expires_at and now < row.grant_expires_at


def shown_token(server: Server, request: Request, mark: Mark = OWN_MARK) -> Shown:
    """The access token of a request, with the proof of its key when it comes by the scheme DPoP.

    Raises AccordError `missing_token`, `invalid_dpop_proof`, `use_dpop_nonce`.
    """
    scheme, _, text = (authorization_of(request) or "").partition(" ")
    text = text.strip()
    if scheme.lower() == "dpop" and text:
        return Shown(text, mark, dpop.proof_of_token(server, request, text), presented_in(request))
    return Shown(bearer_text(request), mark, None, presented_in(request))


def bearer_text(request: Request) -> str:
    """The access token of a request: in its Authorization header alone (RFC 9700 section 4.3.2)."""
    scheme, _, text = (authorization_of(request) or "").partition(" ")
    if scheme.lower() != "bearer" or not text:
        raise AccordError(
            "missing_token",
            "Send the access token as Authorization: Bearer.",
            status=401,
            headers={"WWW-Authenticate": f"{_challenge(request)}, {dpop.CHALLENGE}"},
        )
    return text.strip()


def _challenge(request: Request, error: str = "", scope: str = "") -> str:
    """RFC 6750 section 3, with where to learn more (RFC 9728 section 5.1)."""
    issuer = request.scope["accord.web"].issuer
    parts = [pointer(issuer)]
    parts += [f'error="{error}"'] if error else []
    parts += [f'scope="{scope}"'] if scope else []
    scheme = (authorization_of(request) or "").partition(" ")[0].lower()
    return f"{dpop.CHALLENGE}, " + ", ".join(parts) if scheme == "dpop" else "Bearer " + ", ".join(parts)


def invalid_token(request: Request, detail: str) -> AccordError:
    """One answer for a token that is unknown, altered, expired or revoked."""
    return AccordError(
        "invalid_token",
        "This access token is unknown, expired, or was withdrawn. Refresh it, or ask the person again.",
        status=401,
        detail=detail,
        headers={"WWW-Authenticate": _challenge(request, "invalid_token")},
    )


def _paused() -> AccordError:
    """The grant rests: told apart from its end, so that the app keeps its tokens."""
    return AccordError(
        "consent_paused",
        "Sharing is paused: nothing can be read until the person resumes it in Accord, or signs in again"
        " from the application and agrees to go on. Keep the tokens; retrying changes nothing.",
        status=403,
    )


def insufficient_scope(request: Request, scope: str) -> AccordError:
    """The token lives but does not open this: the answer names the missing scope."""
    return AccordError(
        "insufficient_scope",
        f"The scope {scope} is needed: it was not asked, or the person did not agree to it.",
        status=403,
        headers={"WWW-Authenticate": _challenge(request, "insufficient_scope", scope)},
    )
