"""Proofs at our endpoints: read from a request, judged, and refused in the words of either kind of endpoint.

The authorization server answers 400 with an OAuth error (RFC 9449 section 5), the data API 401 with a DPoP
challenge (section 7.1). Who sends no proof pays nothing here.
"""

from typing import NamedTuple

from starlette.requests import Request

from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.web.lean import RawHeaders, header
from idp.context import Server
from idp.dpop.nonces import is_nonce, nonce_at
from idp.dpop.proof import ALGORITHMS, Call, Proof, ProofError, read_proof
from idp.dpop.uses import record_use
from idp.mtls.certificate import origin_called
from idp.resource.pointing import pointer

CHALLENGE = f'DPoP algs="{" ".join(ALGORITHMS)}"'


class Shown(NamedTuple):
    """A proof that holds, and what the answer says beside: a fresh nonce, where its own is the one before.

    pointer: what a refusal says beside its challenge, at the data API; "" at the authorization server.
    """

    proof: Proof
    headers: RawHeaders
    pointer: str = ""

    @property
    def jkt(self) -> str:
        """The thumbprint of the key that was proved."""
        return self.proof.jkt


def proof_of_app(server: Server, request: Request) -> Shown | None:
    """The proof beside a call to the authorization server; None where there is none.

    Raises AccordError `invalid_dpop_proof`, `use_dpop_nonce`.
    """
    given = header(request, b"dpop")
    return _read(server, request, given, None) if given else None


def proof_of_token(server: Server, request: Request, token: str) -> Shown:
    """The proof that must stand beside an access token of the scheme DPoP.

    Raises AccordError `invalid_dpop_proof`, `use_dpop_nonce`.
    """
    return _read(server, request, header(request, b"dpop"), token)


def _read(server: Server, request: Request, given: list[str], token: str | None) -> Shown:
    beside = "" if token is None else pointer(server.issuer)
    if len(given) != 1:
        raise invalid_proof("Send one DPoP header.", beside)
    now = server.clock.now()
    url = origin_called(request, server.settings) + request.scope["path"]
    try:
        proof = read_proof(given[0], Call(request.scope["method"], url, token), now)
    except ProofError as error:
        raise invalid_proof(f"The DPoP proof does not hold: {error}.", beside) from None
    fresh = nonce_at(server.secrets.dpop, now)
    if proof.nonce is None:
        if server.settings.dpop_nonce_required:
            raise _use_nonce(fresh, beside)
    elif not is_nonce(server.secrets.dpop, proof.nonce, now):
        raise _use_nonce(fresh, beside)
    return Shown(proof, () if proof.nonce == fresh else ((b"dpop-nonce", fresh.encode()),), beside)


def invalid_proof(description: str, beside: str = "") -> AccordError:
    """A proof that does not hold, or is missing where one is due. beside: the pointer, at the data API."""
    challenge = {"WWW-Authenticate": f'{CHALLENGE}, {beside}, error="invalid_dpop_proof"'}
    return AccordError(
        "invalid_dpop_proof",
        description,
        status=401 if beside else 400,
        headers=challenge if beside else None,
    )


def _use_nonce(fresh: str, beside: str) -> AccordError:
    """RFC 9449 sections 8 and 9: the same call again, with this nonce in its proof."""
    challenge = {"WWW-Authenticate": f'{CHALLENGE}, {beside}, error="use_dpop_nonce"'} if beside else {}
    return AccordError(
        "use_dpop_nonce",
        "Make the proof again with the nonce of the DPoP-Nonce header; keep it for the calls that follow.",
        status=401 if beside else 400,
        headers={"DPoP-Nonce": fresh} | challenge,
    )


async def spend(tx: Transaction, shown: Shown) -> None:
    """Spend a proof with what it authorizes. Raises AccordError when it was used before."""
    if not await record_use(tx, shown.proof):
        raise invalid_proof("This DPoP proof was already used: make one for each call.", shown.pointer)
