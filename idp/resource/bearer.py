"""From an Authorization header to what the token may do now (RFC 6750, RFC 9068, RFC 9449 section 7).

The token's text is matched with the row its jti names; its line, grant and app are read live, so that a
revocation anywhere holds from the next call on. A read looks first and holds nothing; what it found is
found again, unchanged, by the statement that records it (`rows.as_seen`), or it looks anew.
"""

import hmac
from typing import NamedTuple

from starlette.requests import Request

from consent.choices import Choice
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.lean import RawHeaders
from idp.clients.authentication import authorization_of
from idp.context import Server
from idp.details.limits import bounded_choice
from idp.dpop import checking as dpop
from idp.mtls.certificate import Presented, presented_in
from idp.resource.pointing import pointer
from idp.resource.possession import Proved, check_binding, spend_proof
from idp.resource.rows import IDENTITY, OF_DATA, OF_IDENTITY, BearerRow
from idp.token.behalf import Behind, Chain, chain_of, narrowed
from idp.token.text import OWN_MARK, Mark, unverified_jti
from keys.people import PersonSecrets
from keys.seal import keyed_hash


class Access(NamedTuple):
    """A live token: what it says, the grant behind it, the opened keys of the person who granted it.

    row: what was found of it, and of the dataset that was asked for. proof: of its key, not yet spent.
    headers: what the answer says besides, lower case. chain: the lines on whose behalf it is used.
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
    row: BearerRow
    proof: dpop.Shown | None
    chain: Chain = ()

    @property
    def dataset(self) -> tuple[int, bytes] | None:
        """As stored (revision, sealed items); None when the person has none."""
        return None if self.row.sealed is None else (self.row.dataset_revision or 0, self.row.sealed)

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
    """What a token opens at `now`, for a read that records itself with `as_seen`; None when it opens nothing.

    Its proof is left to be spent with the read. hold: nobody changes the grant until the unit ends. Raises
    AccordError `consent_paused` for a token that lives under a paused grant, `invalid_token` for one whose
    key is not proved.
    """
    how = (OF_IDENTITY if dataset == IDENTITY else OF_DATA)[hold]
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


def _opened(server: Server, row: BearerRow, shown: Shown, now: int) -> Access | None:
    if not _opens(server, row, shown, now):
        return None
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
        row=row,
        proof=shown.proof,
    )


def opened_again(server: Server, access: Access, shown: Shown, now: int) -> Access | None:
    """What a token opened, for another call that shows it, if nothing changed; None when it opens nothing.

    Raises AccordError as `look_access`.
    """
    if not _opens(server, access.row, shown, now):
        return None
    return access if access.proof is shown.proof else access._replace(proof=shown.proof)


def _opens(server: Server, row: BearerRow, shown: Shown, now: int) -> bool:
    """Whether a token as shown is the one of the row, and opens something. Raises AccordError."""
    if not _lives(row, now):
        return False
    if not hmac.compare_digest(keyed_hash(server.secrets.token_hash, shown.text.encode()), row.token_hash):
        return False
    if row.cnf is not None or shown.proof is not None:
        check_binding(row.cnf, Proved(shown.proof, shown.presented, pointer(server.issuer)))
    if row.paused_at is not None:
        raise _paused()
    return True


def _lives(row: BearerRow, now: int) -> bool:
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
