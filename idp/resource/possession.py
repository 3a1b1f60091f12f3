"""A token that is bound to a key opens nothing without a proof of that key (RFC 9449 section 7.1)."""

from foundation.database import Transaction
from foundation.errors import AccordError
from idp.dpop import checking as dpop
from idp.token.binding import read_binding


async def hold_binding(tx: Transaction, cnf: str | None, proof: dpop.Shown | None) -> None:
    """Refuse a use of a live token that does not prove what it is bound to; spend the proof of one that does.

    Nor does an unbound token open anything by the scheme DPoP: its holder would believe it were bound.
    Raises AccordError `invalid_token`, and `invalid_dpop_proof` for a proof that was used before.
    """
    bound = None if cnf is None else read_binding(cnf).jkt
    if proof is None and bound is not None:
        raise _mismatch("This token is bound to a key: send it as Authorization: DPoP, with a DPoP proof.")
    if proof is not None and proof.jkt != bound:
        raise _mismatch("This token is not bound to the key of the DPoP proof.")
    if proof is not None:
        await dpop.spend(tx, proof, for_token=True)


def _mismatch(description: str) -> AccordError:
    challenge = {"WWW-Authenticate": f'{dpop.CHALLENGE}, error="invalid_token"'}
    return AccordError("invalid_token", description, status=401, headers=challenge)
