"""Each proof is used once: its use is a row, written in the transaction of what it authorizes.

A call that authorizes nothing writes none, so a flood of refused calls stores nothing; what is stored is as
much as two minutes' calls are, and goes by age.
"""

from typing import Any

from foundation.database import Transaction
from foundation.purging import Purge
from foundation.statements import Statement, Write, upsert
from idp.dpop.proof import Proof
from idp.dpop.tables import DpopProof

_RECORD: Statement[Any] = Write(upsert(DpopProof, ["use"], []))
PURGE = Purge(DpopProof, by="expires_at")


async def record_use(tx: Transaction, proof: Proof) -> bool:
    """Record that a proof was used; False when it had been before."""
    return await tx.run(_RECORD, use=proof.use, expires_at=proof.expires_at) > 0
