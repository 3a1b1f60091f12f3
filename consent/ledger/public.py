"""What the ledger shows the world at /ledger/checkpoint, /ledger/vkey and its proofs: bodies, not routes.

All of it is public: hashes and signatures, reached by ids that only an event's parties know.
"""

from base64 import b64encode
from collections.abc import Awaitable
from typing import Any, NamedTuple

from consent.ledger.notes.note import Verifier
from consent.ledger.notes.tlog_proof import TlogProof
from consent.ledger.proofs import Inclusion, Promised, prove
from consent.ledger.store import Head
from consent.ledger.witnessing.witnessed import read_shown
from foundation.clock import to_datetime
from foundation.database import Transaction
from foundation.errors import AccordError
from foundation.ids import is_id


class Answer(NamedTuple):
    """A JSON body and its HTTP status."""

    status: int
    body: dict[str, Any]


async def checkpoint_text(tx: Transaction, origin: str) -> str:
    """The last signed note of the log (C2SP tlog-checkpoint) with its cosignatures, text/plain.

    Raises AccordError no_checkpoint_yet (503) in the moment before the first is signed.
    """
    return (await head_or_wait(read_shown(tx, origin))).note


async def head_or_wait(reading: Awaitable[Head | None]) -> Head:
    """The head that is read. Raises AccordError no_checkpoint_yet (503)."""
    head = await reading
    if head is None:
        raise AccordError(
            "no_checkpoint_yet",
            "The log has not signed its first checkpoint yet. Try again in a moment.",
            status=503,
            headers={"Retry-After": "1"},
        )
    return head


def vkey_text(verifier: Verifier) -> str:
    """The log's public key as C2SP signed-note spells it, text/plain; who checks pins it first."""
    return f"{verifier.vkey}\n"


async def proof_answer(tx: Transaction, origin: str, event_id: str) -> Answer:
    """The proof of an event (200), or the promise of one with its deadline (202); hashes are base64.

    Raises AccordError bad_event_id (400) and unknown_event (404).
    """
    found = await _proved(tx, origin, event_id)
    body = {"event_id": event_id, "leaf_hash": _base64(found.leaf_hash)}
    if isinstance(found, Promised):
        deadline = to_datetime(found.deadline).isoformat(timespec="milliseconds")
        return Answer(202, {**body, "state": "promised", "deadline": deadline.replace("+00:00", "Z")})
    return Answer(
        200,
        {
            **body,
            "state": "integrated",
            "index": found.position,
            "tree_size": found.size,
            "proof": [_base64(one) for one in found.proof],
            "checkpoint": found.note,
        },
    )


async def tlog_proof_text(tx: Transaction, origin: str, event_id: str) -> str:
    """The proof of an event as a file of its own (C2SP tlog-proof), text/plain.

    Raises AccordError bad_event_id (400), unknown_event (404) and no_proof_yet (503) before a head covers it.
    """
    found = await _proved(tx, origin, event_id)
    if isinstance(found, Promised):
        raise AccordError(
            "no_proof_yet",
            "The event is recorded and no signed head covers it yet. Try again in a moment.",
            status=503,
            headers={"Retry-After": "1"},
        )
    return tlog_proof_of(found)


def tlog_proof_of(found: Inclusion) -> str:
    """The same of a proof that is at hand."""
    return TlogProof(found.position, found.proof, found.note).text()


async def _proved(tx: Transaction, origin: str, event_id: str) -> Inclusion | Promised:
    if not is_id(event_id):
        raise AccordError("bad_event_id", "event_id is 32 lower-case hexadecimal characters.")
    found = await prove(tx, origin, event_id)
    if found is None:
        raise AccordError("unknown_event", "The log holds no event of this id.", status=404)
    return found


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
