"""Reading the evidence of a past consent: by staff, a piece at a time, on a ground, told to the ledger."""

import re
from dataclasses import dataclass
from typing import Any

from consent.rights.events import EvidenceOpened, Ground
from consent.rights.evidence import read_piece
from foundation.errors import AccordError
from foundation.ids import is_id
from idp.context import Server
from keys.evidence import take_key
from keys.master import load_master_key
from keys.people import PersonSecrets

# A reference, never a sentence: it stands in a leaf, where nobody can be named.
_CASE = re.compile(r"[A-Z0-9][A-Z0-9/-]{1,39}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Reading:
    """Which evidence, on what ground, for which case; who reads (None: an operator at the command line)."""

    grant_id: str
    ground: Ground
    case: str
    now: int
    reader: PersonSecrets | None = None
    request_id: str | None = None


async def read_evidence(server: Server, reading: Reading) -> dict[str, Any]:
    """The piece, opened. In one unit with its event: what the ledger cannot record is not read.

    Raises AccordError bad_case or no_evidence.
    """
    if not _CASE.fullmatch(reading.case):
        raise AccordError(
            "bad_case", "A case reference has capitals, digits, - and /, 40 at most.", status=422
        )
    master_key = load_master_key(server.settings, database_is_empty=False)
    async with server.db.transaction() as tx:
        grant_id = reading.grant_id if is_id(reading.grant_id) else ""
        key = await take_key(tx, master_key, grant_id, reading.now)
        piece = None if key is None else await read_piece(tx, grant_id, key)
        if piece is None:
            raise AccordError(
                "no_evidence", "Nothing is kept of this grant: unknown, alive, or destroyed.", status=404
            )
        event = EvidenceOpened(grant=grant_id, ground=reading.ground, case=reading.case)
        await server.ledger.append(
            tx, event, person=reading.reader, now=reading.now, request_id=reading.request_id
        )
    return piece
