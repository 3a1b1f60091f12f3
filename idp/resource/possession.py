"""A token that is bound to a key opens nothing without a proof of it (RFC 9449 7.1, RFC 8705 section 3)."""

from typing import NamedTuple

from foundation.database import Transaction
from foundation.errors import AccordError
from idp.dpop import checking as dpop
from idp.dpop.proof import ALGORITHMS
from idp.fapi import rules as fapi
from idp.mtls.certificate import Presented
from idp.token.binding import UNBOUND, read_binding


class Proved(NamedTuple):
    """What came beside a token. beside: the pointer of a refusal's challenge (RFC 9728 section 5.1)."""

    proof: dpop.Shown | None
    presented: Presented | None
    beside: str


async def hold_binding(tx: Transaction, cnf: str | None, proved: Proved) -> None:
    """Refuse a use of a live token that does not prove what it is bound to; spend the proof of one that does.

    Raises AccordError `invalid_token`, and `invalid_dpop_proof` for a proof that was used before.
    """
    check_binding(cnf, proved)
    await spend_proof(tx, proved.proof)


async def spend_proof(tx: Transaction, proof: dpop.Shown | None) -> None:
    """Spend a proof that was checked, with the use it allowed. Raises AccordError `invalid_dpop_proof`."""
    if proof is not None:
        await dpop.spend(tx, proof)


def check_binding(cnf: str | None, proved: Proved) -> None:
    """Refuse a use of a live token that does not prove what it is bound to.

    Nor does an unbound token open anything by the scheme DPoP: its holder would believe it were bound.
    Raises AccordError `invalid_token`.
    """
    proof, presented, beside = proved
    bound = UNBOUND if cnf is None else read_binding(cnf)
    if bound.x5t is not None and (presented is None or presented.x5t != bound.x5t):
        problem = "This token is bound to a certificate: call with it, by mutual TLS."
        raise _mismatch(problem, f"Bearer {beside}")
    scheme = f"{dpop.CHALLENGE}, {beside}"
    if proof is None and bound.jkt is not None:
        problem = "This token is bound to a key: send it as Authorization: DPoP, with a DPoP proof."
        raise _mismatch(problem, scheme)
    if proof is not None and proof.jkt != bound.jkt:
        raise _mismatch("This token is not bound to the key of the DPoP proof.", scheme)
    if proof is not None and proof.proof.alg not in fapi.algorithms_under(bound.profile, ALGORITHMS):
        raise _mismatch("The DPoP proof is signed by an algorithm that its application may not use.", scheme)


def _mismatch(description: str, scheme: str) -> AccordError:
    challenge = {"WWW-Authenticate": f'{scheme}, error="invalid_token"'}
    return AccordError("invalid_token", description, status=401, headers=challenge)
