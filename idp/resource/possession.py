"""A token that is bound to a key opens nothing without a proof of it (RFC 9449 7.1, RFC 8705 section 3)."""

from foundation.database import Transaction
from foundation.errors import AccordError
from idp.dpop import checking as dpop
from idp.mtls.certificate import Presented
from idp.token.binding import read_binding


async def hold_binding(
    tx: Transaction, cnf: str | None, proof: dpop.Shown | None, presented: Presented | None
) -> None:
    """Refuse a use of a live token that does not prove what it is bound to; spend the proof of one that does.

    Raises AccordError `invalid_token`, and `invalid_dpop_proof` for a proof that was used before.
    """
    check_binding(cnf, proof, presented)
    await spend_proof(tx, proof)


async def spend_proof(tx: Transaction, proof: dpop.Shown | None) -> None:
    """Spend a proof that was checked, with the use it allowed. Raises AccordError `invalid_dpop_proof`."""
    if proof is not None:
        await dpop.spend(tx, proof, for_token=True)


def check_binding(cnf: str | None, proof: dpop.Shown | None, presented: Presented | None) -> None:
    """Refuse a use of a live token that does not prove what it is bound to.

    Nor does an unbound token open anything by the scheme DPoP: its holder would believe it were bound.
    Raises AccordError `invalid_token`.
    """
    bound, x5t = (None, None) if cnf is None else read_binding(cnf)
    if x5t is not None and (presented is None or presented.x5t != x5t):
        raise _mismatch("This token is bound to a certificate: call with it, by mutual TLS.", "Bearer")
    if proof is None and bound is not None:
        raise _mismatch("This token is bound to a key: send it as Authorization: DPoP, with a DPoP proof.")
    if proof is not None and proof.jkt != bound:
        raise _mismatch("This token is not bound to the key of the DPoP proof.")


def _mismatch(description: str, scheme: str = f"{dpop.CHALLENGE},") -> AccordError:
    challenge = {"WWW-Authenticate": f'{scheme} error="invalid_token"'}
    return AccordError("invalid_token", description, status=401, headers=challenge)
