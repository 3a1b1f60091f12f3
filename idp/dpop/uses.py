"""Each proof is used once: its use is a row, written in the transaction of what it authorizes.

A call that authorizes nothing writes none, so a flood of refused calls stores nothing; what is stored is as
much as two minutes' calls are, and goes by age.
"""

from functools import cache
from typing import Any

from sqlalchemy import bindparam, exists, select
from sqlmodel import col

from foundation.database import Transaction
from foundation.purging import Purge
from foundation.series import Row, Series, Spent
from foundation.statements import Statement, Write, upsert
from idp.dpop.proof import Proof
from idp.dpop.tables import DpopProof

_RECORD: Statement[Any] = Write(upsert(DpopProof, ["use"], []))
_USE = Row(DpopProof, {"use": "proof_use", "expires_at": "proof_until"})
_USED = exists(select(col(DpopProof.use)).where(col(DpopProof.use) == bindparam("proof_use")))
PURGE = Purge(DpopProof, by="expires_at")


async def record_use(tx: Transaction, proof: Proof) -> bool:
    """Record that a proof was used; False when it had been before."""
    return await tx.run(_RECORD, use=proof.use, expires_at=proof.expires_at) > 0


def spent(proof: Proof) -> Spent:
    """A proof, to be used up by the very statement that it allows."""
    return Spent(_beside, {"proof_use": proof.use, "proof_until": proof.expires_at})


@cache
def _beside(series: Series) -> Series:
    return series.besides(_USE, unless=_USED)
