"""What an auditor sees of the records of a grant: which pages were shown, without anybody's values."""

from typing import NamedTuple

from consent.records.receipts import read_claims
from consent.records.store import records_of_grant
from consent.records.telling import told
from consent.records.words import STATES_FOR_OTHERS
from foundation.database import Transaction


class ShownNotice(NamedTuple):
    """A page that a decision of the grant refers to. state: French source text; at: microseconds."""

    version: str
    state: str
    at: int


async def notices_of_grant(tx: Transaction, grant_id: str) -> list[ShownNotice]:
    """Each version of the page once, from the first decision that refers to it, oldest first."""
    found: dict[str, ShownNotice] = {}
    for row in await records_of_grant(tx, grant_id):
        if row.notice_version is not None and row.notice_version not in found:
            record = told(read_claims(row.receipt)["record"])
            state = STATES_FOR_OTHERS[record.state]
            found[row.notice_version] = ShownNotice(row.notice_version, state, record.at)
    return list(found.values())
